"""Required fields that can be filled in from the rest of an object, each with a warning."""

from __future__ import annotations

from typing import Any

from ocpi.countries import ALPHA_3
from ocpi.lenient.repair import Path, Repair
from ocpi.lenient.sites import zone_of_document
from ocpi.places import country_of_zone

EPOCH = "1970-01-01T00:00:00Z"
Part = dict[str, Any]


def fill_in_location(repair: Repair) -> None:
    """Fill in publish, country, time zone and the times of the last change."""
    _publish(repair)
    _country(repair)
    _time_zone(repair)
    fill_in_last_updated(repair)
    for index, evse in _parts(repair.document, "evses"):
        _last_updated_of_evse(repair, evse, ("evses", index))


def fill_in_evse(repair: Repair) -> None:
    """Fill in the times of the last change."""
    fill_in_last_updated(repair)
    _last_updated_of_evse(repair, repair.document, ())


def fill_in_connector(repair: Repair) -> None:
    """Fill in the time of the last change."""
    fill_in_last_updated(repair)


def fill_in_tariff(repair: Repair) -> None:
    """Fill in what taxes mean and the time of the last change; leave out elements without prices."""
    document = repair.document
    if document.get("tax_included") is None:
        document["tax_included"] = "NO"
        repair.warn("tax_included_assumed", ("tax_included",), None, "NO")
    for index, element in _parts(document, "elements"):
        if not any(element.get("price_components") or ()):
            repair.leave_out(("elements", index), "element_without_prices")
        elif _lost_all(element.get("restrictions"), "day_of_week"):
            repair.leave_out(("elements", index), "restriction_unusable")
    fill_in_last_updated(repair)


def _lost_all(part: Any, name: str) -> bool:
    """Whether a list was sent and none of its entries could be understood."""
    listed = part.get(name) if isinstance(part, dict) else None
    return isinstance(listed, list) and bool(listed) and not any(listed)


def _publish(repair: Repair) -> None:
    """Not said is not published; but OCPI 2.1.1 has no such field and publishes everything."""
    document = repair.document
    if document.get("publish") is None:
        document["publish"] = repair.is_2_1_1
        if not repair.is_named_2_1_1:
            repair.warn("publish_assumed", ("publish",), None, repair.is_2_1_1)


def _country(repair: Repair) -> None:
    document = repair.document
    if document.get("country") is None:
        owner = str(document.get("country_code") or "").upper()
        country = country_of_zone(document.get("time_zone")) or ALPHA_3.get(owner)
        _assume(repair, "country", country, "country_assumed")


def _time_zone(repair: Repair) -> None:
    document = repair.document
    if document.get("time_zone") is None:
        zone = zone_of_document(document.get("country"), document)
        _assume(repair, "time_zone", zone, "time_zone_assumed")


def _assume(repair: Repair, name: str, value: str | None, code: str) -> None:
    """Set a field of the Location, replacing the warning that it was unusable."""
    told = [fault for fault in repair.warnings if fault.path == name]
    original = told[-1].value if told else None
    repair.warnings[:] = [fault for fault in repair.warnings if fault.path != name]
    repair.document[name] = value
    repair.warn(code if value else "required_missing", (name,), original, value)


def fill_in_last_updated(repair: Repair) -> None:
    """An object without time changed when it came, if that is known, or as its newest part did."""
    if repair.document.get("last_updated") is None:
        moment = repair.known.received_at or _newest(repair.document)
        _set_time(repair, repair.document, (), moment)


def _last_updated_of_evse(repair: Repair, evse: Part, path: Path) -> None:
    """A part without time has its parent's."""
    if evse.get("last_updated") is None:
        _set_time(repair, evse, path, repair.document["last_updated"])
    for position, connector in _parts(evse, "connectors"):
        if connector.get("last_updated") is None:
            _set_time(repair, connector, (*path, "connectors", position), evse["last_updated"])


def _set_time(repair: Repair, part: dict[str, Any], path: Path, moment: str) -> None:
    part["last_updated"] = moment
    repair.warn("last_updated_assumed", (*path, "last_updated"), None, moment)


def _newest(document: dict[str, Any]) -> str:
    parts = [*_parts(document, "evses"), *_parts(document, "connectors")]
    times = [str(part.get("last_updated") or EPOCH) for _, part in parts]
    return max(times, default=EPOCH)


def _parts(document: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    parts = document.get(name)
    listed = parts if isinstance(parts, list) else []
    return [(index, part) for index, part in enumerate(listed) if isinstance(part, dict)]
