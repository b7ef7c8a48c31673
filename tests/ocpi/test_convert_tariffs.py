"""Tariffs between the versions: the same prices, every loss listed, refused what would mislead."""

from __future__ import annotations

import copy
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.roundtrip import Result, there_and_back
from ocpi.convert import Refused, from_canonical, patch_to_canonical, to_canonical
from ocpi.convert.regroup import is_self_contained
from ocpi.convert.v2_1_1.tariffs import tariff_from_canonical
from ocpi.ids import PartyId
from ocpi.json import dumps
from ocpi.regions import DAYS, region_of, restrictions_of
from ocpi.tariff_checks import check_tariff
from ocpi.tariff_table import price_table
from ocpi.versioned import validate_tariff
from tests.ocpi import strategies
from tests.ocpi.pricing import Moment, by_dimension, by_element, is_active
from tests.ocpi.samples import component, element, energy, tariff, without

Document = dict[str, Any]
NL_ABC = PartyId("NL", "ABC")


def converted(version: str, document: Document) -> tuple[Document, dict[str, str]]:
    """The document of a version, checked against its types, and path to code of the losses."""
    before = copy.deepcopy(document)
    result = from_canonical(version, "tariff", document)
    assert document == before, "the argument is not changed"
    validate_tariff(version, result.document)
    assert unexplained(version, document) == []
    return result.document, {loss.path: loss.code for loss in result.losses}


def unexplained(version: str, document: Document) -> list[Any]:
    """What a round trip changed without listing it."""
    result = Result(version)
    there_and_back("tariff", document, result)
    return result.unexplained


def refusal(version: str, document: Document) -> str:
    with pytest.raises(Refused) as caught:
        from_canonical(version, "tariff", document)
    return caught.value.reason


def price_of(document: Document, element: int = 0, place: int = 0) -> Any:
    return document["elements"][element]["price_components"][place]["price"]


def test_a_plain_tariff_loses_nothing_anywhere() -> None:
    document = tariff(element(energy(0.25), component("FLAT", 1), day_of_week=["MONDAY"]))
    there, losses = converted("2.2.1", document)
    assert (there, losses) == (without(document, "tax_included"), {})
    assert to_canonical("2.2.1", "tariff", there).document == document
    there, losses = converted("2.1.1", document)
    assert (there, losses) == (without(document, "tax_included", "country_code", "party_id"), {})
    assert to_canonical("2.1.1", "tariff", there, owner=NL_ABC).document == document
    assert from_canonical("2.3.0", "tariff", document).document is document


# --- Tax


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
@pytest.mark.parametrize(
    ("gross", "vat", "net", "code"),
    [
        (0.605, 21, "0.5", "price_without_tax"),
        (Decimal("0.605"), Decimal("21.0"), "0.5", "price_without_tax"),
        (121, 21, "100", "price_without_tax"),
        (0.30, 21, "0.2479", "price_rounded"),
        (0.59, 19, "0.4958", "price_rounded"),
        (0.33, 5.5, "0.3128", "price_rounded"),
    ],
)
def test_prices_with_tax_are_worked_out_without_it(
    version: str, gross: Any, vat: Any, net: str, code: str
) -> None:
    """F-027."""
    document = tariff(element(energy(gross, vat=vat)), tax_included="YES")
    there, losses = converted(version, document)
    assert price_of(there) == Decimal(net)
    assert dumps(price_of(there)) == net.encode()
    assert losses["tax_included"] == "field_not_in_version"
    assert losses["elements.0.price_components.0.price"] == code


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
def test_a_price_with_tax_of_unknown_rate_is_refused(version: str) -> None:
    document = tariff(element(energy(0.605, vat=21), component("TIME", 1)), tax_included="YES")
    assert "elements.0.price_components.1.price holds tax" in refusal(version, document)
    free = tariff(element(energy(0.605, vat=21), component("TIME", 0)), tax_included="YES")
    assert price_of(converted(version, free)[0], place=1) == 0
    zero_rated = tariff(element(energy(0.6, vat=0)), tax_included="YES")
    there, losses = converted(version, zero_rated)
    assert price_of(there) == 0.6
    assert "elements.0.price_components.0.price" not in losses


