"""What many tariffs said at many moments, with a handful of statements: for checks of many CDRs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database


class Wanted(NamedTuple):
    """A tariff of an owner (primary key), by its CiString key, at an aware moment."""

    owner_id: int
    tariff_key: str
    at: datetime


class HeldDocument(NamedTuple):
    """Where a document lies that was in force: its digest tells whether it is known already.

    ``version_id`` is that of the former version, ``None`` for what the tariff says still.
    """

    tariff_id: int
    version_id: int | None
    digest: str


class Former(NamedTuple):
    """A former version of a tariff: until when it held here, and where its document lies."""

    replaced_at: datetime
    place: HeldDocument


def tariffs_at(wanted: Iterable[Wanted]) -> dict[Wanted, HeldDocument]:
    """What each of these was at its moment, as :func:`tariffs.selectors.tariff_at` says; what was not is left out.

    One statement; the documents themselves are fetched by :func:`documents_of`.
    """
    asked = sorted(set(wanted))
    if not asked:
        return {}
    with database.cursor() as cursor:
        cursor.execute(
            _AT,
            [
                [one.owner_id for one in asked],
                [one.tariff_key for one in asked],
                [one.at for one in asked],
            ],
        )
        return {asked[place - 1]: HeldDocument(*rest) for place, *rest in cursor.fetchall()}


def documents_of(held: Iterable[HeldDocument]) -> Mapping[HeldDocument, str]:
    """The documents as JSON text, by where they lie; canonical, without ``last_updated``."""
    places = list(held)
    current = [one for one in places if one.version_id is None]
    former = [one for one in places if one.version_id is not None]
    found = _texts("tariffs_tariff", [one.tariff_id for one in current])
    found_former = _texts("tariffs_tariffversion", [one.version_id for one in former])
    return {
        **{one: found[one.tariff_id] for one in current if one.tariff_id in found},
        **{one: found_former[one.version_id] for one in former if one.version_id in found_former},
    }


def _texts(table: str, ids: list[Any]) -> dict[Any, str]:
    if not ids:
        return {}
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT id, document::text FROM {table} WHERE id = ANY(%s)",  # noqa: S608 - a constant
            [ids],
        )
        return dict(cursor.fetchall())


def former_places(owner_id: int, tariff_key: str, *, most: int) -> list[Former]:
    """What a tariff said before, the latest first: up to ``most`` former versions."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT v.replaced_at, t.id, v.id, md5(v.document::text) FROM tariffs_tariff t"
            " JOIN tariffs_tariffversion v ON v.tariff_id = t.id"
            " WHERE t.owner_id = %s AND t.tariff_key = %s"
            " ORDER BY v.replaced_at DESC, v.id DESC LIMIT %s",
            [owner_id, tariff_key, most],
        )
        return [Former(at, HeldDocument(*place)) for at, *place in cursor.fetchall()]


# Each moment falls into what holds now, into a former version, or before the first one of all, which counts
# from when its owner says that it was last changed.
_AT = """
    SELECT w.place, t.id,
           CASE WHEN h.is_current THEN NULL ELSE h.version_id END, h.digest
    FROM unnest(%s::bigint[], %s::varchar[], %s::timestamptz[])
        WITH ORDINALITY AS w(owner_id, tariff_key, at, place)
    JOIN tariffs_tariff t ON t.owner_id = w.owner_id AND t.tariff_key = w.tariff_key
    CROSS JOIN LATERAL (
        SELECT true AS is_current, NULL::bigint AS version_id, md5(t.document::text) AS digest
        WHERE w.at >= t.since AND (t.deleted_at IS NULL OR w.at < t.deleted_at)
        UNION ALL
        SELECT false, v.id, v.digest FROM (
            SELECT v.id, md5(v.document::text) AS digest, v.replaced_at FROM tariffs_tariffversion v
            WHERE w.at < t.since AND v.tariff_id = t.id AND v.since <= w.at
            ORDER BY v.replaced_at DESC, v.id DESC LIMIT 1
        ) v WHERE w.at < v.replaced_at
        UNION ALL
        SELECT f.id IS NULL, f.id, coalesce(f.digest, md5(t.document::text))
        FROM (SELECT 1) AS one
        LEFT JOIN LATERAL (
            SELECT v.id, v.last_updated, md5(v.document::text) AS digest FROM tariffs_tariffversion v
            WHERE v.tariff_id = t.id ORDER BY v.replaced_at, v.id LIMIT 1
        ) f ON true
        WHERE w.at < t.since
          AND NOT EXISTS (
              SELECT 1 FROM tariffs_tariffversion v WHERE v.tariff_id = t.id AND v.since <= w.at
          )
          AND coalesce(f.last_updated, t.last_updated) <= w.at
    ) h
"""
