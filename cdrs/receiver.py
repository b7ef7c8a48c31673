"""How a posted CDR is read; what it is then is kept by the view, with the bytes it came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charging.sessions import places
from exchange import registry
from exchange.places import Place
from ocpi.convert import Beside
from ocpi.errors import MethodNotAllowed
from parties.models import Connection, Party


class CDRsReceiver(registry.Receiver):
    """POST alone (OCPI 2.3.0, mod_cdrs, Receiver interface)."""

    def beside(self, owner: Party, place: Place, source: Connection | None) -> Beside:
        return places.reading_beside(source)

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        """A CDR is never put in a place. Raises MethodNotAllowed."""
        raise MethodNotAllowed("CDRs cannot be replaced.")

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        """Raises MethodNotAllowed."""
        raise MethodNotAllowed("CDRs cannot be changed.")

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        """None: a CDR has no parts to change."""
        return None

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """None: the document says where it was; times are of the place only where its country has one zone."""
        return None
