"""Whatever a valid object is turned into, reading it never fails, and what is left unsaid is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpi.dialect import Dialect
from ocpi.errors import InvalidParameters, Problem
from ocpi.lenient import accept
from ocpi.versioned import Kind, validate_document
from tests.ocpi.samples import component, connector, element, energy, evse, location, tariff

SITE = location(
    name="Harbour",
    publish=False,
    publish_allowed_to=[{"uid": "1", "type": "RFID"}],
    related_locations=[{"latitude": "51.92442", "longitude": "4.47773"}],
    evses=[
        evse(
            status_schedule=[{"period_begin": "2026-01-31T12:00:00Z", "status": "CHARGING"}],
            capabilities=["RFID_READER"],
            directions=[{"language": "en", "text": "Left"}],
            parking=[{"parking_id": "P1"}],
            images=[{"url": "https://x.nl/a.png", "category": "LOCATION", "type": "png"}],
            connectors=[connector(), connector(id="2", max_electric_power=22000)],
        )
    ],
    parking_places=[
        {
            "id": "P1",
            "vehicle_types": ["BUS"],
            "restricted_to_type": True,
            "reservation_required": False,
        }
    ],
    operator={"name": "ABC", "website": "https://x.nl"},
    opening_times={
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}],
        "exceptional_closings": [
            {"period_begin": "2026-01-31T12:00:00Z", "period_end": "2026-02-01T12:00:00Z"}
        ],
    },
    energy_mix={
        "is_green_energy": True,
        "energy_sources": [{"source": "WIND", "percentage": 100}],
        "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": 5.5}],
    },
)
PRICES = tariff(
    element(energy(0.3, vat=21), start_time="08:00", end_time="20:00", day_of_week=["MONDAY"]),
    element(energy(0.2, vat=21), component("TIME", 2, vat=21), min_kwh=5, max_power=11.5),
    element(component("FLAT", 1), start_date="2026-01-01", reservation="RESERVATION"),
    type="REGULAR",
    tariff_alt_text=[{"language": "en", "text": "Day and night"}],
    min_price={"before_taxes": 1},
    max_price={"before_taxes": 50, "after_taxes": 60.5},
    start_date_time="2026-01-31T12:00:00Z",
)
SAMPLES: dict[Kind, Any] = {
    "location": SITE,
    "evse": SITE["evses"][0],
    "connector": connector(),
    "tariff": PRICES,
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 5, 22, 10**19, 0.21, 1e300, 1769860800]),
    st.sampled_from(["", " ", "x", "Q" * 300, "0", "22,5", "été", "\x00", "24:00", "1970-1-1"]),
    st.sampled_from(["2026-01-31T12:00:00", "31/01/2026", "0001-01-01T00:00:00", "N/A", "true"]),
    st.sampled_from([[], {}, [None], [[]], [1, "a"], {"a": {"b": []}}, [{}], {"id": "1"}]),
    st.integers(),
    st.text(max_size=20),
)
DIALECTS = st.sampled_from(
    [Dialect(), Dialect(local_times=True, ids_from_url=True, vat_as_fraction=True)]
)
VERSIONS = st.sampled_from([None, "2.1.1", "2.2.1", "2.3.0"])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key below a value."""
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Kind, Any]:
    kind = draw(st.sampled_from(list(SAMPLES)))
    document = copy.deepcopy(SAMPLES[kind])
    for _ in range(draw(st.integers(1, 5))):
        known = list(places(document)) or [(document, "id")]
        container, key = known[draw(st.integers(0, len(known) - 1))]
        action = draw(st.sampled_from(["delete", "replace", "wrap", "text", "rename"]))
        if action == "replace" or key not in (container if isinstance(container, dict) else [key]):
            container[key] = copy.deepcopy(draw(ODD))
        elif action == "delete":
            del container[key]
        elif action == "wrap":
            container[key] = [container[key]]
        elif action == "text":
            container[key] = str(container[key])
        elif isinstance(container, dict):
            container[str(key).title().replace("_", "")] = container.pop(key)
    return kind, document


def faults(kind: Kind, document: Any) -> list[Problem]:
    """What the strict type finds."""
    try:
        validate_document("2.3.0", kind, document)
    except InvalidParameters as error:
        return error.problems
    return []


def first_step(path: str) -> str:
    return path.partition(".")[0]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(), DIALECTS, VERSIONS)
def test_no_object_breaks_the_reading_and_nothing_wrong_goes_untold(
    sent: tuple[Kind, Any], dialect: Dialect, version: str | None
) -> None:
    kind, document = sent
    result = accept(kind, json.dumps(document).encode(), dialect=dialect, version=version)
    if result.fatal:
        return
    orjson.dumps(result.document)
    told = {first_step(problem.path) for problem in result.warnings}
    assert {first_step(problem.path) for problem in faults(kind, result.document)} <= told


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_what_was_accepted_is_accepted_again_as_it_is(sent: tuple[Kind, Any]) -> None:
    kind, document = sent
    first = accept(kind, json.dumps(document).encode(), version="2.3.0")
    if first.fatal:
        return
    again = accept(kind, orjson.dumps(first.document), version="2.3.0")
    assert again.fatal == []
    assert again.document == first.document
