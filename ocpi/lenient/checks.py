"""Findings that need more than one field; run on every accepted Location, so kept lean."""

from __future__ import annotations

from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import Known
from ocpi.lenient.references import check_parking_of, check_parking_places, check_tokens

# Phase-to-neutral and phase-to-phase voltages are mixed up in practice: three phases at the
# given voltage is the most that can be meant, 10 % is tolerance.
_MOST = 3.3
Document = dict[str, Any]
Warnings = list[Problem]


def check_location(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about the Location as a whole; removes what contradicts the rest."""
    coordinates = document.get("coordinates")
    if coordinates and _is_zero(coordinates):
        _warn(warnings, "coordinates_zero", "coordinates", coordinates)
    if document.get("publish_allowed_to"):
        if document.get("publish"):
            _remove(document, "publish_allowed_to", "publish_allowed_to_unused", warnings)
        else:
            check_tokens(document, warnings)
    if document.get("parking_places"):
        check_parking_places(document, warnings)
    hours = document.get("opening_times")
    if hours and (not hours.get("twentyfourseven") or hours.get("regular_hours")):
        _check_hours(document, hours, warnings)
    evses = document.get("evses")
    if evses:
        document["evses"] = _unique(evses, "uid", "evses", "evse_duplicate", warnings)
        for index, evse in enumerate(evses):
            _check_evse(evse, f"evses.{index}.", warnings)
            if evse.get("parking"):
                check_parking_of(evse, index, document, warnings)


def check_evse(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about an EVSE that came by itself."""
    _check_evse(document, "", warnings)


def check_connector(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about a Connector that came by itself."""
    power = document.get("max_electric_power")
    if power:
        _check_power(document, power, "", warnings)


def _is_zero(coordinates: dict[str, Any]) -> bool:
    values = (coordinates.get("latitude"), coordinates.get("longitude"))
    return all(value and not value.strip("-0.") for value in values)


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


def _check_evse(evse: Document, path: str, warnings: Warnings) -> None:
    connectors = evse.get("connectors")
    if not connectors:
        _warn(warnings, "evse_without_connectors", f"{path}connectors", None)
        return
    if len(connectors) > 1:
        where = f"{path}connectors"
        evse["connectors"] = _unique(connectors, "id", where, "connector_duplicate", warnings)
    for position, connector in enumerate(connectors):
        power = connector.get("max_electric_power")
        if power:
            _check_power(connector, power, f"{path}connectors.{position}.", warnings)


def _check_power(connector: Document, power: int, path: str, warnings: Warnings) -> None:
    possible = connector.get("max_voltage", 0) * connector.get("max_amperage", 0)
    if 0 < possible * _MOST < power:
        _too_much(connector, power, possible, f"{path}max_electric_power", warnings)
    elif 0 < power < 1_000:
        _too_little(connector, power, possible, f"{path}max_electric_power", warnings)


def _too_much(
    connector: dict[str, Any], power: int, possible: int, path: str, warnings: list[Problem]
) -> None:
    """More than voltage and current give: a thousandfold is a unit error, the rest is told."""
    if power >= possible * 300 and power // 1_000 >= 1_000:
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
