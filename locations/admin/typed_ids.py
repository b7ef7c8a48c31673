"""EVSE IDs that staff type: what is wrong with one, and whether it is another party's."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from ocpi.identifiers import DinEvseId, Kind, NotAnId, PlaceId
from ocpi.ids import PartyId


def check_evse_id(text: str) -> None:
    """Raises ``ValidationError`` that says what is wrong and where; DIN SPEC 91286 is taken too."""
    if text.startswith("+"):
        _check_din(text)
        return
    try:
        PlaceId.parse(text, Kind.EVSE)
    except NotAnId as wrong:
        raise ValidationError(f"This is not an EVSE ID: {wrong}.") from wrong


def _check_din(text: str) -> None:
    try:
        DinEvseId.parse(text)
    except NotAnId as wrong:
        raise ValidationError(f"This is not an EVSE ID of DIN SPEC 91286: {wrong}.") from wrong


def of_another_party(text: str, owner: PartyId) -> str:
    """A sentence if an EVSE ID begins with another party's code, which hosted networks do; else empty."""
    try:
        found = PlaceId.read(text, Kind.EVSE).party
    except NotAnId:
        return ""
    if found == owner:
        return ""
    return f"The EVSE ID is of another party: it begins with {found}; its owner is {owner}."
