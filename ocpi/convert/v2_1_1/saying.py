"""Canonical Locations, EVSEs and Connectors as OCPI 2.1.1.

2.1.1 has no party in its objects (the address says it), no field for private locations, one tariff per
connector, closed enumerations, six decimals and whole seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_args

from ocpi.convert.results import Converted, Document, Refused
from ocpi.convert.steps import GONE, Losses, image, listed, whole_seconds
from ocpi.v2_1_1 import locations as types
from ocpi.v2_2_1.locations import EnvironmentalImpactCategory

VERSION = "2.1.1"
CAPABILITIES = frozenset(get_args(types.Capability))
CONNECTOR_TYPES = frozenset(get_args(types.ConnectorType))
FACILITIES = frozenset(get_args(types.Facility))
IMAGE_CATEGORIES = frozenset(get_args(types.ImageCategory))
IMPACTS = frozenset(get_args(EnvironmentalImpactCategory))
PARKING_TYPES = frozenset(get_args(types.LocationType)) - {"OTHER", "UNKNOWN"}
POWER_TYPES = frozenset(get_args(types.PowerType))
RESTRICTIONS = frozenset(get_args(types.ParkingRestriction))
ADDRESS_LENGTH = 45

Step = Callable[[Document, str, Any, str, Losses], None]
"""Adds what a field becomes to the document being made: (document, name, value, path, losses)."""
Steps = Mapping[str, Step]


def is_private(document: Document) -> bool:
    """Whether a Location must not be told to a partner whose version has no word for private."""
    return document.get("publish") is False


def location_from_canonical(document: Document) -> Converted:
    """A canonical Location as 2.1.1; Refused when it is not published: there it would become public."""
    if is_private(document):
        raise Refused(
            "The location is not published, and OCPI 2.1.1 cannot say so: "
            "a partner would take it for public"
        )
    losses = Losses(VERSION)
    said = _said(document, _LOCATION, "", losses)
    said.setdefault("type", "UNKNOWN")
    for name in ("address", "city", "postal_code"):
        said.setdefault(name, "")
    return Converted(said, losses)


def evse_from_canonical(document: Document) -> Converted:
    """A canonical EVSE as 2.1.1; Refused when none of its connectors can be said."""
    losses = Losses(VERSION)
    said = _evse(document, "", losses)
    if said is None:
        raise Refused("OCPI 2.1.1 knows none of the EVSE's connectors")
    return Converted(said, losses)


def connector_from_canonical(document: Document) -> Converted:
    """A canonical Connector as 2.1.1; Refused when its standard or power type cannot be said."""
    losses = Losses(VERSION)
    said = _connector(document, "", losses)
    if said is None:
        raise Refused(f"OCPI 2.1.1 has no connector with {losses[0].path} {losses[0].value}")
    return Converted(said, losses)


def _said(document: Document, steps: Steps, path: str, losses: Losses) -> Document:
    said: Document = {}
    for name, value in document.items():
        step = steps.get(name)
        if step is None:
            said[name] = value
        elif value is not None:
            step(said, name, value, path + name, losses)
    return said


def _evse(document: Document, path: str, losses: Losses) -> Document | None:
    said_connectors = [
        said
        for index, connector in enumerate(document.get("connectors") or ())
        if (said := _connector(connector, f"{path}connectors.{index}.", losses)) is not None
    ]
    if document.get("connectors") and not said_connectors:
        return None
    said = _said(document, _EVSE, path, losses)
    if said_connectors:
        said["connectors"] = said_connectors
    return said


def _connector(document: Document, path: str, losses: Losses) -> Document | None:
    for name, known in (("standard", CONNECTOR_TYPES), ("power_type", POWER_TYPES)):
        value = document.get(name)
        if value is not None and not losses.can_say(value, known):
            losses.add("connector_not_in_version", path + name, value)
            return None
    return _said(document, _CONNECTOR, path, losses)


def _implied(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    """What 2.1.1 says otherwise: the owner in the address, published by being told."""


def _lost(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    losses.add("field_not_in_version", path, value)


def _named(other: str) -> Step:
    def step(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
        said[other] = value

    return step


def _closed(allowed: frozenset[str]) -> Step:
    def step(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
        kept = listed(value, allowed, path, losses)
        if kept is not GONE:
            said[name] = kept

    return step


def _parts(steps: Steps) -> Step:
    """A list of objects, each by its own steps."""

    def step(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
        said[name] = [
            _said(part, steps, f"{path}.{index}.", losses) for index, part in enumerate(value)
        ]

    return step


def _part(steps: Steps) -> Step:
    def step(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
        said[name] = _said(value, steps, f"{path}.", losses)

    return step


def _time(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    """Whole seconds (conformance: 2.1.1 shows no fractions)."""
    said[name] = whole_seconds(value, path, losses)


def _degrees(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    decimals = len(value) - value.find(".") - 1
    if decimals != 6:
        exact = Decimal(value)
        value = f"{exact:.6f}"
        if Decimal(value) != exact:
            losses.add("coordinates_rounded", path, format(exact, "f"))
    said[name] = value


def _address(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    if len(value) > ADDRESS_LENGTH:
        losses.add("text_cut", path, value)
        value = value[:ADDRESS_LENGTH].rstrip()
    said[name] = value


def _postal_code(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    if value == "":
        losses.add("value_not_in_version", path, value)
    said[name] = value


def _parking_type(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    if losses.can_say(value, PARKING_TYPES):
        said["type"] = value
    else:
        losses.add("value_not_in_version", path, value)
        said["type"] = "OTHER"


def _images(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    said[name] = [
        image(picture, IMAGE_CATEGORIES, f"{path}.{index}.", losses)
        for index, picture in enumerate(value)
    ]


def _logo(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    said[name] = image(value, IMAGE_CATEGORIES, f"{path}.", losses)


def _impacts(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    kept = []
    for index, impact in enumerate(value):
        if impact.get("category") in IMPACTS:
            kept.append(_said(impact, _IMPACT, f"{path}.{index}.", losses))
        else:
            losses.add("value_not_in_version", f"{path}.{index}", impact)
    if kept:
        said[name] = kept


def _tariff(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    if value:
        said["tariff_id"] = value[0]
        for index, other in enumerate(value[1:], start=1):
            losses.add("only_one_in_version", f"{path}.{index}", other)


def _evses(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    converted = (_evse(evse, f"{path}.{index}.", losses) for index, evse in enumerate(value))
    kept = [evse for evse in converted if evse is not None]
    if kept:
        said[name] = kept


def _later(said: Document, name: str, value: Any, path: str, losses: Losses) -> None:
    """Keeps its place among the fields; `_evse` fills it in."""
    said[name] = value


_COORDINATES: Steps = {"latitude": _degrees, "longitude": _degrees}
_PERIOD: Steps = {"period_begin": _time, "period_end": _time}
_HOURS: Steps = {
    "exceptional_openings": _parts(_PERIOD),
    "exceptional_closings": _parts(_PERIOD),
}
_IMPACT: Steps = {"category": _named("source"), "source": _lost}
_BUSINESS: Steps = {"logo": _logo}
_CONNECTOR: Steps = {
    "max_voltage": _named("voltage"),
    "max_amperage": _named("amperage"),
    "tariff_ids": _tariff,
    "max_electric_power": _lost,
    "capabilities": _lost,
    "voltage": _lost,
    "amperage": _lost,
    "tariff_id": _lost,
    "last_updated": _time,
}
_EVSE: Steps = {
    "connectors": _later,
    "capabilities": _closed(CAPABILITIES),
    "coordinates": _part(_COORDINATES),
    "images": _images,
    "parking_restrictions": _closed(RESTRICTIONS),
    "status_schedule": _parts(_PERIOD),
    "parking": _lost,
    "accepted_service_providers": _lost,
    "last_updated": _time,
}
_LOCATION: Steps = {
    "country_code": _implied,
    "party_id": _implied,
    "publish": _implied,
    "publish_allowed_to": _lost,
    "state": _lost,
    "parking_places": _lost,
    "help_phone": _lost,
    "type": _lost,
    "parking_type": _parking_type,
    "address": _address,
    "postal_code": _postal_code,
    "coordinates": _part(_COORDINATES),
    "related_locations": _parts(_COORDINATES),
    "evses": _evses,
    "operator": _part(_BUSINESS),
    "suboperator": _part(_BUSINESS),
    "owner": _part(_BUSINESS),
    "facilities": _closed(FACILITIES),
    "opening_times": _part(_HOURS),
    "images": _images,
    "energy_mix": _part({"environ_impact": _impacts}),
    "last_updated": _time,
}
