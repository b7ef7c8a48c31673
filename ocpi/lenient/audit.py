"""The check that decides whether an object needs any repair, compiled from the canonical types.

It is stricter than the types where a feed should be told about something (spaces around a
text, an unlisted value of an open enumeration, a power that cannot be), so that a document
that passes has no warnings beyond those of `ocpi.lenient.checks`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from ocpi import types
from ocpi.countries import ALPHA_2, ALPHA_3
from ocpi.documents import FieldShape, shape_of
from ocpi.v2_3_0.locations import Connector, EnvironmentalImpact, Location
from ocpi.v2_3_0.tariffs import Tariff
from ocpi.v2_3_0.tokens import Token

TIDY = r"^[^\p{Cc}\s](?:[^\p{Cc}\u2028\u2029]*[^\p{Cc}\s])?$"
_LETTER = r"(?:[^<\p{Cc}\s]|<+[^<A-Za-z/!?\p{Cc}\s])"
_ANY = r"(?:[^<\p{Cc}\u2028\u2029]|<+[^<A-Za-z/!?\p{Cc}\u2028\u2029])"
TIDY_WORDS = rf"^{_LETTER}(?:{_ANY}*{_LETTER})?$"
TIDY_ASCII = r"^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$"
# eMI3 and ISO 15118, or the older DIN SPEC 91286.
EVSE_ID = (
    r"^(?:[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[Ee][A-Za-z0-9*]{1,31}"
    r"|\+?[0-9]{1,3}\*[0-9]{3,6}\*[0-9*]{1,32})$"
)
# A timestamp of before 1970 is a default value of somebody's software, not an observation, and
# nobody observes more exactly than to the microsecond.
OBSERVED = (
    types.DATETIME.replace(types.YEAR, "(?:19[7-9][0-9]|2[0-9]{3})")
    .replace("{1,9}", "{1,6}")
    .replace("Z?$", "Z$")
)
LATITUDE = r"^-?(?:[0-8]?[0-9]\.[0-9]{5,7}|90\.0{5,7})$"
LONGITUDE = r"^-?(?:(?:1[0-7][0-9]|[0-9]{1,2})\.[0-9]{5,7}|180\.0{5,7})$"

RANGES: dict[str, tuple[int, int]] = {
    "max_voltage": (1, 2_000),
    "max_amperage": (1, 5_000),
    "max_electric_power": (1_000, 5_000_000),
    "weekday": (1, 7),
    "width": (0, 99_999),
    "height": (0, 99_999),
    "step_size": (0, 100_000_000),
    "min_duration": (0, 10**9),
    "max_duration": (0, 10**9),
}
"""Lowest and highest believable value by field: V, A, W, ISO weekday, pixels, Wh or s, s."""

_PATTERNS = {
    "code": TIDY_ASCII,
    "words": TIDY_WORDS,
    "url": types.URL_PATTERN,
    "datetime": OBSERVED,
    "date": types.DATE,
    "currency": r"^[A-Z]{3}$",
    "latitude": LATITUDE,
    "longitude": LONGITUDE,
    "time_of_day": types.TIME_OF_DAY,
    "language": types.LANGUAGE,
    "party_code": types.PARTY_ID,
}

_MEMBERS = {
    "country": frozenset(ALPHA_2),
    "country_code": frozenset(ALPHA_3),
    "time_zone": types.TIME_ZONES,
}

_EARLIER_NAMES: dict[type[BaseModel], dict[str, str]] = {
    Location: {"type": "parking_type"},
    Connector: {
        "voltage": "max_voltage",
        "amperage": "max_amperage",
        "tariff_id": "tariff_ids",
    },
    EnvironmentalImpact: {"source": "category"},
    Token: {"auth_id": "contract_id"},
}


@cache
def other_names(model: type[BaseModel]) -> dict[str, str]:
    """Names under which fields of this class also arrive: camelCase, and those of OCPI 2.1.1."""
    camel = {_camel(name): name for name in model.model_fields if "_" in name}
    return {**camel, **_EARLIER_NAMES.get(model, {})}


@cache
def _classes(model: type[BaseModel]) -> frozenset[type[BaseModel]]:
    parts = [field.part for field in shape_of(model).values() if field.part is not None]
    return frozenset({model}.union(*map(_classes, parts)))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


ALL_OTHER_NAMES = frozenset(
    name
    for root in (Location, Tariff, Token)
    for model in _classes(root)
    for name in other_names(model)
)


def is_earlier_name(model: type[BaseModel], name: str) -> bool:
    """Whether a field of this class has this name in OCPI 2.1.1."""
    return name in _EARLIER_NAMES.get(model, {})


def _object(model: type[BaseModel]) -> CoreSchema:
    fields = {
        name: core_schema.typed_dict_field(_field(name, field), required=field.required)
        for name, field in shape_of(model).items()
    }
    unwanted = core_schema.typed_dict_field(core_schema.none_schema(), required=False)
    names = dict.fromkeys(other_names(model), unwanted)
    return core_schema.typed_dict_schema({**names, **fields})


def _field(name: str, field: FieldShape) -> CoreSchema:
    schema = _value(name, field)
    if field.many:
        schema = core_schema.list_schema(schema, min_length=1 if field.required else None)
    return schema if field.required else core_schema.nullable_schema(schema)


def _value(name: str, field: FieldShape) -> CoreSchema:
    if field.part is not None:
        return _object(field.part)
    if name == "evse_id":
        return core_schema.str_schema(pattern=EVSE_ID, max_length=field.max_length)
    if field.known:
        return core_schema.literal_schema(list(field.known))
    return _plain(name, field)


def _plain(name: str, field: FieldShape) -> CoreSchema:
    if field.kind == "integer":
        lowest, highest = RANGES.get(name, (None, None))
        return core_schema.int_schema(ge=lowest, le=highest)
    if field.kind in _MEMBERS:
        return core_schema.literal_schema(sorted(_MEMBERS[field.kind]))
    if field.kind == "number":
        return core_schema.float_schema(allow_inf_nan=False)
    if field.kind == "boolean":
        return core_schema.bool_schema()
    pattern = _PATTERNS.get(field.kind, TIDY)
    return core_schema.str_schema(pattern=pattern, max_length=field.max_length)


@cache
def _auditor(model: type[BaseModel]) -> SchemaValidator:
    return SchemaValidator(_object(model))


def audit(document: dict[str, Any], model: type[BaseModel]) -> None:
    """Raise pydantic_core.ValidationError if anything in an object parsed by orjson is odd."""
    _auditor(model).validate_python(document, strict=True)
