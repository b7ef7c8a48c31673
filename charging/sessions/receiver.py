"""How pushed sessions are put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charging.sessions import places, selectors, services
from exchange import registry
from exchange.places import Place
from ocpi.convert import Beside
from ocpi.errors import InvalidParameters, Problem
from ocpi.versions import WITHOUT_ROUTING
from parties.models import Connection, Party


class SessionsReceiver(registry.Receiver):
    """PUT and PATCH (OCPI 2.3.0, mod_sessions, Receiver interface)."""

    def beside(self, owner: Party, place: Place, source: Connection | None) -> Beside:
        return places.reading_beside(source)

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        return services.put_session(owner, document, source=source)

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        """Since 2.2.1 a PATCH has to say when it was made (mod_sessions, PATCH method)."""
        if place.version not in WITHOUT_ROUTING and patch.get("last_updated") is None:
            problem = Problem("missing", "last_updated", "Field required")
            raise InvalidParameters("last_updated: Field required", problems=[problem])
        appends = place.version not in WITHOUT_ROUTING
        services.patch_session(owner, place.ids[0], patch, source=source, appends=appends)

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        row = selectors.held(owner, place.ids[0])
        if row is None:
            return None
        appends = place.version not in WITHOUT_ROUTING
        return services.merged_with(owner, row.parsed(), patch, appends=appends)

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """That of the location, where both are known."""
        row = selectors.held(owner, place.ids[0])
        return places.time_zone(owner, row.location_key) if row else None
