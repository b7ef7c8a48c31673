"""Locations, EVSEs and Connectors of OCPI 2.1.1 as canonical ones, whole or as the body of a PATCH."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ocpi.convert.results import Converted, Document, Origin, Refused
from ocpi.convert.steps import Losses
from ocpi.convert.v2_1_1.saying import PARKING_TYPES, VERSION
from ocpi.places import zone_at, zone_of_country


class _Reading:
    """One conversion. In a patch `null` clears a field and stays; elsewhere it is left out."""

    def __init__(self, *, patch: bool) -> None:
        self.patch = patch
        self.losses = Losses(VERSION)

    def read(self, document: Document, steps: Steps, path: str) -> Document:
        canonical: Document = {}
        for name, value in document.items():
            step = steps.get(name)
            if step is None:
                canonical[name] = value
            elif value is not None or self.patch:
                step(self, canonical, value, path + name)
        return canonical

    def put(self, canonical: Document, name: str, value: Any) -> None:
        if value is not None or self.patch:
            canonical[name] = value


Step = Callable[[_Reading, Document, Any, str], None]
"""Adds what a field becomes to the document being made: (reading, document, value, path)."""
Steps = Mapping[str, Step]


def location_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 Location as canonical: its owner is the origin's, it is public, its zone found by place.

    Refused when the owner is not given.
    """
    if origin.owner is None:
        raise Refused("A location of OCPI 2.1.1 does not say whose it is")
    reading = _Reading(patch=False)
    read = reading.read(document, _LOCATION, "")
    canonical = {**origin.owner._asdict(), "publish": True, **read}
    if canonical.get("time_zone") is None:
        canonical["time_zone"] = _zone(canonical)
    return Converted(canonical, reading.losses)


def _zone(document: Document) -> str:
    country, place = document.get("country"), document["coordinates"]
    return zone_of_country(country) or zone_at(
        country, float(place["latitude"]), float(place["longitude"])
    )


def evse_to_canonical(document: Document) -> Converted:
    """A 2.1.1 EVSE as canonical."""
    return _converted(document, _EVSE, patch=False)


def connector_to_canonical(document: Document) -> Converted:
    """A 2.1.1 Connector as canonical."""
    return _converted(document, _CONNECTOR, patch=False)


def location_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 Location as one of a canonical Location."""
    return _converted(patch, _LOCATION, patch=True).document


def evse_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 EVSE as one of a canonical EVSE."""
    return _converted(patch, _EVSE, patch=True).document


def connector_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 Connector as one of a canonical Connector."""
    return _converted(patch, _CONNECTOR, patch=True).document


def _converted(document: Document, steps: Steps, *, patch: bool) -> Converted:
    reading = _Reading(patch=patch)
    return Converted(reading.read(document, steps, ""), reading.losses)


def _later_versions(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    """A field that 2.1.1 lacks means nothing there, and must not become what a later version means."""
    reading.losses.add("field_not_in_version", path, value)


def _owner(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    """The address says it."""


def _publish(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    """2.1.1 has no such field; but who writes that it is private must not be made public."""
    if value is False:
        canonical["publish"] = False


def _named(name: str) -> Step:
    def step(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
        reading.put(canonical, name, value)

    return step


def _type(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    """OTHER and UNKNOWN say nothing."""
    reading.put(canonical, "parking_type", value if value in PARKING_TYPES else None)


def _postal_code(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    """Required in 2.1.1: an empty one means that there is none."""
    reading.put(canonical, "postal_code", value or None)


def _hours(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    if value is not None and value.get("twentyfourseven") is None:
        value = {**value, "twentyfourseven": not value.get("regular_hours")}
    reading.put(canonical, "opening_times", value)


def _tariff(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    reading.put(canonical, "tariff_ids", None if value is None else [value])


def _energy_mix(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
    if value and value.get("environ_impact"):
        impacts = [
            reading.read(impact, _IMPACT, f"{path}.environ_impact.{index}.")
            for index, impact in enumerate(value["environ_impact"])
        ]
        value = {**value, "environ_impact": impacts}
    reading.put(canonical, "energy_mix", value)


def _parts(name: str, steps: Steps) -> Step:
    def step(reading: _Reading, canonical: Document, value: Any, path: str) -> None:
        if value is not None:
            value = [
                reading.read(part, steps, f"{path}.{index}.") for index, part in enumerate(value)
            ]
        reading.put(canonical, name, value)

    return step


_IMPACT: Steps = {"source": _named("category"), "category": _later_versions}
_CONNECTOR: Steps = {
    "voltage": _named("max_voltage"),
    "amperage": _named("max_amperage"),
    "tariff_id": _tariff,
    "max_voltage": _later_versions,
    "max_amperage": _later_versions,
    "max_electric_power": _later_versions,
    "tariff_ids": _later_versions,
    "capabilities": _later_versions,
}
_EVSE: Steps = {
    "connectors": _parts("connectors", _CONNECTOR),
    "parking": _later_versions,
    "accepted_service_providers": _later_versions,
}
_LOCATION: Steps = {
    "country_code": _owner,
    "party_id": _owner,
    "publish": _publish,
    "type": _type,
    "postal_code": _postal_code,
    "opening_times": _hours,
    "energy_mix": _energy_mix,
    "evses": _parts("evses", _EVSE),
    "publish_allowed_to": _later_versions,
    "state": _later_versions,
    "parking_type": _later_versions,
    "parking_places": _later_versions,
    "help_phone": _later_versions,
}
