"""Reading CDRs: as rows for answers to partners, and the bytes they were made from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from cdrs import sealing
from cdrs.documents import join_cdr
from cdrs.models import CDR, Sealed
from cdrs.visibility import VISIBILITY
from charging.sessions import places
from exchange import lists
from exchange.lists import PageIds
from exchange.registry import Said, Saying
from ocpi import convert, json
from ocpi.convert import Beside
from ocpi.ids import PartyId
from ocpi.paging import PageRequest
from parties.models import Connection
from parties.sight import sight


class CDRRow(NamedTuple):
    """A CDR as it lies in the database; ``document`` is JSON text, ``emsp`` whose token it is about."""

    id: int
    owner_id: int
    reference: str
    owner: PartyId
    emsp: PartyId | None
    address: uuid.UUID
    location_key: str
    version: int
    document: str
    last_updated: datetime
    differs_in: Sequence[str]

    def to_json(self) -> bytes:
        """The canonical CDR."""
        return join_cdr(self.document, self.last_updated)

    def said_in(self, version: str, location: dict[str, Any] | None = None) -> Said:
        """The CDR as a version writes it; nothing is parsed where that is the canonical one.

        ``location`` is the Location it was at, as far as it is here; see ``places.with_locations``. Raises
        ``convert.Refused``.
        """
        if version not in self.differs_in:
            return Said(self.to_json(), [])
        converted = convert.from_canonical(
            version, "cdr", json.loads(self.to_json()), beside=Beside(location=location)
        )
        return Said(json.dumps(converted.document), converted.losses)


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> tuple[PageIds, list[CDRRow]]:
    """What ``connection`` sees at ``version``, in order of arrival; see :func:`exchange.lists.find_page`."""
    seen = sight(VISIBILITY, connection, version)
    found = lists.find_page("cdrs_cdr", seen.sql, seen.parameters, page, after)
    return found, by_ids(found.ids)


def by_ids(ids: Sequence[int]) -> list[CDRRow]:
    """CDRs in the order of ``ids``; ids that do not exist are passed over."""
    found = {row.id: row for row in _rows("o.id = ANY(%s)", [list(ids)])} if ids else {}
    return [found[key] for key in ids if key in found]


def by_address(address: uuid.UUID) -> CDRRow | None:
    """The CDR at the end of a URL that we answered a POST with."""
    return next(iter(_rows("o.address = %s", [address])), None)


def _rows(condition: str, parameters: list[Any]) -> Iterable[CDRRow]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.owner_id, o.cdr_id, p.country_code, p.party_id, e.country_code,"  # noqa: S608
            " e.party_id, o.address, o.location_key, o.version, o.document::text, o.last_updated,"
            " o.differs_in FROM cdrs_cdr o JOIN parties_party p ON p.id = o.owner_id"
            f" LEFT JOIN parties_party e ON e.id = o.emsp_id WHERE {condition}",
            parameters,
        )
        return [_row(*row) for row in cursor.fetchall()]


def _row(pk: int, owner_id: int, cdr_id: str, *rest: Any) -> CDRRow:
    country, party, their_country, their_party, *others = rest
    owner = PartyId(country, party)
    emsp = PartyId(their_country, their_party) if their_country else None
    return CDRRow(pk, owner_id, f"{owner}/{cdr_id}", owner, emsp, *others)


def sayings(ids: Sequence[int], version: str) -> Iterator[Saying]:
    """CDRs as a version writes them, for a file."""
    for row, location in places.with_locations(by_ids(ids), version):
        try:
            yield Saying(row.reference, row.said_in(version, location))
        except convert.Refused as refused:
            yield Saying(row.reference, None, refused.reason)


def document_of(cdr_pk: int) -> dict[str, Any]:
    """The canonical document, numbers as exact as they were written."""
    return json.loads(by_ids([cdr_pk])[0].to_json())  # type: ignore[no-any-return]


def original_of(sealed: Sealed) -> bytes | None:
    """The bytes as they were received; ``None`` once the driver was forgotten."""
    if sealed.key_encrypted is None:
        return None
    return sealing.opened(sealed.key_encrypted, sealed.content)


def credits_of(cdr: CDR) -> list[CDR]:
    """The Credit CDRs of its owner that take it back; more than one is a mistake."""
    return list(
        CDR.objects.filter(owner=cdr.owner_id, credit_reference_key=cdr.cdr_key, credit=True)
        .select_related("owner")
        .order_by("id")[:20]
    )


def credited_by(cdr: CDR) -> CDR | None:
    """The CDR that a Credit CDR takes back; ``None`` while it is not here."""
    if not (cdr.credit and cdr.credit_reference_key):
        return None
    return (
        CDR.objects.filter(owner=cdr.owner_id, cdr_key=cdr.credit_reference_key)
        .select_related("owner")
        .first()
    )
