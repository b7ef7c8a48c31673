"""What a partner has fetched it knows about, as if it had been told.

Most partners read our list once and rely on pushes from then on. Without a note of what was in it, an object that
they only fetched could become invisible to them without their ever hearing that it is gone.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection as database

from exchange import registry
from exchange.choices import DeliveryResult, Known
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
            f"""
            INSERT INTO exchange_delivery
                (connection_id, module, object_id, object_reference, wanted_version, sent_version,
                 dead_version, changed, known, attempts, last_result, last_error, correlation_id)
            SELECT %(connection)s, %(module)s, o.id, {outbox.reference}, o.version, o.version, 0, '{{}}',
                   '{Known.FETCHED}', 0, '{DeliveryResult.NONE}', '', ''
            FROM {outbox.visibility.table} o WHERE o.id = ANY(%(ids)s)
            ON CONFLICT (connection_id, module, object_id) DO NOTHING
            """,  # noqa: S608 - from the registry's declarations
            {"connection": connection.pk, "module": module, "ids": list(object_ids)},
        )
