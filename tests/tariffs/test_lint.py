"""Remarks about tariffs that are valid and probably not meant, by small documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.tariff_codes import TARIFF_CODES
from tariffs.pricing.lint import CODES, SEVERITIES, Remark, lint
from tariffs.pricing.lint_known import _SAID_ELSEWHERE, _WORDS
from tests.ocpi.samples import component, element, energy, tariff, without

Document = dict[str, Any]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
VAT = {"vat": 21}
DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def by_code(*elements: Document, **fields: Any) -> dict[str, Remark]:
    """The first remark of each code about a tariff of these elements."""
    remarks: dict[str, Remark] = {}
    for one in lint(tariff(*elements, **fields)):
        remarks.setdefault(one.code, one)
    return remarks


def priced(dimension: str, price: Any, **fields: Any) -> Document:
    return component(dimension, price, **{**VAT, **fields})


BASE = element(priced("ENERGY", 0.3))


def test_nothing_is_remarked_about_an_ordinary_tariff() -> None:
    assert (
        by_code(
            element(priced("ENERGY", 0.45), start_time="08:00", end_time="20:00"),
            element(priced("ENERGY", 0.25), priced("PARKING_TIME", 3), priced("FLAT", 0.5)),
        )
        == {}
    )


def test_every_code_of_the_protocol_has_words_or_a_remark_of_its_own() -> None:
    covered = {*_WORDS, *_SAID_ELSEWHERE, "restriction_without_effect"}
    assert covered == set(TARIFF_CODES)
    assert set(_WORDS) <= set(CODES)


@pytest.mark.parametrize(
    ("elements", "code", "path", "said"),
    [
        (
            [BASE, element(priced("ENERGY", 0.2), min_kwh=10)],
            "element_unreachable",
            "elements.1",
            "Row 2 can never apply",
        ),
        (
            [BASE, element(priced("ENERGY", 0.2), priced("PARKING_TIME", 1))],
            "price_unreachable",
            "elements.1.price_components.0",
            "an earlier row for energy",
        ),
        (
            [element(priced("ENERGY", 1), min_kwh=20, max_kwh=10), BASE],
            "min_not_below_max",
            "elements.0.restrictions.min_kwh",
            "min_kwh 20 is not below its maximum",
        ),
        (
            [element(priced("ENERGY", 1), start_date="2026-06-07", end_date="2026-06-07"), BASE],
            "dates_hold_no_day",
            "elements.0.restrictions.end_date",
            "Row 1 never applies",
        ),
        (
            [
                element(
                    priced("ENERGY", 1),
                    start_date="2026-06-01",
                    end_date="2026-06-03",
                    day_of_week=["SUNDAY"],
                ),
                BASE,
            ],
            "days_not_in_dates",
            "elements.0.restrictions.day_of_week",
            "from 2026-06-01 until before 2026-06-03",
        ),
        (
            [element(priced("ENERGY", 1), end_time="23:59"), BASE],
            "last_minute_uncovered",
            "elements.0.restrictions.end_time",
            "ends at 23:59",
        ),
        (
            [
                element(priced("ENERGY", 1), start_time="08:00", end_time="19:59"),
                element(priced("ENERGY", 2), start_time="20:00", end_time="08:00"),
            ],
            "last_minute_uncovered",
            "elements.0.restrictions.end_time",
            "the minute before 20:00",
        ),
        (
            [element(priced("ENERGY", 1), end_time="19:59:59"), BASE],
            "time_with_seconds",
            "elements.0.restrictions.end_time",
            "It is read as 20:00",
        ),
        (
            [element(priced("ENERGY", 1), priced("ENERGY", 2))],
            "dimension_twice",
            "elements.0.price_components.1",
            "prices energy twice",
        ),
        (
            [element(priced("FLAT", 1), min_duration=60), element(priced("FLAT", 2)), BASE],
            "several_flat_fees",
            "elements.1.price_components.0",
            "one of 2 flat fees",
        ),
        (
            [element(priced("ENERGY", 1), reservation="RESERVATION"), BASE],
            "reservation_prices_use",
            "elements.0.price_components.0",
            "not energy",
        ),
        (
            [element(priced("ENERGY", 1), min_kwh=0, day_of_week=DAYS)],
            "restriction_without_effect",
            "elements.0.restrictions",
            "Row 1: min_kwh 0 and all seven days restrict nothing.",
        ),
        (
            [BASE, element(priced("PARKING_TIME", 6), min_duration=14400)],
            "parking_duration_counts_session",
            "elements.1.restrictions.min_duration",
            "after 4 hours of the whole session",
        ),
        (
            [element(priced("TIME", 6), min_duration=14400), BASE],
            "overstay_on_charging_time",
            "elements.0.price_components.0",
            "counts charging time only",
        ),
        (
            [element(priced("ENERGY", 1), max_current=32), BASE],
            "current_per_phase",
            "elements.0.restrictions.max_current",
            "32 A is the sum over all phases",
        ),
        (
            [element(priced("TIME", 1), reservation="RESERVATION")],
            "charging_unpriced",
            "elements",
            "only reservations have a price",
        ),
        (
            [element(priced("FLAT", 0, step_size=0))],
            "prices_all_zero",
            "elements",
            "free of charge, or not priced?",
        ),
        (
            [element(priced("FLAT", 0), priced("TIME", 0), priced("ENERGY", 0.3))],
            "component_without_effect",
            "elements.0.price_components.0",
            "Rows 1 and 2 are 0",
        ),
        (
            [element(priced("ENERGY", 1), max_current=100), BASE],
            "refused_in_2_1_1",
            "",
            "Partners at OCPI 2.1.1 do not get it",
        ),
    ],
)
def test_remarks_about_elements(elements: list[Document], code: str, path: str, said: str) -> None:
    found = by_code(*elements)[code]
    assert found.path == path
    assert said in found.message
    assert (found.severity, found.title) == (CODES[code].severity, CODES[code].title)


@pytest.mark.parametrize(
    ("dimension", "size", "code", "advice"),
    [
        ("ENERGY", 1000, "step_size_whole", "Did you mean 1"),
        ("ENERGY", 300, "step_size_unit", "Did you mean 1"),
        ("ENERGY", 100, "step_size_rounds", "OCPI advises 1"),
        ("TIME", 60, "step_size_rounds", "OCPI advises 1"),
        ("TIME", 3600, "step_size_whole", "60 (per minute)"),
        ("PARKING_TIME", 15, "step_size_unit", "900 (15 minutes)"),
        ("TIME", 1000, "step_size_unit", "1, which is exact"),
        ("TIME", 0, "step_size_zero", "write 1"),
    ],
)
def test_step_sizes(dimension: str, size: int, code: str, advice: str) -> None:
    """F-030."""
    found = by_code(element(priced(dimension, 1, step_size=size)))
    assert found[code].path == "elements.0.price_components.0.step_size"
    assert advice in found[code].suggestion
    assert by_code(element(priced(dimension, 1, step_size=1))) == {}
    if size > 1:
        assert code not in by_code(element(priced(dimension, 0, step_size=size)))


def test_the_step_size_of_a_flat_fee_counts_nothing() -> None:
    assert by_code(element(priced("FLAT", 1, step_size=0))) == {}
    assert by_code(element(priced("FLAT", 1, step_size=3600))) == {}


@pytest.mark.parametrize(
    ("dimension", "price", "code", "advice"),
    [
        ("ENERGY", 45, "price_implausible", "EUR 0.45"),
        ("ENERGY", 7.5, "price_implausible", "EUR 0.075"),
        ("TIME", 360, "price_implausible", "per hour"),
        ("FLAT", 150, "price_implausible", "EUR 1.50"),
        ("ENERGY", 0.00045, "price_very_low", "EUR 0.45 per kWh"),
        ("PARKING_TIME", 0.05, "price_very_low", "EUR 3.00 per hour"),
        ("ENERGY", -0.1, "price_negative", "a lower price"),
    ],
)
def test_heights_of_prices(dimension: str, price: float, code: str, advice: str) -> None:
    found = by_code(element(priced(dimension, price)))
    assert found[code].path == "elements.0.price_components.0.price"
    assert advice in found[code].suggestion
    if code != "price_negative":
        assert code not in by_code(element(priced(dimension, price)), currency="JPY")


def test_vat_that_cannot_be_right() -> None:
    path = "elements.0.price_components.0.vat"
    for rate in (0.21, -1, 31):
        assert by_code(element(energy(0.5, vat=rate)))["vat_implausible"].path == path
    assert "21" in by_code(element(energy(0.5, vat=0.21)))["vat_implausible"].suggestion
    for rate in (0, 5.2, 27):
        assert by_code(element(energy(0.5, vat=rate))) == {}
    taxed = by_code(element(energy(0.5, vat=21)), tax_included="N/A")
    assert list(taxed) == ["vat_despite_no_tax"]
    assert by_code(element(energy(0.5, vat=0)), tax_included="N/A") == {}


def test_vat_that_is_missing() -> None:
    """D09: with tax included, the price before tax needs the rate."""
    bare = element(energy(0.5))
    assert by_code(bare, tax_included="YES")["vat_missing"].severity == "warning"
    assert list(by_code(bare)) == ["vat_unknown"]
    assert by_code(bare, country_code="US", currency="USD") == {}
    assert by_code(bare, tax_included="N/A") == {}
    some = by_code(element(energy(0.5), priced("PARKING_TIME", 1)))
    assert "Row 1 has no VAT" in some["vat_partly"].message
    free = element(priced("ENERGY", 0.5), component("PARKING_TIME", 0))
    assert "vat_partly" not in by_code(free)
    assert lint(without(tariff(BASE), "tax_included"))[0].code == "tax_not_said"


def test_rates_that_vary() -> None:
    cheap = element(priced("ENERGY", 0.2, vat=9), max_kwh=10)
    assert "9 %" in by_code(cheap, BASE)["vat_varies"].message
    assert by_code(element(priced("ENERGY", 0.2), priced("FLAT", 1, vat=9))) == {}


def test_times_that_overlap_at_different_prices() -> None:
    evening = element(priced("ENERGY", 0.5), start_time="17:00", end_time="22:00")
    weekend = element(priced("ENERGY", 0.2), day_of_week=["SATURDAY", "SUNDAY"])
    found = by_code(evening, weekend, BASE)
    assert list(found) == ["windows_overlap"]
    said = found["windows_overlap"].message
    assert "Row 2 (EUR 0.20) and row 1 (EUR 0.50)" in said
    assert "Sat, Sun 17:00\N{EN DASH}22:00" in said
    same_price = element(priced("ENERGY", 0.5), day_of_week=["SATURDAY", "SUNDAY"])
    assert by_code(evening, same_price, BASE) == {}


def test_other_conditions_that_overlap_are_a_hint() -> None:
    fast = element(priced("ENERGY", 0.6), min_power=50)
    night = element(priced("ENERGY", 0.2), start_time="22:00", end_time="06:00")
    assert by_code(fast, night, BASE)["conditions_overlap"].severity == "hint"


def test_gaps_in_the_week_are_named() -> None:
    found = by_code(
        element(priced("ENERGY", 0.3), day_of_week=DAYS[:5]),
        element(
            priced("ENERGY", 0.2), day_of_week=["SATURDAY"], start_time="00:00", end_time="23:59"
        ),
    )["week_gap"]
    assert found.message == ("No price for energy: Sat 23:59\N{EN DASH}24:00; Sun all day.")


def test_times_with_seconds_leave_no_gap() -> None:
    """Quirk: `23:59:59` is the end of the day, and `08:00:00` is 08:00."""
    night = element(priced("ENERGY", 0.2), start_time="20:00:00", end_time="23:59:59")
    rest = element(priced("ENERGY", 0.3), start_time="00:00", end_time="20:00:00")
    assert set(by_code(night, rest)) == {"time_with_seconds"}
    assert [one.path for one in lint(tariff(night, rest))] == [
        "elements.0.restrictions.end_time",
        "elements.0.restrictions.start_time",
        "elements.1.restrictions.end_time",
    ]


def test_windows_over_midnight_leave_no_gap() -> None:
    day = element(priced("ENERGY", 0.3), start_time="06:00", end_time="22:00")
    night = element(priced("ENERGY", 0.2), start_time="22:00", end_time="06:00")
    assert by_code(day, night) == {}


def test_parking_that_is_free_at_night_is_a_hint_and_a_lost_minute_is_not() -> None:
    """V12: parking that costs by day only is ordinary."""
    by_day = element(priced("PARKING_TIME", 5), start_time="09:00", end_time="18:00")
    found = by_code(BASE, by_day)["week_gap_time"]
    assert found.severity == "hint"
    assert "every day 00:00\N{EN DASH}09:00, 18:00\N{EN DASH}24:00" in found.message
    nearly = element(priced("PARKING_TIME", 5), end_time="23:59")
    assert "23:59\N{EN DASH}24:00" in by_code(BASE, nearly)["week_gap"].message


def test_gaps_in_quantities_and_dates() -> None:
    slow = element(priced("ENERGY", 0.3), max_power=50)
    fast = element(priced("ENERGY", 0.6), min_power=60)
    said = by_code(slow, fast)["quantity_gap"].message
    assert said == "No price for energy from 50 kW to below 60 kW."
    assert "from 50 kW on" in by_code(slow)["quantity_gap"].message
    late = element(priced("TIME", 3), min_duration=3600)
    assert "quantity_gap" not in by_code(BASE, late)
    spring = element(priced("ENERGY", 0.3), end_date="2026-06-01")
    autumn = element(priced("ENERGY", 0.3), start_date="2026-09-01")
    assert "from 2026-06-01 until before 2026-09-01" in by_code(spring, autumn)["dates_gap"].message
    assert "from 2026-06-01 on" in by_code(spring)["dates_gap"].message


def test_money_and_limits() -> None:
    assert by_code(BASE, currency="ABC")["currency_unknown"].severity == "error"
    assert "EUR" in by_code(BASE, currency="USD")["currency_foreign"].message
    assert "currency_foreign" not in by_code(BASE, country_code="BR", currency="USD")
    upside_down = by_code(
        BASE, min_price={"before_taxes": 10}, max_price={"before_taxes": 5, "after_taxes": 4}
    )
    assert upside_down["limits_reversed"].path == "min_price.before_taxes"
    assert upside_down["limit_taxes_reversed"].path == "max_price.after_taxes"


def test_validity() -> None:
    reversed_ = by_code(
        BASE, start_date_time="2026-02-01T00:00:00Z", end_date_time="2026-01-01T00:00:00Z"
    )
    assert "validity_reversed" in reversed_
    over = tariff(BASE, end_date_time="2026-05-01T00:00:00Z")
    assert [one.code for one in lint(over, at=NOW)] == ["validity_over"]
    assert lint(over) == []
    old = element(priced("ENERGY", 0.5), end_date="2026-05-01")
    assert [one.code for one in lint(tariff(old, BASE), at=NOW)] == ["element_over"]
    outside = by_code(old, BASE, start_date_time="2026-05-10T00:00:00Z")
    assert outside["within_no_validity"].path == "elements.0.restrictions.end_date"


def test_a_tariff_without_prices() -> None:
    bare = without(tariff(), "elements", "currency")
    assert {one.code for one in lint(bare)} == {"no_prices", "currency_unknown"}


def test_the_gravest_come_first_and_each_has_a_known_code() -> None:
    remarks = lint(
        tariff(
            element(energy(0.5, step_size=1000), component("ENERGY", -7)),
            element(component("TIME", 0.1, vat=21), start_time="10:00", end_time="09:59"),
        )
    )
    places = [SEVERITIES.index(one.severity) for one in remarks]
    assert places == sorted(places)
    assert {one.code for one in remarks} <= set(CODES)
    assert len(remarks) > 4


def test_other_versions() -> None:
    """2.2.1 and 2.1.1 know no `tax_included`: their prices are without tax."""
    said = {one.code for one in lint(without(tariff(BASE), "tax_included"), version="2.2.1")}
    assert said == set()
    limits = without(tariff(BASE, min_price={"excl_vat": 2, "incl_vat": 1}), "tax_included")
    assert [one.path for one in lint(limits, version="2.2.1")] == [
        "min_price.after_taxes",
        "",
    ]
    plain = without(tariff(BASE), "tax_included", "country_code", "party_id")
    assert lint(plain, version="2.1.1") == []
