"""How pushed tariffs are put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange import registry
from exchange.places import Place
from ocpi.versioned import merge_patch
from parties.models import Connection, Party
from tariffs import selectors, services


class TariffsReceiver(registry.Receiver):
    """PUT, and PATCH at 2.1.1 (OCPI 2.3.0 and 2.1.1, mod_tariffs, Receiver interface)."""

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        return services.put_tariff(owner, document, source=source)

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        services.patch_tariff(owner, place.ids[0], patch, source=source)

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        found = selectors.held_id(owner, place.ids[0])
        if found is None:
            return None
        return {**merge_patch(selectors.document_of(found), patch), **owner.identity._asdict()}

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """None: a tariff is no place."""
        return None
