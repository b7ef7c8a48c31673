"""Locations as an OCPI version says them, for lists, answers and deliveries.

A version that says a location as it lies in the database costs a concatenation of texts. Any other costs a
conversion once: its outcome is kept as a rendition, until the location's documents change. Status and time of
the last change are laid over either on the way out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection as database

from exchange import registry
from exchange.quality.losses import Loss, summarize
from exchange.registry import Saying
from locations.documents import EVSE_COLUMNS, LOCATION_COLUMNS, join_location
from ocpi import convert
from ocpi.datetimes import format_datetime
from ocpi.errors import Problem
from ocpi.versions import WHOLE_SECONDS


class Said(NamedTuple):
    """A location as a version says it: ``json`` is the whole, ``losses`` what it leaves out.

    ``version`` is the object's, which a delivery has told with it.
    """

    id: int
    location_id: str
    reference: str
    version: int
    json: bytes
    losses: list[Loss]


class _Location(NamedTuple):
    id: int
    location_id: str
    reference: str
    version: int
    last_updated: datetime
    differs: bool
    refused: bool
    text: str | None
    losses: str | None
    document: str | None
    """Only where there is no rendition."""


class _EVSE(NamedTuple):
    id: int
    status: str
    last_updated: datetime
    document: str | None


_LOCATIONS = """
    SELECT o.id, o.location_id, p.country_code || '*' || p.party_id || '/' || o.location_id,
           o.version, o.last_updated, %(version)s = ANY(o.differs_in),
           %(version)s = ANY(o.refused_in), r.text, r.losses,
           CASE WHEN r.text IS NULL THEN o.document::text END
    FROM locations_location o
    JOIN parties_party p ON p.id = o.owner_id
    LEFT JOIN locations_rendition r ON r.location_id = o.id AND r.version = %(kept)s
    WHERE o.id = ANY(%(ids)s)
"""
_EVSES = """
    SELECT location_id, id, status, last_updated,
           CASE WHEN location_id = ANY(%(whole)s) THEN document::text END
    FROM locations_evse WHERE location_id = ANY(%(ids)s) ORDER BY location_id, id
