"""Repair of an object that does not pass the audit, fault by fault.

Places of removed list elements keep a None until the end, so that every path in a warning
counts elements as they were sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from pydantic_core import ValidationError

from ocpi.classes import Hours
from ocpi.documents import FieldShape, shape_of
from ocpi.errors import Problem
from ocpi.lenient.audit import ALL_OTHER_NAMES, audit, is_earlier_name, other_names
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import VERSIONS_2_1, Known
from ocpi.lenient.moments import local_readings
from ocpi.lenient.repaired import UnusableError
from ocpi.lenient.values import REPAIRERS
from ocpi.tariff_classes import PriceComponent
from ocpi.types import dotted
from ocpi.v2_3_0.hubclientinfo import ClientInfo
from ocpi.v2_3_0.locations import EVSE, Connector, Location
from ocpi.v2_3_0.tariffs import Tariff, TariffElement, TariffRestrictions
from ocpi.v2_3_0.tokens import Token

Path = tuple[int | str, ...]
# Kept although a required field is missing.
ENTITIES: frozenset[type[BaseModel]] = frozenset(
    {Location, EVSE, Connector, Tariff, Token, ClientInfo}
)
_NOT_IDENTIFIED = {
    (EVSE, "uid"): "evse_not_identified",
    (Connector, "id"): "connector_not_identified",
}
# Filled in, reported or refused once everything else is known.
_LATER = frozenset(
    {
        (EVSE, "connectors"),
        (Location, "country_code"),
        (Location, "party_id"),
        (Location, "id"),
        (Location, "publish"),
        (Location, "country"),
        (Location, "time_zone"),
        (Location, "last_updated"),
        (EVSE, "last_updated"),
        (Connector, "last_updated"),
        (Tariff, "country_code"),
        (Tariff, "party_id"),
        (Tariff, "id"),
        (Tariff, "elements"),
        (Tariff, "tax_included"),
        (Tariff, "last_updated"),
        (Token, "country_code"),
        (Token, "party_id"),
        (Token, "uid"),
        (Token, "type"),
        (Token, "valid"),
        (Token, "whitelist"),
        (Token, "last_updated"),
        (ClientInfo, "country_code"),
        (ClientInfo, "party_id"),
        (ClientInfo, "last_updated"),
    }
)
# Why a part is left out when it lacks this field.
_INCOMPLETE = {
    (PriceComponent, "price"): "component_without_price",
    (TariffElement, "price_components"): "element_without_prices",
}
_MAX_PASSES = 8


class Place(NamedTuple):
    """Where a path leads: the value's container and key, and what its class says of the field."""

    container: Any
    key: int | str
    model: type[BaseModel]
    name: str
    field: FieldShape | None

    @property
    def value(self) -> Any:
        if isinstance(self.container, dict):
            return self.container.get(self.key)
        return self.container[self.key]


