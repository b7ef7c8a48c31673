"""What the map shows: locations, or clusters of them on a grid, counted in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db.models import Max
from django.urls import reverse

from locations.choices import Status
from locations.models import Location, StatusInterval

GROUPS: dict[str, tuple[str, ...]] = {
    "available": (Status.AVAILABLE,),
    "in_use": (Status.CHARGING, Status.RESERVED, Status.BLOCKED),
    "broken": (Status.OUTOFORDER, Status.INOPERATIVE),
    "unknown": (Status.UNKNOWN, Status.PLANNED),
}
"""How statuses are put together on the map; removed EVSEs are not on it."""

EDGES = ("west", "south", "east", "north")
CELL_PIXELS = 72
TILE_PIXELS = 256
SINGLES_FROM_ZOOM = 15
NAMED_PER_CLUSTER = 12
MOST = 3000


@dataclass(frozen=True, slots=True)
class View:
    """What a map asks for. Degrees, WGS 84; ``zoom`` as web maps count it."""

    west: float
    south: float
    east: float
    north: float
    zoom: int
    owner: int | None = None
    status: str = ""
    location: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> View:
        """The view that a query string describes; ``ValueError`` names what is wrong with it."""
        try:
            west, south, east, north = (float(query[name]) for name in EDGES)
            zoom = int(float(query["zoom"]))
            owner = int(query["owner"]) if query.get("owner") else None
            location = int(query["location"]) if query.get("location") else None
        except (KeyError, ValueError, OverflowError) as error:
            raise ValueError(
                f"west, south, east, north and zoom must be numbers ({error})."
            ) from None
        if not all(abs(edge) <= 1000 for edge in (west, south, east, north)) or not 0 <= zoom <= 24:
            raise ValueError("The view lies outside the world.")
        if max(owner or 0, location or 0) >= 2**63:
            raise ValueError("There is no such owner or location.")
        status = query.get("status", "")
        if status and status not in GROUPS:
            raise ValueError(f"status must be one of {', '.join(GROUPS)}.")
        return cls(west, south, east, north, zoom, owner, status, location)

    @property
    def cell(self) -> float:
        """The side of a grid cell, in degrees."""
        if self.zoom >= SINGLES_FROM_ZOOM:
            return 1e-6
        return 360 / float(2**self.zoom) * CELL_PIXELS / TILE_PIXELS


def token() -> str:
    """Changes whenever something on any map may have changed; three look-ups by index.

    A transaction that began earlier may commit later, which the next change makes up for; callers ask for
    everything now and then nonetheless.
    """
    newest = Location.objects.aggregate(changed=Max("last_updated"), last=Max("pk"))
    interval = StatusInterval.objects.aggregate(last=Max("pk"))["last"]
    changed = newest["changed"].timestamp() if newest["changed"] else 0
    return f"{interval or 0}-{newest['last'] or 0}-{changed}"


def _count(group: str) -> str:
    statuses = ", ".join(f"'{status}'" for status in GROUPS[group])
    return f"count(*) FILTER (WHERE e.status IN ({statuses}))::int AS {group}"


_COUNTS = ", ".join(_count(group) for group in GROUPS)
_SUMS = ", ".join(f"coalesce(s.{group}, 0)" for group in GROUPS)


def markers(view: View) -> list[dict[str, Any]]:
    """Clusters and single locations inside a view.

    Each has ``lat``, ``lon``, ``count`` (locations) and a count per group of statuses; few of them together
    name their locations with ``ids``.
    """
    where, parameters = _conditions(view)
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            WITH shown AS MATERIALIZED (
                SELECT o.id, o.latitude, o.longitude,
                       floor(o.longitude / %(cell)s)::bigint AS x,
                       floor(o.latitude / %(cell)s)::bigint AS y
                FROM locations_location o WHERE {where}
            ), statuses AS (
                SELECT o.x, o.y, {_COUNTS}
                FROM shown o JOIN locations_evse e ON e.location_id = o.id GROUP BY o.x, o.y
            ), cells AS (
                SELECT x, y, avg(latitude) AS latitude, avg(longitude) AS longitude,
                       count(*)::int AS number, (array_agg(id))[1:{NAMED_PER_CLUSTER}] AS ids
                FROM shown GROUP BY x, y ORDER BY number DESC LIMIT {MOST}
            )
            SELECT c.latitude, c.longitude, c.number, c.ids, {_SUMS}
            FROM cells c LEFT JOIN statuses s ON s.x = c.x AND s.y = c.y
            """,  # noqa: S608 - names and numbers of this module only
            {**parameters, "cell": view.cell},
        )
        return [_marker(*row) for row in cursor.fetchall()]


def _conditions(view: View) -> tuple[str, dict[str, Any]]:
    conditions = ["o.vanished_at IS NULL"]
    parameters: dict[str, Any] = {
        "west": view.west,
        "south": view.south,
        "east": view.east,
        "north": view.north,
    }
    conditions.append("o.latitude BETWEEN %(south)s AND %(north)s")
    conditions.append("o.longitude BETWEEN %(west)s AND %(east)s")
    if view.owner is not None:
        conditions.append("o.owner_id = %(owner)s")
        parameters["owner"] = view.owner
    if view.status:
        conditions.append(
            "EXISTS (SELECT 1 FROM locations_evse e"
            " WHERE e.location_id = o.id AND e.status = ANY(%(statuses)s))"
        )
        parameters["statuses"] = list(GROUPS[view.status])
    if view.location is not None:
        conditions.append("o.id = %(location)s")
        parameters["location"] = view.location
    return " AND ".join(conditions), parameters


def _marker(
    latitude: float, longitude: float, count: int, ids: list[int], *numbers: int
) -> dict[str, Any]:
    marker: dict[str, Any] = {
        "lat": round(latitude, 6),
        "lon": round(longitude, 6),
        "count": count,
        **dict(zip(GROUPS, numbers, strict=True)),
    }
    if count <= NAMED_PER_CLUSTER:
        marker["ids"] = ids
    return marker


def details(ids: list[int]) -> list[dict[str, Any]]:
    """What a popup says about a few locations."""
    rows = Location.objects.filter(pk__in=ids[:NAMED_PER_CLUSTER]).select_related("owner")
    return [
        {
            "id": row.pk,
            "name": str(row),
            "address": ", ".join(part for part in (row.address, row.city) if part),
            "owner": str(row.owner.identity),
            "url": reverse("admin:locations_location_change", args=[row.pk]),
        }
        for row in rows.defer("document").order_by("name", "pk")
    ]


def extent(owner: int | None = None) -> list[float] | None:
    """West, south, east and north of where the locations lie, without the far-off hundredth at each end."""
    condition = "AND owner_id = %(owner)s" if owner is not None else ""
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT percentile_disc(ARRAY[0.01, 0.99]) WITHIN GROUP (ORDER BY longitude),
                   percentile_disc(ARRAY[0.01, 0.99]) WITHIN GROUP (ORDER BY latitude)
            FROM locations_location
            WHERE vanished_at IS NULL AND latitude IS NOT NULL {condition}
            """,  # noqa: S608
            {"owner": owner},
        )
        longitudes, latitudes = cursor.fetchone()
    if not longitudes:
        return None
    return [longitudes[0], latitudes[0], longitudes[1], latitudes[1]]