"""


def read(ids: Sequence[int], version: str, *, unlisted: bool = False) -> list[Said]:
    """Locations in the order of ``ids``; those that the version cannot say at all are passed over.

    ``unlisted`` is as in ``ocpi.convert.from_canonical``; what is made for it is not kept.
    EVSEs may have a newer status than their location's version and time, never an older one.
    """
    if not ids:
        return []
    locations = _locations(ids, version, kept="" if unlisted else version)
    evses = _evses(ids, [row.id for row in locations.values() if row.text is None])
    shown = [locations[key] for key in ids if key in locations and not locations[key].refused]
    made = [
        _made(row, evses[row.id], version, unlisted)
        for row in shown
        if row.differs and row.text is None
    ]
    if not unlisted:
        _keep(made, version)
    renditions = {row.id: row for row in made}
    return [_said(renditions.get(row.id, row), evses[row.id], version) for row in shown]


def read_one(location_id: int, version: str, *, unlisted: bool = False) -> Said:
    """One location; raises ``ocpi.convert.Refused`` with the reason when the version cannot say it."""
    found = read([location_id], version, unlisted=unlisted)
    if not found:
        row = _locations([location_id], version, kept=version)[location_id]
        evses = _evses([location_id], [location_id])[location_id]
        # Raises what is told; the row's document is there unless it was just deleted.
        convert.from_canonical(version, "location", _canonical(row, evses))
        raise convert.Refused(f"OCPI {version} cannot say this location")
    return found[0]


def sayings(ids: Sequence[int], version: str) -> Iterator[Saying]:
    """Locations as a version says them, for a file."""
    found = {said.id: said for said in read(ids, version)}
    refused = [key for key in ids if key not in found]
    names = {key: row.reference for key, row in _locations(refused, version, kept=version).items()}
    for key in ids:
        said = found.get(key)
        if said is not None:
            losses = problems(said.losses, version)
            yield Saying(said.reference, registry.Said(said.json, losses))
        elif key in names:
            reason = f"OCPI {version} cannot say it without misleading"
            yield Saying(names[key], None, reason)


def problems(losses: Iterable[Loss], version: str) -> list[Problem]:
    """Losses one by one, as a delivery reports them."""
    return [
        Problem(loss.code, loss.path, convert.message(loss.code, version), loss.value)
        for loss in losses
        for _ in range(loss.times)
    ]


def _locations(ids: Sequence[int], version: str, *, kept: str) -> dict[int, _Location]:
    with database.cursor() as cursor:
        cursor.execute(_LOCATIONS, {"ids": list(ids), "version": version, "kept": kept})
        return {row[0]: _Location._make(row) for row in cursor.fetchall()}


def _evses(ids: Collection[int], whole: Collection[int]) -> dict[int, list[_EVSE]]:
    """The EVSEs of locations in order of creation, with their documents for ``whole`` only."""
    found: dict[int, list[_EVSE]] = defaultdict(list)
    with database.cursor() as cursor:
        cursor.execute(_EVSES, {"ids": list(ids), "whole": list(whole)})
        for location_id, *values in cursor.fetchall():
            found[location_id].append(_EVSE._make(values))
    return found


def _canonical(row: _Location, evses: list[_EVSE]) -> dict[str, Any]:
    parts = [(evse.document or "{}", evse.status, evse.last_updated) for evse in evses]
    joined = join_location(row.document or "{}", row.last_updated, parts)
    return orjson.loads(joined)  # type: ignore[no-any-return]


def _made(row: _Location, evses: list[_EVSE], version: str, unlisted: bool) -> _Location:
    """The row with its rendition, made now."""
    canonical = _canonical(row, evses)
    ids = {
        part["uid"]: evse.id for part, evse in zip(canonical.get("evses", ()), evses, strict=True)
    }
    converted, losses = convert.from_canonical(version, "location", canonical, unlisted=unlisted)
    lines = [_line(converted, LOCATION_COLUMNS)]
    lines += [
        f"{ids[part['uid']]} {_line(part, EVSE_COLUMNS)}" for part in converted.get("evses", ())
    ]
    kept = [tuple(loss) for loss in summarize(each for each in losses if not _is_of_a_column(each))]
    return row._replace(text="\n".join(lines), losses=orjson.dumps(kept, default=str).decode())


def _line(document: dict[str, Any], columns: frozenset[str]) -> str:
    kept = {name: value for name, value in document.items() if name not in columns}
    return orjson.dumps(kept).decode()


def _is_of_a_column(loss: Problem) -> bool:
    """Whether a loss is of what is laid over the rendition, and found anew each time."""
    path = loss.path.split(".")
    return path[-1] == "last_updated" and len(path) in {1, 3}


def _keep(made: Sequence[_Location], version: str) -> None:
    """Keep renditions for whoever reads next, unless the location has changed or is just being changed.

    In one order, and never waiting for a lock: readers are in nobody's way.
    """
    if not made:
        return
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO locations_rendition (location_id, version, text, losses)
            SELECT n.id, %s, n.text, n.losses
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
                AS n(id, seen, text, losses)
            JOIN locations_location o ON o.id = n.id AND o.version = n.seen
            ORDER BY n.id FOR SHARE OF o SKIP LOCKED
            ON CONFLICT DO NOTHING
            """,
            [
                version,
                [row.id for row in made],
                [row.version for row in made],
                [row.text for row in made],
                [row.losses for row in made],
            ],
        )


def _said(row: _Location, evses: list[_EVSE], version: str) -> Said:
    whole_seconds = version in WHOLE_SECONDS
    if row.text is None:
        document = row.document or "{}"
        parts = [(evse.document or "{}", evse.status, evse.last_updated) for evse in evses]
        losses: list[Loss] = []
    else:
        document, *lines = row.text.split("\n")
        live = {str(evse.id): evse for evse in evses}
        parts = []
        for line in lines:
            key, _, text = line.partition(" ")
            evse = live[key]
            parts.append((text, evse.status, evse.last_updated))
        losses = [Loss._make(loss) for loss in orjson.loads(row.losses or "[]")]
    if whole_seconds:
        losses += _cut_times(row.last_updated, [part[2] for part in parts])
    joined = join_location(document, row.last_updated, parts, whole_seconds=whole_seconds)
    return Said(row.id, row.location_id, row.reference, row.version, joined, losses)


def _cut_times(location: datetime, evses: Sequence[datetime]) -> list[Loss]:
    losses = []
    if location.microsecond >= 1000:
        losses.append(Loss("time_rounded", "last_updated", 1, format_datetime(location)))
    cut = [at for at in evses if at.microsecond >= 1000]
    if cut:
        path = "evses.last_updated"
        losses.append(Loss("time_rounded", path, len(cut), format_datetime(cut[-1])))
    return losses
