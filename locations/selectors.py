"""Reading locations as rows, for answers to partners: no instances, no parsing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from exchange import lists
from exchange.lists import PageIds
from locations.documents import EVSERow, join_location
from locations.visibility import VISIBILITY
from ocpi.paging import PageRequest
from parties.models import Connection
from parties.sight import sight


class LocationRow(NamedTuple):
    """A location as it lies in the database; ``document`` and those of the EVSEs are JSON text."""

    id: int
    owner_id: int
    location_id: str
    version: int
    publish: bool
    vanished_at: datetime | None
    document: str
    last_updated: datetime
    evses: tuple[EVSERow, ...] = ()

    def to_json(self) -> bytes:
        """The canonical Location."""
        return join_location(self.document, self.last_updated, self.evses)


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> PageIds:
    """What ``connection`` sees at an OCPI version, in order of creation; see ``exchange.lists.find_page``."""
    seen = sight(VISIBILITY, connection, version)
    return lists.find_page("locations_location", seen.sql, seen.parameters, page, after)


def by_ids(ids: Sequence[int]) -> list[LocationRow]:
    """Whole locations in the order of ``ids``; ids that do not exist are passed over.

    EVSEs may be newer than their location's version and time, never older: what a reader takes for told or
    fetched up to there is all in it.
    """
    if not ids:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT id, owner_id, location_id, version, publish, vanished_at, document::text,"
            " last_updated FROM locations_location WHERE id = ANY(%s)",
            [list(ids)],
        )
        rows = cursor.fetchall()
    evses = evse_rows(ids)
    found = {row[0]: _location_row(row, evses) for row in rows}
    return [found[key] for key in ids if key in found]


def _location_row(row: tuple[Any, ...], evses: dict[int, list[EVSERow]]) -> LocationRow:
    return LocationRow._make((*row, tuple(evses.get(row[0], ()))))


def evse_rows(location_ids: Collection[int]) -> dict[int, list[EVSERow]]:
    """The EVSEs of locations, in order of creation, by location."""
    found: dict[int, list[EVSERow]] = defaultdict(list)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, document::text, status, last_updated FROM locations_evse"
            " WHERE location_id = ANY(%s) ORDER BY location_id, id",
            [list(location_ids)],
        )
        for location_id, document, status, last_updated in cursor:
            found[location_id].append((document, status, last_updated))
    return found


_VISIBLE = VISIBILITY.visible("%(connection)s", "%(version)s")


def visible_id(connection: Connection, version: str, location_key: str) -> int | None:
    """The id of a location that ``connection`` sees at an OCPI version, by its OCPI id's key.

    Ids are unique per owner only; where two of our parties use the same, the older location answers.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM locations_location o WHERE o.location_key = %(key)s"  # noqa: S608
            f" AND {_VISIBLE} ORDER BY o.id LIMIT 1",
            {"connection": connection.pk, "version": version, "key": location_key},
        )
        row = cursor.fetchone()
    return row[0] if row else None
