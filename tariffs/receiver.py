"""How pushed tariffs are put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.places import Place
from ocpi import json
from ocpi.ids import ci_key
from ocpi.versioned import merge_patch
from parties.models import Connection, Party
from tariffs import services
from tariffs.models import Tariff


class TariffsReceiver:
    """PUT, and at 2.1.1 PATCH (OCPI 2.3.0, mod_tariffs, Receiver interface)."""

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        return services.put_tariff(owner, document, source=source)

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        services.patch_tariff(owner, place.ids[0], patch, source=source)

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        held = Tariff.objects.filter(owner=owner, tariff_key=ci_key(place.ids[0]), deleted_at=None)
        current = held.first()
        return merge_patch(json.loads(json.dumps(current.document)), patch) if current else None

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """Tariffs belong to no site."""
        return None
