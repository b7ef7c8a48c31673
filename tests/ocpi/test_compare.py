"""What OCPI holds for equal is equal; everything else is named with its path."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from ocpi.compare import differences, is_explained
from ocpi.errors import Problem
from tests.ocpi import strategies
from tests.ocpi.samples import connector, evse, location


def paths(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [difference.path for difference in differences(ours, theirs, "location")]


@settings(max_examples=20)
@given(document=strategies.location())
def test_nothing_differs_from_itself(document: dict[str, Any]) -> None:
    assert differences(document, dict(document), "location") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": None}, {"name": None, "images": []}),
        ({}, {"charging_when_closed": True}),
        (
            {"last_updated": "2026-01-31T12:00:00.000Z"},
            {"last_updated": "2026-01-31T12:00:00"},
        ),
        ({"id": "LOC1"}, {"id": "loc1"}),
        ({"party_id": "ABC"}, {"party_id": "abc"}),
        (
            {"coordinates": {"latitude": "51.92442", "longitude": "4.477733"}},
            {"coordinates": {"latitude": "51.924420", "longitude": "4.4777330"}},
        ),
        ({"facilities": ["HOTEL", "CAFE"]}, {"facilities": ["CAFE", "HOTEL"]}),
        (
            {"evses": [evse(connectors=[connector(tariff_ids=["a"])])]},
            {"evses": [evse(connectors=[connector(tariff_ids=["A"])])]},
        ),
        ({"evses": [evse(), evse(uid="2")]}, {"evses": [evse(uid="2"), evse()]}),
        (
            {"energy_mix": {"environ_impact": [{"category": "X", "amount": Decimal("1.0")}]}},
            {"energy_mix": {"environ_impact": [{"category": "X", "amount": 1}]}},
        ),
    ],
)
def test_what_ocpi_holds_for_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert paths(location(**one), location(**other)) == []
    assert paths(location(**other), location(**one)) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"name": "A"}, {"name": "a"}, ["name"]),
        ({"charging_when_closed": False}, {}, ["charging_when_closed"]),
        ({"facilities": ["HOTEL", "CAFE"]}, {"facilities": ["HOTEL"]}, ["facilities.1"]),
        (
            {"evses": [evse(), evse(uid="2")]},
            {"evses": [evse(uid="3"), evse(status="CHARGING")]},
            ["evses.0.status", "evses.1", "evses.0"],
        ),
        (
            {"evses": [evse(connectors=[connector(max_voltage=230)])]},
            {"evses": [evse(connectors=[connector(max_voltage=400)])]},
            ["evses.0.connectors.0.max_voltage"],
        ),
        (
            {"directions": [{"language": "en", "text": "Left"}]},
            {"directions": [{"language": "en", "text": "Right"}]},
            ["directions.0.text"],
        ),
        ({"vendor": 1}, {"vendor": True}, ["vendor"]),
    ],
)
def test_what_differs_is_named(
    one: dict[str, Any], other: dict[str, Any], expected: list[str]
) -> None:
    assert paths(location(**one), location(**other)) == expected


def test_a_difference_is_told_in_words() -> None:
    changed = location(city="Delft", name=None, opening_times={"twentyfourseven": False})
    told = {
        difference.path: difference.words
        for difference in differences(location(), changed, "location")
    }
    assert told == {
        "city": "We have “Rotterdam”, they have “Delft”.",
        "name": "Only we have “Harbour”.",
        "opening_times.twentyfourseven": "We have yes, they have no.",
    }


def test_documents_that_are_not_valid_are_compared_all_the_same() -> None:
    assert paths(location(evses=5), location(evses=[evse()])) == ["evses"]
    assert paths(location(evses=[1]), location(evses=[{"uid": "1"}])) == ["evses.0"]
    assert paths(location(last_updated="x"), location(last_updated="y")) == ["last_updated"]


@pytest.mark.parametrize(
    ("lost", "explains"),
    [
        ("state", False),
        ("evses.0.connectors.1.standard", True),
        ("evses.0.connectors", True),
        ("evses.0.connectors.0.tariff_ids", False),
    ],
)
def test_a_loss_explains_its_own_differences_only(lost: str, explains: bool) -> None:
    ours = location(evses=[evse(connectors=[connector(), connector(id="2")])])
    found = differences(ours, location(), "location")
    assert [each.path for each in found] == ["evses.0.connectors.1"]
    assert is_explained(found[0], [Problem("x", lost, "")]) is explains
