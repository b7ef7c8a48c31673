"""Reading tariffs: as rows for answers to partners, and what one said at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from exchange import lists
from exchange.lists import PageIds
from exchange.registry import Said, Saying
from ocpi import convert, json
from ocpi.ids import ci_key
from ocpi.paging import PageRequest
from parties.models import Connection, Party
from parties.sight import sight
from tariffs.documents import join_tariff
from tariffs.models import Tariff, TariffVersion
from tariffs.visibility import VISIBILITY


class TariffRow(NamedTuple):
    """A tariff as it lies in the database; ``document`` is JSON text."""

    id: int
    owner_id: int
    reference: str
    tariff_id: str
    version: int
    document: str
    last_updated: datetime
    differs_in: Collection[str]

    def to_json(self) -> bytes:
        """The canonical Tariff."""
        return join_tariff(self.document, self.last_updated)

    def said_in(self, version: str) -> Said:
        """The Tariff as a version writes it; nothing is parsed where that is the canonical one.

        Raises ``convert.Refused``, also where ``refused_in`` does not say so yet: its validity may have begun or
        ended a moment ago.
        """
        if version not in self.differs_in:
            return Said(self.to_json(), [])
        converted = convert.from_canonical(version, "tariff", json.loads(self.to_json()))
        return Said(json.dumps(converted.document), converted.losses)


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> tuple[PageIds, list[TariffRow]]:
    """What ``connection`` sees at ``version``, in order of creation; see :func:`exchange.lists.find_page`."""
    seen = sight(VISIBILITY, connection, version)
    found = lists.find_page("tariffs_tariff", seen.sql, seen.parameters, page, after)
    return found, by_ids(found.ids)


def by_ids(ids: Sequence[int]) -> list[TariffRow]:
    """Tariffs in the order of ``ids``; ids that do not exist are passed over."""
    if not ids:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.owner_id, p.country_code || '*' || p.party_id || '/' || o.tariff_id,"
            " o.tariff_id, o.version, o.document::text, o.last_updated, o.differs_in"
            " FROM tariffs_tariff o JOIN parties_party p ON p.id = o.owner_id"
            " WHERE o.id = ANY(%s)",
            [list(ids)],
        )
        found = {row[0]: TariffRow._make(row) for row in cursor.fetchall()}
    return [found[key] for key in ids if key in found]


def sayings(ids: Sequence[int], version: str) -> Iterator[Saying]:
    """Tariffs as a version writes them, for a file."""
    for row in by_ids(ids):
        try:
            yield Saying(row.reference, row.said_in(version))
        except convert.Refused as refused:
            yield Saying(row.reference, None, refused.reason)


def held_id(owner: Party, tariff_id: str) -> int | None:
    """The primary key of a tariff that its owner has not deleted."""
    return (
        Tariff.objects.filter(owner=owner, tariff_key=ci_key(tariff_id), deleted_at=None)
        .values_list("pk", flat=True)
        .first()
    )


def document_of(tariff_pk: int) -> dict[str, Any]:
    """The canonical document, numbers as exact as they were written."""
    return json.loads(by_ids([tariff_pk])[0].to_json())  # type: ignore[no-any-return]


class Held(NamedTuple):
    """What a tariff said: the canonical document without ``last_updated``, and for how long.

    ``last_updated`` is its owner's time, ``since`` and ``until`` (``None``: still) are when we held it.
    """

    document: dict[str, Any]
    last_updated: datetime
    since: datetime
    until: datetime | None


def tariff_at(owner: Party, tariff_id: str, at: datetime) -> Held | None:
    """What a tariff said at a moment; ``None`` when it did not exist, or was deleted then.

    Our own time counts: what had arrived. Before that, the first document counts from when its owner says it
    was last changed.
    """
    tariff = Tariff.objects.filter(owner=owner, tariff_key=ci_key(tariff_id)).first()
    if tariff is None:
        return None
    current = Held(tariff.document, tariff.last_updated, tariff.since, tariff.deleted_at)
    if at >= current.since:
        return current if current.until is None or at < current.until else None
    row = tariff.versions.filter(since__lte=at).order_by("-replaced_at", "-id").first()
    if row is not None:
        return _held(row) if at < row.replaced_at else None
    first = tariff.versions.order_by("replaced_at", "id").first()
    earliest = _held(first) if first else current
    return earliest if earliest.last_updated <= at else None


def _held(row: TariffVersion) -> Held:
    return Held(row.document, row.last_updated, row.since, row.replaced_at)
