"""Which connectors use which tariffs, from either side.

A connector names a tariff by its id alone; it is that of its location's owner (OCPI 2.3.0, mod_locations,
Connector object). EVSEs that are REMOVED and locations that vanished use nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from locations.models import Location
from parties.models import Party
from tariffs import words
from tariffs.models import Tariff
from tariffs.usage import Named, Used

_USING = """
    FROM locations_connectortariff l
    JOIN locations_evse e ON e.id = l.evse_id AND e.status <> 'REMOVED'
    JOIN locations_location o ON o.id = e.location_id AND o.vanished_at IS NULL
"""


class LocationsUsage:
    """The answers of locations to ``tariffs.usage``."""

    def counts(self, tariffs: Collection[Tariff]) -> dict[int, Used]:
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT n.id, count(DISTINCT (l.evse_id, l.connector_id)), count(DISTINCT o.id)"  # noqa: S608
                f" {_USING}"
                " JOIN unnest(%s::bigint[], %s::bigint[], %s::varchar[]) AS n(id, owner_id, key)"
                " ON l.tariff_key = n.key AND o.owner_id = n.owner_id GROUP BY n.id",
                [
                    [tariff.pk for tariff in tariffs],
                    [tariff.owner_id for tariff in tariffs],
                    [tariff.tariff_key for tariff in tariffs],
                ],
            )
            return {key: Used(*counted) for key, *counted in cursor.fetchall()}

    def examples(self, tariff: Tariff, limit: int) -> list[Named]:
        ids = using(tariff)
        with database.cursor() as cursor:
            cursor.execute(f"{ids.sql} ORDER BY 1 LIMIT %s", [*ids.parameters, limit])
            found = [row[0] for row in cursor.fetchall()]
        rows = Location.objects.filter(pk__in=found).defer("document").order_by("pk")
        return [
            Named(str(row), reverse("admin:locations_location_change", args=[row.pk]))
            for row in rows
        ]

    def list_url(self, tariff: Tariff) -> str:
        return f"{reverse('admin:locations_location_changelist')}?tariff={tariff.pk}"


class Ids(NamedTuple):
    """A statement that gives primary keys of locations, and its parameters."""

    sql: str
    parameters: list[Any]


def using(tariff: Tariff) -> Ids:
    """The locations with a connector that names this tariff."""
    return Ids(
        f"SELECT DISTINCT o.id {_USING} WHERE l.tariff_key = %s AND o.owner_id = %s",  # noqa: S608
        [tariff.tariff_key, tariff.owner_id],
    )


class NamedTariff(NamedTuple):
    """A tariff as a connector names it: ``tariff`` and ``price`` where there is one, else a ``problem``."""

    tariff_id: str
    tariff: Tariff | None
    price: str
    problem: str

    @property
    def url(self) -> str:
        return reverse("admin:tariffs_tariff_change", args=[self.tariff.pk]) if self.tariff else ""


def of_connectors(
    owner: Party, connectors: Iterable[Mapping[str, Any]]
) -> dict[str, list[NamedTariff]]:
    """What each tariff id that these connectors name stands for, by connector id.

    Flags ids of no tariff, and more than one tariff that is active now for the same kind of session (L-030).
    """
    named = {
        str(connector.get("id", "")): [str(name) for name in connector.get("tariff_ids") or ()]
        for connector in connectors
    }
    return _resolved(named, held(owner, {name for names in named.values() for name in names}))


def held(owner: Party, tariff_ids: Collection[str]) -> dict[str, Tariff]:
    """The owner's tariffs with these ids, by the ids' keys; those that were deleted are not among them."""
    if not tariff_ids:
        return {}
    rows = Tariff.objects.filter(
        owner_id=owner.pk, tariff_key__in={name.upper() for name in tariff_ids}, deleted_at=None
    )
    return {row.tariff_key: row for row in rows}


def _resolved(
    named: Mapping[str, list[str]], tariffs: Mapping[str, Tariff]
) -> dict[str, list[NamedTariff]]:
    found = {}
    for connector_id, names in named.items():
        known = [tariffs[name.upper()] for name in names if name.upper() in tariffs]
        ambiguous = _ambiguous(known)
        found[connector_id] = [_one(name, tariffs.get(name.upper()), ambiguous) for name in names]
    return found


def _one(name: str, tariff: Tariff | None, ambiguous: Collection[int]) -> NamedTariff:
    if tariff is None:
        return NamedTariff(name, None, "", "no tariff of this id")
    problem = ""
    if tariff.pk in ambiguous:
        problem = "one of several that are valid now for the same sessions"
    elif tariff.vanished_at is not None:
        problem = "vanished from its owner's list"
    return NamedTariff(tariff.tariff_id, tariff, words.price_line(tariff.document), problem)


def _ambiguous(tariffs: Iterable[Tariff]) -> set[int]:
    """Those that are active now and not the only one of their type."""
    now = timezone.now()
    by_type: dict[str, set[int]] = {}
    for tariff in tariffs:
        begun = tariff.valid_from is None or tariff.valid_from <= now
        if begun and (tariff.valid_until is None or now < tariff.valid_until):
            by_type.setdefault(tariff.type, set()).add(tariff.pk)
    return {key for keys in by_type.values() if len(keys) > 1 for key in keys}
