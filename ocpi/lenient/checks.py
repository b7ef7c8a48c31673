"""Findings that need more than one field; run on every accepted Location, so kept lean."""

from __future__ import annotations

import re
from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.audit import EVSE_ID
from ocpi.lenient.codes import CODES
from ocpi.lenient.geography import fault_of_coordinates
from ocpi.lenient.known import Known
from ocpi.lenient.markers import marker_in
from ocpi.lenient.references import (
    check_energy_mix,
    check_parking_of,
    check_parking_places,
    check_tokens,
)
from ocpi.types import dotted

# Phase-to-neutral and phase-to-phase voltages are mixed up in practice: three phases at the
# given voltage is the most that can be meant, 10 % is tolerance.
_MOST = 3.3
# On alternating current more than this is a direct current charger, or a wrong number.
_MOST_AC = 100_000
_EVSE_ID = re.compile(EVSE_ID)
Document = dict[str, Any]
Warnings = list[Problem]
# Made into a dotted path only where there is something to tell.
Path = tuple[int | str, ...]


def check_location(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about the Location as a whole; removes what contradicts the rest."""
    _check_site(document, warnings)
    if document.get("publish_allowed_to"):
        if document.get("publish"):
            _remove(document, "publish_allowed_to", "publish_allowed_to_unused", warnings)
        else:
            check_tokens(document, warnings)
    if document.get("energy_mix"):
        check_energy_mix(document, warnings)
    if document.get("parking_places"):
        check_parking_places(document, warnings)
    hours = document.get("opening_times")
    if hours and (not hours.get("twentyfourseven") or hours.get("regular_hours")):
        _check_hours(document, hours, warnings)
    if document.get("evses"):
        _check_evses(document, known, warnings)
    else:
        _warn(warnings, "location_without_evses", "evses", None)


def _check_evses(document: Document, known: Known, warnings: Warnings) -> None:
    evses = document["evses"]
    document["evses"] = _unique(evses, "uid", "evses", "evse_duplicate", warnings)
    country_code, party_id = document.get("country_code"), document.get("party_id")
    own = (f"{country_code}*{party_id}", f"{country_code}{party_id}")
    # Whoever takes a file for one party's knows about its EVSE IDs.
    hosted = None if known.owner is None and country_code and party_id else ""
    for index, evse in enumerate(evses):
        _check_evse(evse, ("evses", index), warnings)
        if evse.get("parking"):
            check_parking_of(evse, index, document, warnings)
        evse_id = evse.get("evse_id")
        if evse_id and hosted is None and not evse_id.startswith(own):
            hosted = _other_party(evse_id, own[1], index, warnings)


def _check_site(document: Document, warnings: Warnings) -> None:
    """Where it lies and how it is called."""
    coordinates = document.get("coordinates")
    if coordinates:
        fault = fault_of_coordinates(coordinates, document.get("country"))
        if fault is not None:
            _warn(warnings, fault, "coordinates", coordinates)
    name = document.get("name")
    if name and marker_in(name) is not None:
        _warn(warnings, "name_marks_test", "name", name)


def check_evse(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about an EVSE that came by itself."""
    _check_evse(document, (), warnings)


def check_connector(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about a Connector that came by itself."""
    power = document.get("max_electric_power")
    if power:
        _check_power(document, power, (), warnings)


def _other_party(evse_id: str, owner: str, index: int, warnings: Warnings) -> str | None:
    """Tell of an EVSE ID under another party than the Location's: hosting, once per Location."""
    prefix = evse_id[:7].replace("*", "")[:5].upper()
    # Digits are a country of DIN SPEC 91286, whose operators are other ones.
    if prefix == owner.upper() or not prefix[:2].isalpha() or not _EVSE_ID.fullmatch(evse_id):
        return None
    _warn(warnings, "evse_id_other_party", f"evses.{index}.evse_id", evse_id)
    return prefix


def _check_hours(document: dict[str, Any], hours: dict[str, Any], warnings: list[Problem]) -> None:
    regular = hours.get("regular_hours")
    if hours.get("twentyfourseven"):
        _remove(hours, "regular_hours", "hours_always_and_regular", warnings, "opening_times.")
    elif not regular:
        _remove(document, "opening_times", "hours_unknown", warnings)
    for index, entry in enumerate(hours.get("regular_hours") or ()):
        if entry["period_end"] <= entry["period_begin"]:
            path = f"opening_times.regular_hours.{index}.period_end"
            _warn(warnings, "hours_not_in_order", path, entry["period_end"])


def _check_evse(evse: Document, place: Path, warnings: Warnings) -> None:
    connectors = evse.get("connectors")
    if not connectors:
        _warn(warnings, "evse_without_connectors", dotted((*place, "connectors")), None)
        return
    if len(connectors) > 1:
        where = dotted((*place, "connectors"))
        evse["connectors"] = _unique(connectors, "id", where, "connector_duplicate", warnings)
    for position, connector in enumerate(connectors):
        power = connector.get("max_electric_power")
        if power:
            _check_power(connector, power, (*place, "connectors", position), warnings)


def _check_power(connector: Document, power: int, place: Path, warnings: Warnings) -> None:
    possible = connector.get("max_voltage", 0) * connector.get("max_amperage", 0)
    if 0 < possible * _MOST < power:
        _too_much(connector, power, possible, dotted((*place, "max_electric_power")), warnings)
    elif 0 < power < 1_000:
        _too_little(connector, power, possible, dotted((*place, "max_electric_power")), warnings)
    elif power > _MOST_AC and str(connector.get("power_type"))[:2] == "AC":
        _warn(warnings, "power_unusual_for_ac", dotted((*place, "max_electric_power")), power)


def _too_much(
    connector: dict[str, Any], power: int, possible: int, path: str, warnings: list[Problem]
) -> None:
    """More than voltage and current give: a thousandfold is a unit error, the rest is told."""
    if possible * 300 <= power <= possible * _MOST * 1_000 and power >= 1_000_000:
        connector["max_electric_power"] = power // 1_000
        _replace(warnings, "power_in_milliwatts", path, power)
    else:
        _replace(warnings, "power_above_voltage_times_current", path, power)


def _too_little(
    connector: dict[str, Any], power: int, possible: int, path: str, warnings: list[Problem]
) -> None:
    """Less than 1,000 W does not charge a car: kilowatts, if voltage and current allow it."""
    if possible == 0 or power * 1_000 <= possible * _MOST:
        connector["max_electric_power"] = power * 1_000
        _replace(warnings, "power_in_kilowatts", path, power)


def _unique(
    parts: list[dict[str, Any]], name: str, path: str, code: str, warnings: list[Problem]
) -> list[dict[str, Any]]:
    """The parts with the last of each identifier, compared as CiStrings."""
    last = {part[name].upper(): index for index, part in enumerate(parts)}
    if len(last) == len(parts):
        return parts
    kept = set(last.values())
    for index, part in enumerate(parts):
        if index not in kept:
            _warn(warnings, code, f"{path}.{index}", part)
    return [part for index, part in enumerate(parts) if index in kept]


def _remove(
    document: dict[str, Any], name: str, code: str, warnings: list[Problem], prefix: str = ""
) -> None:
    _warn(warnings, code, prefix + name, document.pop(name))


def _replace(warnings: list[Problem], code: str, path: str, value: Any) -> None:
    """One warning per power: the better explanation takes the place of the first."""
    warnings[:] = [
        fault for fault in warnings if (fault.code, fault.path) != ("power_implausible", path)
    ]
    _warn(warnings, code, path, value)


def _warn(warnings: list[Problem], code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