def test_where_no_tax_applies_no_vat_is_named() -> None:
    document = tariff(element(energy(0.3, vat=21)), tax_included="N/A")
    there, losses = converted("2.2.1", document)
    assert there["elements"] == [element(energy(0.3))]
    assert losses == {
        "tax_included": "field_not_in_version",
        "elements.0.price_components.0.vat": "vat_not_applicable",
    }


def test_silence_about_tax_is_refused() -> None:
    assert "does not say" in refusal("2.2.1", without(tariff(), "tax_included"))


def test_tariffs_of_older_versions_hold_no_tax() -> None:
    old = without(tariff(), "tax_included")
    assert to_canonical("2.2.1", "tariff", old).document["tax_included"] == "NO"
    ahead = {**old, "tax_included": "YES"}
    assert to_canonical("2.2.1", "tariff", ahead).document["tax_included"] == "YES"
    nonsense = {**old, "tax_included": True}
    assert to_canonical("2.2.1", "tariff", nonsense).document["tax_included"] == "NO"


# --- 2.2.1


def test_limits_change_their_names() -> None:
    """F-008, T-115."""
    limits = {
        "min_price": {"before_taxes": 0.5, "after_taxes": 0.55},
        "max_price": {"before_taxes": 10},
    }
    there, losses = converted("2.2.1", tariff(**limits))
    assert there["min_price"] == {"excl_vat": 0.5, "incl_vat": 0.55}
    assert there["max_price"] == {"excl_vat": 10}
    assert losses == {}


def test_what_2_2_1_lacks_is_listed() -> None:
    impacts = [{"category": "NOISE", "amount": 1}, {"category": "NUCLEAR_WASTE", "amount": 2}]
    mix = {"is_green_energy": False, "environ_impact": impacts}
    there, losses = converted("2.2.1", tariff(preauthorize_amount=50, energy_mix=mix))
    assert losses == {
        "preauthorize_amount": "field_not_in_version",
        "energy_mix.environ_impact.0": "value_not_in_version",
    }
    assert there["energy_mix"] == {**mix, "environ_impact": impacts[1:]}
    there, _ = converted("2.2.1", tariff(energy_mix={**mix, "environ_impact": impacts[:1]}))
    assert there["energy_mix"] == {"is_green_energy": False}


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
@pytest.mark.parametrize("name", ["elements", "currency"])
def test_a_tariff_that_lost_its_prices_is_refused(version: str, name: str) -> None:
    assert f"has no {name}" in refusal(version, without(tariff(), name))


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
def test_bookings_are_refused(version: str) -> None:
    document = tariff(element(energy(1)), element(component("FLAT", 5), booking="BOOKING"))
    assert "elements.1 prices a booking (BOOKING)" in refusal(version, document)


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
@pytest.mark.parametrize(
    "document",
    [
        tariff(type="PROFILE_SLOW"),
        tariff(element(component("PARKING", 1))),
        tariff(element(energy(1), day_of_week=["HOLIDAY"])),
        tariff(element(energy(1), reservation="RESERVATION_MISSED")),
    ],
)
def test_unlisted_values_that_decide_about_a_price_are_refused(
    version: str, document: Document
) -> None:
    assert "OCPI before 2.3.0 has no " in refusal(version, document)


# --- 2.1.1


