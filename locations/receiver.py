"""How pushed locations, EVSEs and connectors are put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange import registry
from exchange.places import Place
from locations import services
from locations.documents import find_connector
from locations.models import Location
from ocpi.errors import NotFound
from ocpi.ids import ci_key
from ocpi.versioned import merge_patch
from parties.models import Connection, Party

# Versions whose PATCH need not say when the change was.
UNDATED_PATCHES = frozenset({"2.1.1"})


class LocationsReceiver(registry.Receiver):
    """PUT and PATCH at three levels (OCPI 2.2.1, mod_locations, Receiver interface)."""

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        location_id, *below = place.ids
        if not below:
            return services.put_location(owner, document, source=source)
        if len(below) == 1:
            return services.put_evse(owner, location_id, document, source=source)
        return services.put_connector(owner, location_id, below[0], document, source=source)

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        location_id, *below = place.ids
        if place.version in UNDATED_PATCHES and "last_updated" not in patch:
            patch = {**patch, "last_updated": services.time_of_change(owner, location_id)}
        if not below:
            services.patch_location(owner, location_id, patch, source=source)
        elif len(below) == 1:
            services.patch_evse(owner, location_id, below[0], patch, source=source)
        else:
            services.patch_connector(owner, location_id, below[0], below[1], patch, source=source)

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        location_id, *below = place.ids
        if not below:
            return services.merged_location(owner, location_id, patch)
        try:
            evse = services.get_evse_document(owner, location_id, below[0], missing=NotFound)
        except NotFound:
            return None
        part = evse if len(below) == 1 else find_connector(evse, below[1])
        return merge_patch(part, patch) if part else None

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """That of the location, which its parts do not name."""
        found = Location.objects.filter(owner=owner, location_key=ci_key(place.ids[0]))
        return found.values_list("time_zone", flat=True).first() or None
