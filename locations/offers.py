"""What staff can do at a place beyond changing it, such as starting a charge: offered by what lies above."""

from __future__ import annotations

from typing import Any, Protocol

from django.http import HttpRequest

from locations.models import EVSE, Location


class Offer(Protocol):
    def __call__(
        self, request: HttpRequest, location: Location, evse: EVSE
    ) -> list[dict[str, Any]]:
        """Buttons for an EVSE as this user may press them: ``url``, ``label``, ``icon``, and ``page`` (true)."""
        ...


_offers: list[Offer] = []


def register(offer: Offer) -> None:
    """Called from an app's ``ready()``."""
    if offer not in _offers:
        _offers.append(offer)


def at(request: HttpRequest, location: Location, evse: EVSE) -> list[dict[str, Any]]:
    """All buttons that are offered at an EVSE."""
    return [button for offer in _offers for button in offer(request, location, evse)]