def test_what_only_informs_is_left_out_for_2_1_1() -> None:
    document = tariff(
        element(energy(0, vat=21), min_current=0),
        type="REGULAR",
        min_price={"before_taxes": 0},
        max_price={"before_taxes": 10},
        preauthorize_amount=50,
        start_date_time="2020-01-01T00:00:00Z",
        end_date_time="9020-01-01T00:00:00Z",
        energy_mix={
            "is_green_energy": True,
            "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": 0}],
        },
    )
    there, losses = converted("2.1.1", document)
    assert there == {
        "id": "T1",
        "currency": "EUR",
        "elements": [{"price_components": [energy(0)], "restrictions": {}}],
        "energy_mix": {
            "is_green_energy": True,
            "environ_impact": [{"source": "CARBON_DIOXIDE", "amount": 0}],
        },
        "last_updated": document["last_updated"],
    }
    assert losses == dict.fromkeys(
        [
            "type",
            "min_price",
            "max_price",
            "preauthorize_amount",
            "start_date_time",
            "end_date_time",
            "elements.0.price_components.0.vat",
            "elements.0.restrictions.min_current",
        ],
        "field_not_in_version",
    )
    back = to_canonical("2.1.1", "tariff", there, owner=NL_ABC).document
    assert back["energy_mix"] == document["energy_mix"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (tariff(element(energy(1), min_current=16)), "certain currents"),
        (tariff(element(energy(1), max_current=16)), "certain currents"),
        (tariff(element(component("FLAT", 1), reservation="RESERVATION")), "a reservation"),
        (tariff(min_price={"before_taxes": 0.5}), "min_price"),
        (tariff(min_price={"before_taxes": 0, "after_taxes": 0.5}), "min_price"),
        (tariff(max_price={"before_taxes": 10}), "max_price"),
        (tariff(type="AD_HOC_PAYMENT"), "AD_HOC_PAYMENT"),
        (tariff(type="PROFILE_GREEN"), "PROFILE_GREEN"),
    ],
)
def test_what_would_be_a_wrong_price_is_refused_for_2_1_1(document: Document, reason: str) -> None:
    assert reason in refusal("2.1.1", document)


def test_a_tariff_is_said_to_2_1_1_only_while_it_is_valid() -> None:
    """F-025."""
    document = tariff(start_date_time="2026-02-01T00:00:00Z", end_date_time="2026-03-01T00:00:00Z")

    def at(*moment: int) -> Document:
        return tariff_from_canonical(document, now=datetime(*moment, tzinfo=UTC)).document  # type: ignore[misc, arg-type]

    with pytest.raises(Refused, match="not valid before 2026-02-01T00:00:00Z"):
        at(2026, 1, 31, 23, 59, 59)
    assert at(2026, 2, 1)["id"] == at(2026, 2, 28, 23, 59, 59)["id"] == "T1"
    with pytest.raises(Refused, match="not valid after 2026-03-01T00:00:00Z"):
        at(2026, 3, 1)


def test_the_owner_comes_from_outside_and_patches_are_converted() -> None:
    impact = {"is_green_energy": True, "environ_impact": [{"source": "NUCLEAR_WASTE", "amount": 1}]}
    said = {"is_green_energy": True, "environ_impact": [{"category": "NUCLEAR_WASTE", "amount": 1}]}
    old = {**without(tariff(), "tax_included", "country_code", "party_id"), "energy_mix": impact}
    new = to_canonical("2.1.1", "tariff", old, owner=NL_ABC).document
    assert new == tariff(energy_mix=said)
    validate_tariff("2.3.0", new)
    patch = {"energy_mix": impact, "elements": [element(energy(2))]}
    assert patch_to_canonical("2.1.1", "tariff", patch) == {**patch, "energy_mix": said}
    assert patch["energy_mix"] == impact
    assert patch_to_canonical("2.1.1", "tariff", {"energy_mix": None}) == {"energy_mix": None}


def test_fields_of_later_versions_mean_nothing_in_2_1_1() -> None:
    old = without(tariff(element(energy(1, vat=21))), "country_code", "party_id")
    new = to_canonical(
        "2.1.1", "tariff", {**old, "tax_included": "YES", "min_price": 5}, owner=NL_ABC
    )
    assert new.document == tariff(element(energy(1, vat=21)))
    assert {loss.path for loss in new.losses} == {"tax_included", "min_price"}
    later = {**old, "elements": [element(component("FLAT", 1), reservation="RESERVATION")]}
    with pytest.raises(Refused, match=r"elements\.0 has reservation"):
        to_canonical("2.1.1", "tariff", later, owner=NL_ABC)
    with pytest.raises(Refused, match="whose it is"):
        to_canonical("2.1.1", "tariff", old)


