"""Reading sessions: as rows for answers to partners, and by what names them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from charging.models import Session
from charging.sessions import places
from charging.sessions.documents import join_session
from charging.sessions.visibility import REFERENCE, VISIBILITY
from exchange import lists
from exchange.lists import PageIds
from exchange.registry import Said, Saying
from ocpi import convert, json
from ocpi.convert import Beside
from ocpi.ids import ci_key
from ocpi.paging import PageRequest
from parties.models import Connection, Party
from parties.sight import sight


class SessionRow(NamedTuple):
    """A session as it lies in the database; ``document`` is JSON text."""

    id: int
    owner_id: int
    emsp_id: int
    reference: str
    session_id: str
    location_key: str
    version: int
    document: str
    last_updated: datetime
    differs_in: Collection[str]

    def to_json(self) -> bytes:
        """The canonical Session."""
        return join_session(self.document, self.last_updated)

    def parsed(self) -> dict[str, Any]:
        """The canonical Session as a document."""
        return json.loads(self.to_json())  # type: ignore[no-any-return]

    def said_in(self, version: str, location: dict[str, Any] | None = None) -> Said:
        """The Session as a version writes it; nothing is parsed where that is the canonical one.

        ``location`` is the Location it is at, as far as it is here; see ``places.with_locations``. Raises
        ``convert.Refused``, at 2.1.1 also without the location.
        """
        if version not in self.differs_in:
            return Said(self.to_json(), [])
        beside = Beside(location=location)
        converted = convert.from_canonical(version, "session", self.parsed(), beside=beside)
        return Said(json.dumps(converted.document), converted.losses)


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> tuple[PageIds, list[SessionRow]]:
    """What ``connection`` sees at ``version``, in order of creation; see :func:`exchange.lists.find_page`."""
    seen = sight(VISIBILITY, connection, version)
    found = lists.find_page("charging_session", seen.sql, seen.parameters, page, after)
    return found, by_ids(found.ids)


def visible(
    connection: Connection, version: str, session_id: str, owner: Party | None
) -> list[Session]:
    """The sessions of this id that ``connection`` sees at ``version``, of ``owner`` alone where it is given.

    At most two, for ids are unique per owner. ValueError for what is no CiString.
    """
    seen = sight(VISIBILITY, connection, version)
    parameters = {**seen.parameters, "key": ci_key(session_id), "owner": owner and owner.pk}
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id FROM charging_session o WHERE o.session_key = %(key)s"  # noqa: S608
            f" AND (%(owner)s::bigint IS NULL OR o.owner_id = %(owner)s) AND {seen.sql} LIMIT 2",
            parameters,
        )
        keys = [row[0] for row in cursor.fetchall()]
    return list(Session.objects.filter(pk__in=keys).select_related("owner", "emsp"))


def by_ids(ids: Sequence[int]) -> list[SessionRow]:
    """Sessions in the order of ``ids``; ids that do not exist are passed over."""
    if not ids:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.owner_id, o.emsp_id, {REFERENCE}, o.session_id, o.location_key, o.version,"  # noqa: S608
            " o.document::text, o.last_updated, o.differs_in"
            " FROM charging_session o WHERE o.id = ANY(%s)",
            [list(ids)],
        )
        found = {row[0]: SessionRow._make(row) for row in cursor.fetchall()}
    return [found[key] for key in ids if key in found]


def sayings(ids: Sequence[int], version: str) -> Iterator[Saying]:
    """Sessions as a version writes them, for a file."""
    for row, location in places.with_locations(by_ids(ids), version):
        try:
            yield Saying(row.reference, row.said_in(version, location))
        except convert.Refused as refused:
            yield Saying(row.reference, None, refused.reason)


def held(owner: Party, session_id: str) -> SessionRow | None:
    """The session of this id. ValueError for what is no CiString."""
    found = Session.objects.filter(owner=owner, session_key=ci_key(session_id))
    keys = list(found.values_list("pk", flat=True)[:1])
    return next(iter(by_ids(keys)), None)
