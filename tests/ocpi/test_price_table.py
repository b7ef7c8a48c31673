"""The table of prices for people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ocpi.currencies import money
from ocpi.tariff_table import PriceRow, price_table
from ocpi.tariff_words import conditions, duration
from tests.ocpi.samples import component, element, energy, tariff, without


def rows(*elements: dict[str, Any], **fields: Any) -> tuple[PriceRow, ...]:
    return price_table(tariff(*elements, **fields)).rows


def when(**restrictions: Any) -> list[str]:
    return [phrase.replace("\N{EN DASH}", "-") for phrase in conditions(restrictions)]


@pytest.mark.parametrize(
    ("restrictions", "phrases"),
    [
        ({}, []),
        ({"start_time": "08:00", "end_time": "20:00"}, ["08:00-20:00"]),
        ({"start_time": "22:00", "end_time": "06:00"}, ["22:00-06:00"]),
        ({"start_time": "08:00"}, ["from 08:00"]),
        ({"start_time": "08:00", "end_time": "00:00"}, ["from 08:00"]),
        ({"end_time": "20:00"}, ["until 20:00"]),
        ({"start_time": "00:00", "end_time": "23:59"}, ["until 23:59"]),
        ({"start_time": "00:00", "end_time": "00:00"}, []),
        ({"day_of_week": ["FRIDAY", "MONDAY", "TUESDAY"]}, ["Mon, Tue, Fri"]),
        (
            {
                "day_of_week": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
                "start_time": "08:00",
                "end_time": "20:00",
            },
            ["Mon-Fri 08:00-20:00"],
        ),
        ({"day_of_week": ["SATURDAY", "SUNDAY"]}, ["Sat, Sun"]),
        ({"start_date": "2026-06-07"}, ["from 7 Jun 2026"]),
        ({"end_date": "2026-07-01"}, ["until 30 Jun 2026"]),
        ({"start_date": "2026-06-01", "end_date": "2026-07-01"}, ["1 Jun 2026 - 30 Jun 2026"]),
        ({"start_date": "2026-06-07", "end_date": "2026-06-08"}, ["on 7 Jun 2026"]),
        (
            {"start_date": "2026-06-07", "end_date": "2026-06-07"},
            ["from 7 Jun 2026, ending before 7 Jun 2026"],
        ),
        ({"min_duration": 7200}, ["after 2 hours"]),
        ({"max_duration": 5400}, ["for the first 1 hour 30 minutes"]),
        ({"min_duration": 45, "max_duration": 60}, ["after 45 seconds, until 1 minute"]),
        ({"min_kwh": 30}, ["from 30 kWh"]),
        ({"max_kwh": 50.5}, ["for the first 50.5 kWh"]),
        ({"min_kwh": Decimal("30.0"), "max_kwh": 50}, ["from 30 to 50 kWh"]),
        ({"min_power": 11}, ["at 11 kW or more"]),
        ({"max_power": 100}, ["below 100 kW"]),
        ({"min_current": 16, "max_current": 32}, ["from 16 to below 32 A"]),
        ({"min_kwh": 0, "min_power": 0, "min_duration": 0, "min_current": 0}, []),
        ({"reservation": "RESERVATION"}, ["while reserved"]),
        ({"reservation": "RESERVATION_EXPIRES"}, ["when a reservation expires unused"]),
        ({"booking": "BOOKING_CANCELLATION_FEES"}, ["when a booking is cancelled"]),
        ({"min_soc": 20, "foo": None}, ["min_soc is 20"]),
        (
            {"min_kwh": 1, "reservation": "RESERVATION", "start_date": "2026-06-07"},
            ["while reserved", "from 7 Jun 2026", "from 1 kWh"],
        ),
    ],
)
def test_conditions_in_plain_words(restrictions: dict[str, Any], phrases: list[str]) -> None:
    """F-014, F-015."""
    assert when(**restrictions) == phrases


def test_all_seven_days_are_no_condition() -> None:
    days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    assert when(day_of_week=days) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (3661, "1 hour 1 minute 1 second")],
)
def test_durations(seconds: int, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (0.25, "EUR", "EUR 0.25"),
        (2, "EUR", "EUR 2.00"),
        (0.7025, "EUR", "EUR 0.7025"),
        (Decimal("0.5000"), "EUR", "EUR 0.50"),
        (0.1, "EUR", "EUR 0.10"),
        (1000, "EUR", "EUR 1\u202f000.00"),
        (45, "JPY", "JPY 45"),
        (45.5, "JPY", "JPY 45.5"),
        (0.05, "KWD", "KWD 0.050"),
        (1, "ABC", "ABC 1.00"),
        (0.00001, "EUR", "EUR 0.00001"),
        (-1, "EUR", "EUR -1.00"),
        (12345678.1234, "EUR", "EUR 12\u202f345\u202f678.1234"),
    ],
)
def test_amounts_keep_every_digit(amount: Any, currency: str, shown: str) -> None:
    assert money(amount, currency) == shown


def test_what_is_priced_and_per_what() -> None:
    found = rows(
        element(component("FLAT", 0.5), energy(0.25), component("TIME", 2)),
        element(component("PARKING_TIME", 5)),
        element(component("TIME", 1), component("FLAT", 2), reservation="RESERVATION"),
    )
    assert [(row.what, row.price) for row in found] == [
        ("Flat fee", "EUR 0.50 per session"),
        ("Energy", "EUR 0.25 per kWh"),
        ("Charging time", "EUR 2.00 per hour"),
        ("Parking (connected, not charging)", "EUR 5.00 per hour"),
        ("Reserved time", "EUR 1.00 per hour"),
        ("Reservation fee", "EUR 2.00 per reservation"),
    ]
    assert [(row.element, row.component) for row in found][-2:] == [(2, 0), (2, 1)]
    assert found[1].amount == Decimal("0.25")
    assert [row.never for row in found] == [""] * 6


@pytest.mark.parametrize(
    ("tax_included", "vat", "price", "words"),
    [
        ("NO", 21, 1, "21 % VAT on top"),
        ("NO", Decimal("5.50"), 1, "5.5 % VAT on top"),
        ("NO", 0, 1, "0 % VAT on top"),
        ("NO", None, 1, "tax not stated"),
        ("YES", 21, 1, "including 21 % VAT"),
        ("YES", None, 1, "including tax"),
        ("N/A", 21, 1, "no tax applies"),
        ("NO", 21, 0, ""),
    ],
)
def test_tax(tax_included: str, vat: Any, price: Any, words: str) -> None:
    """F-027."""
    (row,) = rows(element(energy(price, vat=vat)), tax_included=tax_included)
    assert row.tax == words


@pytest.mark.parametrize(
    ("dimension", "size", "words"),
    [
        ("ENERGY", 1, "billed per Wh"),
        ("ENERGY", 25, "billed per 25 Wh"),
        ("ENERGY", 100, "billed per 0.1 kWh"),
        ("ENERGY", 1000, "billed per 1 kWh"),
        ("TIME", 1, "billed per second"),
        ("TIME", 60, "billed per minute"),
        ("TIME", 300, "billed per 5 minutes"),
        ("PARKING_TIME", 3600, "billed per hour"),
        ("PARKING_TIME", 5400, "billed per 1 hour 30 minutes"),
        ("TIME", 90, "billed per 1 minute 30 seconds"),
        ("FLAT", 1, ""),
        ("TIME", 0, ""),
    ],
)
def test_steps(dimension: str, size: int, words: str) -> None:
    (row,) = rows(element(component(dimension, 1, step_size=size)))
    assert row.step == words


def test_what_can_never_apply_is_marked_and_not_hidden() -> None:
    found = rows(
        element(energy(0.25)),
        element(energy(0.5), component("TIME", 1), min_kwh=10),
        element(component("TIME", 2), min_kwh=20, day_of_week=["MONDAY"]),
        element(component("TIME", 3)),
        element(component("FLAT", 1), start_date="2026-06-07", end_date="2026-06-07"),
        element(component("FLAT", 1), reservation="RESERVATION"),
        element(energy(9), energy(8)),
    )
    assert [row.never for row in found] == [
        "",
        "Never applies: row 1 comes first and holds at least as often",
        "",
        "Never applies: row 3 comes first and holds at least as often",
        "",
        "Never applies: no moment meets its conditions",
        "",
        "Never applies: row 1 comes first and holds at least as often",
        "Never applies: row 1 comes first and holds at least as often",
    ]


def test_an_overstay_fee_first_and_the_base_price_after_it() -> None:
    """A real shape: the first match counts per dimension, so that the start fee applies before."""
    found = rows(
        element(component("FLAT", 10), min_duration=5400),
        element(energy(0.45), component("FLAT", 0)),
    )
    assert [row.when for row in found] == [("after 1 hour 30 minutes",), (), ()]
    assert [row.never for row in found] == ["", "", ""]


def test_seven_days_that_miss_a_minute() -> None:
    """A real shape: an element per day, each until 23:59."""
    days = ("MONDAY", "TUESDAY", "SUNDAY")
    found = rows(
        *(
            element(
                energy(0.5),
                day_of_week=[day],
                start_time="00:00",
                end_time="23:59",
                max_duration=86400,
            )
            for day in days
        )
    )
    assert [row.when for row in found] == [
        (f"{day} until 23:59", "for the first 24 hours") for day in ("Mon", "Tue", "Sun")
    ]


def test_free_of_charge() -> None:
    """F-011."""
    free = tariff(element(component("FLAT", 0, step_size=0)))
    assert price_table(free).is_free
    assert price_table({**free, "min_price": {"before_taxes": 0}}).is_free
    assert not price_table({**free, "min_price": {"before_taxes": 1}}).is_free
    filler = tariff(element(energy(0.5), component("FLAT", 0), component("TIME", Decimal("0.00"))))
    assert not price_table(filler).is_free


def test_a_tariff_that_lost_its_prices_is_shown_without() -> None:
    table = price_table(without(tariff(), "elements", "currency"))
    assert (table.rows, table.is_free, table.currency) == ((), False, "")
    (row,) = price_table(without(tariff(), "currency")).rows
    assert row.price == "0.25 per kWh"


def test_facts_around_the_prices() -> None:
    """F-023, F-028."""
    table = price_table(
        tariff(
            currency="eur",
            type="AD_HOC_PAYMENT",
            min_price={"before_taxes": 0.5, "after_taxes": 0.55},
            max_price={"before_taxes": 10},
            preauthorize_amount=50,
            start_date_time="2026-02-01T00:00:00Z",
            tariff_alt_url="https://example.com/t",
            tax_included="YES",
        )
    )
    assert table.currency == "EUR"
    assert table.applies_to == "Payment at the charger, without a contract"
    assert table.minimum == "EUR 0.50 before tax, EUR 0.55 including tax"
    assert table.maximum == "EUR 10.00 before tax"
    assert table.preauthorized == "EUR 50.00"
    assert (table.valid_from, table.valid_until) == ("2026-02-01T00:00:00Z", "")
    assert table.alt_url == "https://example.com/t"
    assert table.tax == "Prices include tax"
    plain = price_table(without(tariff(), "tax_included"))
    assert (plain.minimum, plain.maximum, plain.preauthorized, plain.alt_text) == ("",) * 4
    assert plain.applies_to == "Every session"
    assert plain.tax == "Not said whether prices include tax"


def test_the_text_in_a_language() -> None:
    dutch, english = {"language": "nl", "text": "Hoi"}, {"language": "EN", "text": "Hi"}
    document = tariff(tariff_alt_text=[dutch, english])
    assert price_table(document, "nl").alt_text == "Hoi"
    assert price_table(document).alt_text == "Hi"
    assert price_table(document, "fr").alt_text == "Hi"
    assert price_table(tariff(tariff_alt_text=[dutch]), "fr").alt_text == "Hoi"