class Repair:
    """Repairs one parsed object in place and collects the warnings.

    Timestamps without designator are local time of `zone`, if given. `is_2_1_1` says whether the
    object was written in that version as far as can be seen, `is_named_2_1_1` whether the caller says so.
    """

    def __init__(
        self,
        document: dict[str, Any],
        model: type[BaseModel],
        known: Known,
        zone: ZoneInfo | None,
    ) -> None:
        self.document = document
        self.model = model
        self.known = known
        self.zone = zone
        self.is_named_2_1_1 = known.version in VERSIONS_2_1
        self.is_2_1_1 = self.is_named_2_1_1
        self.warnings: list[Problem] = []
        self._told_local = False
        self._settled: set[Path] = set()
        self._has_gaps = False

    def run(self) -> None:
        """Repair until nothing is left that was not looked at."""
        for _ in range(_MAX_PASSES):
            faults = self._faults()
            if not faults:
                break
            told = len(self.warnings)
            # Backwards: parts come before the list they are in and never move.
            for path in self._renamed(faults) or reversed(faults):
                self._fix(path)
            self.warnings[told:] = reversed(self.warnings[told:])

    def _renamed(self, faults: list[Path]) -> list[Path]:
        """Faults about other names come alone: they explain what else is missing."""
        return [
            path
            for path in reversed(faults)
            if path[-1] in ALL_OTHER_NAMES and (place := self._place(path)) and not place.field
        ]

    def close_gaps(self) -> None:
        """Take removed elements out of their lists; paths are no longer those of the original."""
        if self._has_gaps:
            _sweep(self.document, self.model)

    def warn(self, code: str, path: Path, value: Any, kept: Any = None) -> None:
        """Report one repair; `kept` is what the value became."""
        message = CODES[code] if kept is None else f"{CODES[code]} Kept: {str(kept)[:80]}"
        self.warnings.append(Problem(code, dotted(path), message, value))

    def leave_out(self, path: Path, code: str) -> None:
        """Take a part out and report it, unless it is out already."""
        place = self._place(path)
        if place is not None and place.value is not None:
            self.warn(code, path, place.value)
            self._remove(path, place)

    def _faults(self) -> list[Path]:
        try:
            audit(self.document, self.model)
        except ValidationError as error:
            paths = (
                fault["loc"]
                for fault in error.errors(
                    include_url=False, include_context=False, include_input=False
                )
            )
            return list(dict.fromkeys(path for path in paths if not self._is_settled(path)))
        return []

    def _is_settled(self, path: Path) -> bool:
        # Nothing of a repaired or removed value is looked at again.
        return bool(self._settled) and any(
            path[:length] in self._settled for length in range(1, len(path) + 1)
        )

    def _place(self, path: Path) -> Place | None:
        container: Any = self.document
        model = self.model
        field: FieldShape | None = None
        name = ""
        for key in path[:-1]:
            if isinstance(key, str):
                name, field = key, shape_of(model).get(key)
            container = container[key] if _holds(container, key) else None
            if container is None or field is None:
                return None
            if isinstance(container, dict) and field.part is not None:
                model = field.part
        last = path[-1]
        if isinstance(last, str):
            name, field = last, shape_of(model).get(last)
            return Place(container, last, model, name, field) if type(container) is dict else None
        return Place(container, last, model, name, field) if _holds(container, last) else None

    def _fix(self, path: Path) -> None:
        place = None if self._is_settled(path) else self._place(path)
        self._settled.add(path)
        if place is None:
            return
        if place.field is None:
            self._rename(path, place)
        elif place.value is None or place.value == []:
            self._missing(path, place)
        elif place.field.many and isinstance(place.key, str):
            self._listed(path, place)
        elif place.field.kind == "object":
            self._unusable(path, place, "value_unusable")
        else:
            self._repair(path, place, place.field)

    def _rename(self, path: Path, place: Place) -> None:
        """Give a field that came under another name its own, unless that is there too."""
        name = other_names(place.model).get(place.name)
        if name is None or place.container.get(name) is not None:
            return
        if not is_earlier_name(place.model, place.name):
            self.warn("field_other_name", path, place.value, name)
        elif not self.is_named_2_1_1:
            self.is_2_1_1 = self.is_2_1_1 or place.model is Connector
            self.warn("field_other_name", path, place.value, name)
        place.container[name] = place.container.pop(place.name)
        self._settled = {settled for settled in self._settled if settled != (*path[:-1], name)}

    def _listed(self, path: Path, place: Place) -> None:
        if isinstance(place.value, list):
            return
        wanted = dict if place.field is not None and place.field.kind == "object" else str
        if isinstance(place.value, wanted):
            if not (self.is_named_2_1_1 and place.name == "tariff_ids"):
                self.warn("list_expected", path, place.value)
            place.container[place.key] = [place.value]
            self._settled.discard(path)
        else:
            self._unusable(path, place, "value_unusable")

    def _repair(self, path: Path, place: Place, field: FieldShape) -> None:
        original = place.value
        if field.kind == "datetime" and self._is_local(path, place):
            return
        try:
            kept, codes = REPAIRERS[field.kind](original, place.name, field)
        except UnusableError as error:
            self._unusable(path, place, error.code)
            return
        for code in codes:
            changed = kept is not None and kept != original
            self.warn(code, path, original, kept if changed else None)
        place.container[place.key] = kept
        self._has_gaps = self._has_gaps or (kept is None and isinstance(place.key, int))
        if kept is None and field.required:
            self._missing(path, place)

    def _is_local(self, path: Path, place: Place) -> bool:
        """Read a timestamp as local time where that is how the sender writes them; told once."""
        original = place.value
        if not self.known.dialect.local_times:
            return False
        readings = local_readings(original, self.zone)
        if readings is None:
            return False
        place.container[place.key] = readings.local
        if not self._told_local:
            self._told_local = True
            code = "timestamp_local" if self.zone else "timestamp_zone_unknown"
            message = (
                f"{CODES[code]} Kept: {readings.local} (as {self.zone or 'UTC'}); "
                f"as UTC it is {readings.utc}."
            )
            self.warnings.append(Problem(code, dotted(path), message, original))
        return True

    def _missing(self, path: Path, place: Place) -> None:
        what = (place.model, place.name)
        if isinstance(place.key, int):
            self._remove(path, place)
            return
        place.container[place.key] = None
        if what in _LATER or (what in _NOT_IDENTIFIED and len(path) == 1):
            return
        if place.model not in ENTITIES:
            self._incomplete(path, place)
        elif what in _NOT_IDENTIFIED:
            self.leave_out(path[:-1], _NOT_IDENTIFIED[what])
        elif what == (EVSE, "status"):
            self.warn("status_unknown", path, place.value)
            place.container["status"] = "UNKNOWN"
        else:
            self.warn("required_missing", path, place.value)

    def _incomplete(self, path: Path, place: Place) -> None:
        """A class without one of its required fields is left out, where nothing else is meant."""
        what = (place.model, place.name)
        if what == (Hours, "twentyfourseven"):
            place.container["twentyfourseven"] = not place.container.get("regular_hours")
            self.warn("required_missing", path, None, place.container["twentyfourseven"])
        elif what == (PriceComponent, "step_size"):
            place.container["step_size"] = 1
            self.warn("step_size_assumed", path, None, 1)
        elif len(path) == 1:
            # The object itself lacks it: whether it can be kept is for its module to say.
            self.warn("required_missing", path, place.value)
        else:
            self.leave_out(path[:-1], _INCOMPLETE.get(what, "value_unusable"))

    def _unusable(self, path: Path, place: Place, code: str) -> None:
        if place.model is TariffRestrictions and isinstance(place.key, str):
            # Without the restriction its prices would count always.
            self.leave_out(path[: path.index("restrictions")], "restriction_unusable")
            return
        if (place.model, place.name) == (TariffElement, "restrictions"):
            self.leave_out(path[:-1], "restriction_unusable")
            return
        if (place.model, place.name) not in _NOT_IDENTIFIED and code in CODES:
            self.warn(code, path, place.value)
        self._remove(path, place)

    def _remove(self, path: Path, place: Place) -> None:
        place.container[place.key] = None
        self._has_gaps = self._has_gaps or isinstance(place.key, int)
        self._settled.add(path)
        if place.field is not None and place.field.required and isinstance(place.key, str):
            if place.model not in ENTITIES:
                self._incomplete(path, place)
            elif (place.model, place.name) in _NOT_IDENTIFIED:
                self._missing(path, place)
            elif (place.model, place.name) == (EVSE, "status"):
                place.container["status"] = "UNKNOWN"


def _holds(container: Any, key: int | str) -> bool:
    if isinstance(key, str):
        return isinstance(container, dict) and key in container
    return isinstance(container, list) and key < len(container)


def _sweep(document: dict[str, Any], model: type[BaseModel]) -> None:
    """Take the None out of the lists of known fields, in place."""
    for name, field in shape_of(model).items():
        value = document.get(name)
        if field.many and isinstance(value, list):
            document[name] = value = [entry for entry in value if entry is not None]
        for part in value if isinstance(value, list) else [value]:
            if field.part is not None and isinstance(part, dict):
                _sweep(part, field.part)
