"""The locations that CDRs were at, many at once: 2.1.1 puts them into CDRs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection as database

from locations import selectors
from ocpi import json

Place = tuple[int, str]
"""A location's owner, by primary key, and the key of its id."""


def locations(wanted: Collection[Place]) -> dict[Place, dict[str, Any]]:
    """The Locations, as canonical documents, that are here of these."""
    if not wanted:
        return {}
    owners, keys = zip(*sorted(set(wanted)), strict=True)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.owner_id, o.location_key FROM locations_location o"
            " JOIN unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
            " ON o.owner_id = i.owner_id AND o.location_key = i.key",
            [list(owners), list(keys)],
        )
        found = {pk: (owner, key) for pk, owner, key in cursor.fetchall()}
    return {found[row.id]: json.loads(row.to_json()) for row in selectors.by_ids(list(found))}