def test_2_1_1_has_whole_seconds() -> None:
    there, losses = converted("2.1.1", tariff(last_updated="2026-01-31T12:00:00.250Z"))
    assert there["last_updated"] == "2026-01-31T12:00:00Z"
    assert losses == {"last_updated": "time_rounded"}


# --- Elements


def test_a_start_fee_is_put_into_every_element_of_2_1_1() -> None:
    fee, day, night = component("FLAT", 0.5), energy(0.4, vat=21), energy(0.2, vat=21)
    document = tariff(
        element(fee), element(day, start_time="08:00", end_time="20:00"), element(night)
    )
    there, losses = converted("2.1.1", document)
    assert there["elements"] == [
        element(fee, energy(0.4), start_time="08:00", end_time="20:00"),
        element(fee, energy(0.2)),
    ]
    assert losses["elements"] == "elements_regrouped"
    assert losses["elements.1.price_components.0.vat"] == "field_not_in_version"


def test_windows_that_meet_twice_become_two_elements() -> None:
    fee, night = component("FLAT", 1), energy(0.2)
    document = tariff(
        element(fee, start_time="06:00", end_time="23:00"),
        element(night, start_time="22:00", end_time="08:00"),
    )
    there, _ = converted("2.1.1", document)
    assert there["elements"] == [
        element(fee, night, start_time="06:00", end_time="08:00"),
        element(fee, night, start_time="22:00", end_time="23:00"),
        element(fee, start_time="06:00", end_time="23:00"),
        element(night, start_time="22:00", end_time="08:00"),
    ]


def test_elements_that_never_meet_stay_as_they_are() -> None:
    document = tariff(
        element(energy(1), component("FLAT", 1), day_of_week=["MONDAY"]),
        element(energy(2), day_of_week=["TUESDAY"]),
        element(component("TIME", 2), min_kwh=10, day_of_week=["SUNDAY"]),
    )
    there, losses = converted("2.1.1", document)
    assert there["elements"] == document["elements"]
    assert losses == {}


def test_what_is_regrouped_needs_no_regrouping() -> None:
    document = tariff(
        element(energy(1), min_power=11), element(energy(2), component("FLAT", 1), max_kwh=10)
    )
    assert not is_self_contained(document["elements"])
    there, _ = converted("2.1.1", document)
    assert len(there["elements"]) == 3
    assert is_self_contained(there["elements"])


def test_too_many_combinations_are_refused() -> None:
    hours = [
        element(energy(n), start_time=f"{n:02}:00", end_time=f"{n + 1:02}:00") for n in range(23)
    ]
    parking = [
        element(component("PARKING_TIME", n), min_duration=60 * n, max_duration=60 * n + 60)
        for n in range(23)
    ]
    assert "more than 200 elements" in refusal("2.1.1", tariff(*hours, *parking))


def test_many_elements_of_one_dimension_are_no_problem() -> None:
    many = [
        element(energy(n), min_duration=n * 60, max_duration=n * 60 + 60, start_date="2026-01-01")
        for n in range(500)
    ]
    assert converted("2.1.1", tariff(*many))[1] == {}


def test_conditions_we_do_not_know_are_kept_but_never_put_together() -> None:
    fee = component("FLAT", 1)
    document = tariff(element(fee, min_soc=20), element(energy(1)))
    there, _ = converted("2.1.1", document)
    assert there["elements"] == [element(fee, energy(1), min_soc=20), element(energy(1))]
    document = tariff(element(fee, min_soc=20), element(energy(1), min_soc=30))
    assert "min_soc would have to be both" in refusal("2.1.1", document)


TIMES = ["00:00", "06:00", "08:00", "12:00", "20:00", "23:59"]
DATES = ["2026-01-01", "2026-06-01", "2026-09-01"]
MOMENTS = [
    Moment(*values)
    for values in product(
        ["00:00", "07:00", "12:00", "21:00", "23:59"],
        ["MONDAY", "SUNDAY"],
        ["2025-12-31", "2026-01-01", "2026-06-01", "2026-09-01"],
        [0, 10, 25.5],
        [0, 11],
        [0, 600],
    )
]


