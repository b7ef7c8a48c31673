"""Valid canonical documents of every shape that the types allow, made up by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from ocpi.classes import Hours
from ocpi.documents import FieldShape, shape_of
from ocpi.v2_3_0 import locations as types
from ocpi.v2_3_0 import tariffs as tariff_types

Strategy = st.SearchStrategy[Any]

_WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=["Cc"]))
_ASCII = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
_DATETIMES = st.builds(
    lambda moment, digits: moment.isoformat(timespec="seconds") + digits + "Z",
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001
    st.sampled_from(["", "", ".0", ".5", ".123", ".000000", ".120003"]),
)
_HOURS_OF_DAY = st.tuples(st.integers(0, 11), st.integers(12, 23))


def _degrees(limit: int) -> Strategy:
    exact = st.integers(-limit * 10**7 + 1, limit * 10**7 - 1)
    return st.builds(
        lambda value, digits: f"{Decimal(value) / 10**7:.{digits}f}", exact, st.integers(5, 7)
    )


def _value(field: FieldShape) -> Strategy:
    if field.part is not None:
        return document(field.part)
    if field.kind in {"choice", "open_choice"}:
        unlisted = ["SOMETHING_NEW"] if field.kind == "open_choice" else []
        return st.sampled_from([*field.known, *unlisted])
    plain: dict[str, Strategy] = {
        "text": _WORDS.map(lambda text: text[: field.max_length]),
        "words": _WORDS.map(lambda text: text.replace("<", "")[: field.max_length]),
        "code": _ASCII.map(lambda text: text[: field.max_length]),
        "url": st.just("https://example.com/a"),
        "datetime": _DATETIMES,
        "date": st.sampled_from(["2026-01-01", "2026-06-01", "2026-06-02"]),
        "time_of_day": st.sampled_from(["00:00", "08:00", "20:00", "23:59"]),
        "currency": st.sampled_from(["EUR", "jpy"]),
        "latitude": _degrees(90),
        "longitude": _degrees(180),
        "language": st.sampled_from(["en", "nl"]),
        "country": st.sampled_from(["NLD", "DEU", "ESP"]),
        "time_zone": st.sampled_from(["Europe/Amsterdam", "Europe/Madrid"]),
        "country_code": st.sampled_from(["NL", "de"]),
        "party_code": st.sampled_from(["ABC", "x1y"]),
        "integer": st.integers(0, 99999),
        "number": st.integers(0, 1000) | st.decimals(0, 1000, places=2),
        "boolean": st.booleans(),
    }
    return plain[field.kind]


def _field(field: FieldShape) -> Strategy:
    return st.lists(_value(field), min_size=1, max_size=2) if field.many else _value(field)


def document(model: type[BaseModel], **given: Strategy) -> Strategy:
    """A document of a class; ``given`` replaces the strategies of fields."""
    special: Callable[[], Strategy] | None = _SPECIAL.get(model)
    if special is not None and not given:
        return special()
    shape = shape_of(model)
    fields = {
        name: given[name] if name in given else _field(field) for name, field in shape.items()
    }
    required = {name: fields[name] for name, field in shape.items() if field.required}
    optional = {name: fields[name] for name, field in shape.items() if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def _distinct(parts: Strategy, name: str) -> Strategy:
    return st.lists(parts, min_size=1, max_size=2, unique_by=lambda part: part[name].upper())


def _energy_sources() -> Strategy:
    return st.just([{"source": "WIND", "percentage": 40}, {"source": "SOLAR", "percentage": 60}])


def _hours() -> Strategy:
    exceptions = {
        name: st.lists(_value(shape_of(Hours)[name]), min_size=1, max_size=2)
        for name in ("exceptional_openings", "exceptional_closings")
    }
    regular = st.builds(
        lambda day, hours: {
            "weekday": day,
            "period_begin": f"{hours[0]:02}:00",
            "period_end": f"{hours[1]:02}:30",
        },
        st.integers(1, 7),
        _HOURS_OF_DAY,
    )
    always = st.fixed_dictionaries({"twentyfourseven": st.just(True)}, optional=exceptions)
    sometimes = st.fixed_dictionaries(
        {
            "twentyfourseven": st.just(False),
            "regular_hours": st.lists(regular, min_size=1, max_size=3),
        },
        optional=exceptions,
    )
    return always | sometimes


def _evse() -> Strategy:
    return document(
        types.EVSE,
        connectors=_distinct(document(types.Connector), "id"),
        parking=st.just([{"parking_id": "P1"}]),
    )


def location() -> Strategy:
    """Published or private, with parking places, opening hours, every list and every class."""
    made = document(
        types.Location,
        evses=_distinct(_evse(), "uid"),
        parking_places=st.just([_PLACE]),
        publish_allowed_to=st.just([{"group_id": "G"}, {"uid": "1", "type": "EMAID"}]),
    )
    return made.map(_made_valid)


def tariff() -> Strategy:
    """With every restriction, limit and tax, up to two elements."""
    return document(tariff_types.Tariff)


_PLACE = {
    "id": "P1",
    "vehicle_types": ["BUS"],
    "restricted_to_type": True,
    "reservation_required": False,
}


def _made_valid(document: dict[str, Any]) -> dict[str, Any]:
    """What rules between fields want: references that lead somewhere, tokens for private ones only."""
    if document["publish"]:
        document.pop("publish_allowed_to", None)
    if any("parking" in evse for evse in document.get("evses", ())):
        document["parking_places"] = [_PLACE]
    return document


_SPECIAL: dict[type[BaseModel], Callable[[], Strategy]] = {
    Hours: _hours,
    types.EVSE: _evse,
    types.EnergyMix: lambda: document(types.EnergyMix, energy_sources=_energy_sources()),
}
