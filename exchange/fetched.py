"""What a partner has fetched it knows about, as if it had been told.

Most partners read our list once and rely on pushes from then on. Without a note of what was in it, an object that
they only fetched could become invisible to them without their ever hearing that it is gone.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection as database

from exchange import registry
from exchange.announce import ONLY_NEW, insert
from exchange.choices import Known
from parties.models import Connection


def note(connection: Connection, module: str, object_ids: Collection[int]) -> None:
    """Note that ``connection`` holds these objects as they are now; what it was told about stays as it is.

    Only of modules whose changes it takes from us. One statement; a change that comes in between has marked
    its delivery already, and that is kept.
    """
    outbox = registry.get(module).outbox
    if outbox is None or not object_ids or module not in connection.push_modules:
        return
    with database.cursor() as cursor:
        cursor.execute(
            f"{insert(outbox, sent='o.version', known=Known.FETCHED)} CROSS JOIN parties_connection c"
            f" WHERE o.id = ANY(%(ids)s) AND c.id = %(connection)s {ONLY_NEW}",
            {
                "connection": connection.pk,
                "module": module,
                "ids": list(object_ids),
                "changed": [],
            },
        )