@st.composite
def restrictions(draw: st.DrawFn) -> Document:
    start, end = draw(st.sampled_from([None, *TIMES])), draw(st.sampled_from([None, *TIMES]))
    said: Document = {
        "start_time": start,
        "end_time": end if end != start or end == "00:00" else None,
        "start_date": draw(st.sampled_from([None, None, *DATES])),
        "end_date": draw(st.sampled_from([None, None, *DATES])),
        "min_kwh": draw(st.sampled_from([None, None, 0, 10])),
        "max_kwh": draw(st.sampled_from([None, None, 10, 25.5])),
        "min_power": draw(st.sampled_from([None, None, 0, 11])),
        "max_duration": draw(st.sampled_from([None, None, 600])),
        "day_of_week": draw(st.sampled_from([None, None, ["MONDAY"], ["SUNDAY"], list(DAYS)])),
    }
    kept = draw(st.sets(st.sampled_from(list(said)), max_size=3))
    return {name: value for name, value in said.items() if name in kept and value is not None}


@st.composite
def tariffs(draw: st.DrawFn) -> Document:
    elements = []
    for index in range(draw(st.integers(1, 5))):
        names = draw(
            st.sets(st.sampled_from(["ENERGY", "FLAT", "TIME", "PARKING_TIME"]), min_size=1)
        )
        components = [component(name, index * 10 + 1) for name in sorted(names)]
        elements.append(element(*components, **draw(restrictions())))
    return tariff(*elements)


@settings(max_examples=60, deadline=None)
@given(tariffs(), st.integers(0, 6))
def test_prices_are_the_same_at_every_moment_however_a_partner_reads_them(
    document: Document, first: int
) -> None:
    """F-012, F-013: what a conversion says is what an evaluation to the letter finds."""
    if all(region_of(one.get("restrictions")).is_empty() for one in document["elements"]):
        assert not any(by_dimension(document["elements"], moment) for moment in MOMENTS)
        return
    there, _ = converted("2.1.1", document)
    for moment in MOMENTS[first::7]:
        prices = by_dimension(document["elements"], moment)
        assert by_element(there["elements"], moment) == prices
        assert by_dimension(there["elements"], moment) == prices


@settings(max_examples=100, deadline=None)
@given(restrictions(), restrictions(), st.integers(0, 6))
def test_regions_agree_with_the_letter(one: Document, two: Document, start: int) -> None:
    """F-014, F-015, F-016, F-018: as far as conditions are compared with each other."""
    first, second = region_of(one), region_of(two)
    met = first.meets(second)
    said = [{"restrictions": each} for each in restrictions_of(met)] if met else []
    for moment in MOMENTS[start::7]:
        in_first = is_active({"restrictions": one}, moment)
        in_second = is_active({"restrictions": two}, moment)
        assert any(is_active(each, moment) for each in said) == (in_first and in_second)
        if first.covers(second):
            assert in_first or not in_second


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
@settings(max_examples=80, deadline=None)
@given(document=strategies.tariff())
def test_every_valid_tariff_can_be_said_or_is_refused(version: str, document: Document) -> None:
    validate_tariff("2.3.0", document)
    price_table(document)
    check_tariff(document)
    with suppress(Refused):
        converted(version, document)


@settings(max_examples=80, deadline=None)
@given(document=strategies.tariff())
def test_every_tariff_of_2_2_1_comes_back_as_it_was(document: Document) -> None:
    with suppress(Refused):
        there = from_canonical("2.2.1", "tariff", document).document
        back = to_canonical("2.2.1", "tariff", there).document
        assert from_canonical("2.2.1", "tariff", back).document == there


def test_round_trips_add_up() -> None:
    result = Result("2.1.1")
    for document in (
        tariff(),
        tariff(element(energy(1, vat=21))),
        tariff(element(energy(1), min_current=10)),
        tariff(element(energy(2)), element(energy(1), max_current=10)),
    ):
        there_and_back("tariff", document, result)
    assert (result.objects, result.unchanged, result.changed) == (4, 1, 1)
    assert result.refused.total() == 2
    assert result.losses == {"field_not_in_version elements.price_components.vat": 1}
    assert result.unexplained == []
