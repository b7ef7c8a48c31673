"""Parts of a Location that point at something: tokens it is shown to, parking places of EVSEs."""

from __future__ import annotations

from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.codes import CODES

Document = dict[str, Any]

# OCPI 2.3.0, mod_locations, Parking: these should be given, unless only small vehicles park there.
_SIZES = (
    "max_vehicle_weight",
    "max_vehicle_height",
    "max_vehicle_length",
    "max_vehicle_width",
    "parking_space_length",
    "parking_space_width",
    "dangerous_goods_allowed",
)
_SMALL = frozenset({"PERSONAL_VEHICLE", "MOTORCYCLE"})


def check_tokens(document: Document, warnings: list[Problem]) -> None:
    """Leave out entries of publish_allowed_to that identify no token (PublishTokenType)."""
    kept = []
    for index, token in enumerate(document["publish_allowed_to"]):
        if _identifies_a_token(token):
            kept.append(token)
        else:
            _warn(warnings, "publish_token_incomplete", f"publish_allowed_to.{index}", token)
    _keep(document, "publish_allowed_to", kept)


def _identifies_a_token(token: Document) -> bool:
    given = token.get("uid") or token.get("visual_number") or token.get("group_id")
    return bool(
        given
        and (not token.get("uid") or token.get("type"))
        and (not token.get("visual_number") or token.get("issuer"))
    )


def check_energy_mix(document: Document, warnings: list[Problem]) -> None:
    """Tell where the shares of an energy mix do not add up to 100 percent, as strict types ask."""
    sources = document["energy_mix"].get("energy_sources")
    if sources and abs(sum(source["percentage"] for source in sources) - 100) > 1:
        _warn(warnings, "energy_mix_not_whole", "energy_mix.energy_sources", sources)


def check_parking_places(document: Document, warnings: list[Problem]) -> None:
    """Leave out parking places without vehicle types and repeated ones, the last counts."""
    places = document["parking_places"]
    last = {place["id"].upper(): index for index, place in enumerate(places)}
    kept = []
    for index, place in enumerate(places):
        if last[place["id"].upper()] != index:
            _warn(warnings, "parking_duplicate", f"parking_places.{index}", place)
        elif not place.get("vehicle_types"):
            _warn(warnings, "value_unusable", f"parking_places.{index}", place)
        else:
            kept.append(place)
            _check_place(place, f"parking_places.{index}", warnings)
    _keep(document, "parking_places", kept)


def _check_place(place: Document, path: str, warnings: list[Problem]) -> None:
    """Tell what drivers of lorries, buses and so on, or with a disability, have to find out by driving there."""
    missing = [name for name in _SIZES if place.get(name) is None]
    if missing and not _SMALL.issuperset(place["vehicle_types"]):
        _warn(warnings, "parking_size_missing", path, missing)
    if "DISABLED" in place["vehicle_types"] and not place.get("images"):
        _warn(warnings, "parking_image_missing", f"{path}.images", None)


def check_parking_of(
    evse: Document, index: int, document: Document, warnings: list[Problem]
) -> None:
    """Leave out references of an EVSE to parking places that the Location does not have."""
    known = {place["id"].upper() for place in document.get("parking_places", ())}
    kept = []
    for position, parking in enumerate(evse["parking"]):
        if parking["parking_id"].upper() in known:
            kept.append(parking)
        else:
            _warn(warnings, "parking_unknown", f"evses.{index}.parking.{position}", parking)
    _keep(evse, "parking", kept)


def _keep(document: Document, name: str, kept: list[Document]) -> None:
    if kept:
        document[name] = kept
    else:
        del document[name]


def _warn(warnings: list[Problem], code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
