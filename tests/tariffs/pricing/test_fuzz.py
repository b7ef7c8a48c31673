"""Whatever a partner sends is priced, or refused with the place that is wrong; nothing else happens."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tariffs.pricing import (
    RULE_SETS,
    NotACharge,
    NotATariff,
    charge_of_cdr,
    charge_of_session,
    compile_tariff,
    explain,
    references,
)
from tariffs.pricing.words import passages
from tests.tariffs.pricing import spec_tariffs

TARIFFS = [value for name, value in vars(spec_tariffs).items() if name.startswith("TARIFF_")]
CDR: dict[str, Any] = {
    "start_date_time": "2024-12-05T17:39:09Z",
    "end_date_time": "2024-12-05T19:37:32Z",
    "last_updated": "2024-12-05T19:37:32Z",
    "status": "ACTIVE",
    "kwh": 15.342,
    "charging_periods": [
        {
            "start_date_time": "2024-12-05T17:39:09Z",
            "dimensions": [
                {"type": "ENERGY", "volume": 15.342},
                {"type": "TIME", "volume": 1.5},
                {"type": "MAX_POWER", "volume": 11},
            ],
            "tariff_id": "T1",
        },
        {
            "start_date_time": "2024-12-05T19:09:09Z",
            "dimensions": [{"type": "PARKING_TIME", "volume": 0.473}],
        },
    ],
    "total_energy": 15.342,
    "total_time": 1.973,
}

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(width=32),
    st.sampled_from(
        ["", "x", "1.5", "24:00", "2024-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
    ),
    st.sampled_from(["RESERVATION", "BOOKING", "TIME", "PARKING_TIME", "SUNDAY"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["type", "price", "volume"]), st.integers(), max_size=2),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        inside = [each for key, one in value.items() for each in _paths(one, (*path, key))]
    elif isinstance(value, list):
        inside = [each for key, one in enumerate(value) for each in _paths(one, (*path, key))]
    return [path, *inside] if path else inside


@st.composite
def spoilt(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The document with one to three of its values replaced by others."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_paths(result) or [("elements",)]))
        place = result
        for key in way:
            place = place[key]
        place[last] = draw(values)
    return result


@settings(max_examples=300)
@given(st.sampled_from(TARIFFS).flatmap(spoilt), st.sampled_from(["2.1.1", "2.2.1", "2.3.0"]))
def test_a_spoilt_tariff_is_priced_by_or_refused(document: dict[str, Any], version: str) -> None:
    """Everything the lenient reader may let in has a price with reasons and words, or a path."""
    try:
        compiled = compile_tariff(document, version=version)
    except NotATariff:
        return
    for reference in references("Europe/Berlin"):
        assert passages(explain(reference.charge, compiled))


@settings(max_examples=300)
@given(
    spoilt(CDR),
    st.sampled_from(sorted(RULE_SETS)),
    st.sampled_from([None, "Europe/Berlin", "Mars"]),
)
def test_a_spoilt_charge_is_priced_or_refused(
    document: dict[str, Any], rules: str, time_zone: str | None
) -> None:
    """Clocks that were never set included: a period of thousands of years takes no time."""
    compiled = compile_tariff(spec_tariffs.TARIFF_4)
    for read in (charge_of_cdr, charge_of_session):
        try:
            charge = read(document, time_zone=time_zone)
        except NotACharge:
            continue
        else:
            trace = explain(charge, {"T1": compiled}, RULE_SETS[rules])
            assert passages(trace)
            assert trace.to_json()
