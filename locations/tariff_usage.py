"""Which connectors use which tariffs, from either side.

A connector names a tariff by its id alone; it is that of its location's owner (OCPI 2.3.0, mod_locations,
Connector object). EVSEs that are REMOVED and locations that vanished use nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from locations.choices import Status
from locations.documents import named_tariffs
from locations.models import ConnectorTariff, Location
from parties.models import Party
from tariffs import words
from tariffs.models import Tariff
from tariffs.usage import Named, Site, Used

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
                "SELECT n.id, count(DISTINCT (l.evse_id, l.connector_id)), count(DISTINCT o.id)"
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
        rows = (
            Location.objects.filter(pk__in=using(tariff), vanished_at=None)
            .defer("document")
            .order_by("pk")[:limit]
        )
        return [
            Named(str(row), reverse("admin:locations_location_change", args=[row.pk]))
            for row in rows
        ]

    def list_url(self, tariff: Tariff) -> str:
        return f"{reverse('admin:locations_location_changelist')}?tariff={tariff.pk}"

    def site(self, tariff: Tariff) -> Site:
        row = (
            Location.objects.filter(pk__in=using(tariff), vanished_at=None)
            .defer("document")
            .order_by("pk")
            .first()
        )
        return Site() if row is None else Site(str(row), row.time_zone, row.country)


def using(tariff: Tariff) -> QuerySet[ConnectorTariff, int]:
    """The primary keys of the locations with a connector that names this tariff."""
    links = ConnectorTariff.objects.filter(
        tariff_key=tariff.tariff_key, evse__location__owner=tariff.owner_id
    )
    return links.exclude(evse__status=Status.REMOVED).values_list("evse__location_id", flat=True)


class NamedTariff(NamedTuple):
    """A tariff as a connector names it: ``tariff`` and ``price`` where there is one, else a ``problem``."""

    tariff_id: str
    tariff: Tariff | None
    price: str
    problem: str

    @property
    def url(self) -> str:
        return reverse("admin:tariffs_tariff_change", args=[self.tariff.pk]) if self.tariff else ""


class Known:
    """The tariffs of one owner that some connectors name, by the keys of their ids."""

    def __init__(self, tariffs: Mapping[str, Tariff]) -> None:
        self._tariffs = tariffs

    def of(self, connector: Mapping[str, Any]) -> list[NamedTariff]:
        """What each tariff id of a connector stands for.

        Flags ids of no tariff, and several tariffs that are valid now for the same kind of session (L-030).
        """
        names = [str(name) for name in connector.get("tariff_ids") or ()]
        found = [self._tariffs.get(name.upper()) for name in names]
        ambiguous = _ambiguous(tariff for tariff in found if tariff is not None)
        return [_named(name, tariff, ambiguous) for name, tariff in zip(names, found, strict=True)]


NOTHING = Known({})


def known(owner: Party, evses: Iterable[Mapping[str, Any]]) -> Known:
    """What the connectors of these EVSE documents name; tariffs that were deleted are not among it."""
    keys = {key for evse in evses for _, key in named_tariffs(evse)}
    if not keys:
        return NOTHING
    rows = Tariff.objects.filter(owner_id=owner.pk, tariff_key__in=keys, deleted_at=None)
    return Known({row.tariff_key: row for row in rows})


def _named(name: str, tariff: Tariff | None, ambiguous: Collection[int]) -> NamedTariff:
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
