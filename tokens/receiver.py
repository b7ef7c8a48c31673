"""How pushed tokens are put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange import registry
from exchange.places import USUAL_TYPE, Place
from ocpi.errors import InvalidParameters, Problem
from ocpi.versions import WITHOUT_ROUTING
from parties.models import Connection, Party
from tokens import services


class TokensReceiver(registry.Receiver):
    """PUT and PATCH (OCPI 2.3.0, mod_tokens, Receiver interface)."""

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        return services.put_token(owner, document, source=source)

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        """Since 2.2.1 a PATCH has to say when it was made (mod_tokens, PATCH method)."""
        if place.version not in WITHOUT_ROUTING and patch.get("last_updated") is None:
            problem = Problem("missing", "last_updated", "Field required")
            raise InvalidParameters("last_updated: Field required", problems=[problem])
        services.patch_token(owner, place.ids[0], _type(place, patch), patch, source=source)

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        return services.merged_token(owner, place.ids[0], _type(place, patch), patch)

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """None: a token is no place."""
        return None


def _type(place: Place, patch: Mapping[str, Any]) -> str:
    """Which of several tokens with one uid: as the address or the body says, else RFID.

    At 2.1.1, where the address cannot say it, empty for the only one there may be.
    """
    said = place.type or str(patch.get("type") or "")
    return said or ("" if place.version in WITHOUT_ROUTING else USUAL_TYPE)
