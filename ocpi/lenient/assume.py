"""Required fields of a Location that can be filled in from the rest of it, each with a warning."""

from __future__ import annotations

from typing import Any

from ocpi.countries import ALPHA_3
from ocpi.places import country_of_zone, zone_of_country
from ocpi.lenient.repair import Path, Repair

EPOCH = "1970-01-01T00:00:00Z"


def fill_in(repair: Repair) -> None:
    """Fill in publish, country, time zone and the times of the last change."""
    _publish(repair)
    _country(repair)
    _time_zone(repair)
    _last_updated(repair)


def _publish(repair: Repair) -> None:
    """Not said is not published; but OCPI 2.1.1 has no such field and publishes everything."""
    document = repair.document
    if document.get("publish") is None:
        is_2_1_1 = any(
            fault.code == "field_other_name" and fault.path.endswith(".voltage")
            for fault in repair.warnings
        )
        document["publish"] = is_2_1_1
        repair.warn("publish_assumed", ("publish",), None, is_2_1_1)


def _country(repair: Repair) -> None:
    document = repair.document
    if document.get("country") is None:
        owner = str(document.get("country_code") or "").upper()
        country = country_of_zone(document.get("time_zone")) or ALPHA_3.get(owner)
        _assume(repair, "country", country, "country_assumed")


def _time_zone(repair: Repair) -> None:
    document = repair.document
    if document.get("time_zone") is None:
        zone = zone_of_country(document.get("country"))
        _assume(repair, "time_zone", zone, "time_zone_assumed")


def _assume(repair: Repair, name: str, value: str | None, code: str) -> None:
    """Set a field of the Location, replacing the warning that it was unusable."""
    told = [fault for fault in repair.warnings if fault.path == name]
    original = told[-1].value if told else None
    repair.warnings[:] = [fault for fault in repair.warnings if fault.path != name]
    repair.document[name] = value
    repair.warn(code if value else "required_missing", (name,), original, value)


def _last_updated(repair: Repair) -> None:
    """A part without time has its parent's; a Location without has that of its newest part."""
    document = repair.document
    if document.get("last_updated") is None:
        _set_time(repair, document, (), _newest(document))
    for index, evse in _parts(document, "evses"):
        path: Path = ("evses", index)
        if evse.get("last_updated") is None:
            _set_time(repair, evse, path, document["last_updated"])
        for position, connector in _parts(evse, "connectors"):
            if connector.get("last_updated") is None:
                _set_time(repair, connector, (*path, "connectors", position), evse["last_updated"])


def _set_time(repair: Repair, part: dict[str, Any], path: Path, moment: str) -> None:
    part["last_updated"] = moment
    repair.warn("last_updated_assumed", (*path, "last_updated"), None, moment)


def _newest(document: dict[str, Any]) -> str:
    times = [str(evse.get("last_updated") or EPOCH) for _, evse in _parts(document, "evses")]
    return max(times, default=EPOCH)


def _parts(document: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    parts = document.get(name)
    listed = parts if isinstance(parts, list) else []
    return [(index, part) for index, part in enumerate(listed) if isinstance(part, dict)]
