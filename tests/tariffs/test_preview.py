"""What charges would cost: usual ones, beside each other, and over the week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpi.regions import END_OF_DAY
from tariffs.pricing import CompiledTariff, Phase, compile_tariff
from tariffs.selling import Rule
from tariffs.workshop import preview, week, week_chart
from tariffs.workshop.preview import CHEAPEST, DEAREST, Cost
from tariffs.workshop.uses import Use, charge_of, length, minutes_of, rows, starts
from tests.ocpi.samples import component, element, energy, tariff

ZONE = "Europe/Amsterdam"
MONDAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
USE = Use(Decimal(20), timedelta(hours=2), power=Decimal(10))
WORKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def made(*elements: dict[str, Any], **fields: Any) -> CompiledTariff:
    return compile_tariff(tariff(*elements, **fields))


def by_day(day: float, night: float) -> tuple[dict[str, Any], ...]:
    return (
        element(energy(day, vat=21), start_time="08:00", end_time="20:00"),
        element(energy(night, vat=21)),
    )


def cost(price: float, **fields: Any) -> Cost:
    found = preview.cost(made(element(energy(price, vat=21)), **fields), USE, NOON, ZONE)
    assert found is not None
    return found


def test_usual_uses_at_a_power() -> None:
    shown = {row.name: row.note for row in rows(Decimal(11))}
    assert shown == {
        "10 kWh": "55 min at 11 kW",
        "30 kWh": "2 h 44 min at 11 kW",
        "60 kWh": "5 h 27 min at 11 kW",
        "20 min connected": "3.667 kWh in 20 min at 11 kW",
        "1 h connected": "11 kWh in 1 h at 11 kW",
        "8 h connected": "60 kWh in 5 h 27 min at 11 kW, then parked for 2 h 33 min",
    }
    fast = {row.name: row.use for row in rows(Decimal(150))}
    assert fast["1 h connected"].kwh == 60
    assert fast["1 h connected"].parked == timedelta(minutes=36)
    assert fast["10 kWh"].current == 375


def test_times_are_said_exactly_enough_for_a_link() -> None:
    """What a table shows and what its link explains are the same charge."""
    for power in (Decimal(11), Decimal("3.7"), Decimal(350)):
        for row in rows(power):
            minutes = minutes_of(row.use.charging)
            assert timedelta(microseconds=int(minutes * 60_000_000)) == row.use.charging
    assert length(timedelta(seconds=42)) == "42 s"
    assert length(timedelta(seconds=3599)) == "1 h"


@pytest.mark.parametrize(
    ("day", "weekday", "saturday"),
    [
        (date(2026, 6, 3), "Wed 3 Jun 2026", "Sat 6 Jun 2026"),
        (date(2026, 6, 6), "Mon 8 Jun 2026", "Sat 6 Jun 2026"),
        (date(2026, 6, 7), "Mon 8 Jun 2026", "Sat 13 Jun 2026"),
    ],
)
def test_by_day_and_by_night_where_the_place_is(day: date, weekday: str, saturday: str) -> None:
    found = {one.key: one for one in starts(day, ZONE)}
    assert found["weekday-10"].words == f"{weekday}, 10:00"
    assert found["weekend-02"].words == f"{saturday}, 02:00"
    assert found["weekday-02"].at.utcoffset() == timedelta(hours=2)


def test_a_use_becomes_a_charge_with_its_phases() -> None:
    use = USE._replace(parked=timedelta(minutes=30), reserved=timedelta(minutes=15))
    charge = charge_of(use, NOON, ZONE)
    assert [one.phase for one in charge.periods] == [
        Phase.RESERVATION,
        Phase.CHARGING,
        Phase.PARKING,
    ]
    assert (charge.start, charge.end) == (NOON, NOON + timedelta(hours=2, minutes=30))
    assert charge.energy == 20
    assert use.words == "reserved for 15 min, then 20 kWh in 2 h at 10 kW, then parked for 30 min"


def test_day_and_night_are_priced_where_the_place_is() -> None:
    compiled = made(*by_day(0.5, 0.2))
    at = {one.key: preview.cost(compiled, USE, one.at, ZONE).before for one in starts(MONDAY, ZONE)}
    assert at == {"weekday-10": 10, "weekday-02": 4, "weekend-10": 10, "weekend-02": 4}


def test_before_and_after_tax_and_a_tax_that_is_not_known() -> None:
    known = cost(0.5)
    assert [known.before, known.after] == [10, Decimal("12.1")]
    bare = preview.cost(made(element(energy(0.5))), USE, NOON, ZONE)
    assert [bare.before, bare.after, bare.shown] == [10, None, 10]
    included = made(element(energy(0.5)), tax_included="YES")
    only_after = preview.cost(included, USE, NOON, ZONE)
    assert [only_after.before, only_after.after] == [None, 10]
    assert preview.shown(Decimal("12.345"), "EUR") == "EUR 12.35"
    assert preview.shown(Decimal("1234.5"), "JPY") == "JPY 1\u202f235"
    assert preview.exact(Decimal("12.3450"), "EUR") == "EUR 12.345"


def test_what_it_is_sold_for() -> None:
    rule = Rule(currency="EUR", markup_percent=Decimal(10), fee=Decimal("0.35"))
    bought = preview.cost(made(element(energy(0.5))), USE, NOON, ZONE, lambda at: rule)
    assert bought.sold is not None
    assert bought.sold.before_taxes == Decimal("11.35")
    assert bought.margin == Decimal("1.35")
    assert preview.cost(made(element(energy(0.5))), USE, NOON, ZONE, lambda at: None).sold is None


def test_beside_each_other() -> None:
    costs = [cost(0.5), None, cost(0.3), cost(0.4), cost(0.3)]
    side = preview.basis(costs)
    assert side == "after"
    marks = [one.mark if one else None for one in preview.marked(costs, side)]
    assert marks == [DEAREST, None, CHEAPEST, "", CHEAPEST]
    assert preview.in_order(costs, side) == [2, 4, 3, 0, 1]


def test_what_cannot_be_compared_is_not() -> None:
    assert not any(
        one.mark for one in preview.marked([cost(0.5), cost(0.3, currency="SEK")], "after") if one
    )
    same = [cost(0.5), cost(0.5)]
    assert not any(one.mark for one in preview.marked(same, "after") if one)
    bare = preview.cost(made(element(energy(0.5))), USE, NOON, ZONE)
    assert preview.basis([cost(0.4), bare]) == "before"
    included = preview.cost(made(element(energy(0.5)), tax_included="YES"), USE, NOON, ZONE)
    assert preview.basis([included, bare]) == ""
    assert preview.in_order([included, bare], "") == [0, 1]


def test_where_a_price_is_missing_nothing_is_cheap() -> None:
    only_at_night = made(element(energy(0.1), start_time="20:00", end_time="08:00"))
    missing = preview.cost(only_at_night, USE, NOON, ZONE)
    assert missing.free == ("energy",)
    costs = [missing, cost(0.5), cost(0.3)]
    assert [one.mark for one in preview.marked(costs, "before") if one] == ["", DEAREST, CHEAPEST]
    assert preview.in_order(costs, "before") == [2, 1, 0]
    by_time = made(element(component("TIME", 3), min_duration=36000))
    assert preview.cost(by_time, USE, NOON, ZONE).free == ("charging time",)
    parked = USE._replace(parked=timedelta(hours=1))
    day_parking = made(
        element(energy(0.5)), element(component("PARKING_TIME", 3), start_time="23:00")
    )
    assert preview.cost(day_parking, parked, NOON, ZONE).free == ()


def test_a_document_that_no_price_can_be_computed_with() -> None:
    assert preview.compiled({"currency": "EUR", "elements": []}) is None
    assert preview.compiled(tariff()) is not None


def test_a_week_day_by_day() -> None:
    compiled = made(
        element(
            energy(0.5), component("TIME", 2), start_time="08:00", end_time="20:00",
            day_of_week=WORKDAYS,
        ),
        element(energy(0.2)),
    )  # fmt: skip
    found = week.week_of(compiled, MONDAY, Decimal(11), Decimal(48))
    assert all(day[0].start == 0 and day[-1].end == END_OF_DAY for day in found)
    spans = week.spans(found)
    assert [(span.days, [one.words for one in span.stretches]) for span in spans] == [
        (
            "Mon\N{EN DASH}Fri",
            ["00:00\N{EN DASH}08:00", "08:00\N{EN DASH}20:00", "20:00\N{EN DASH}24:00"],
        ),
        ("Sat, Sun", ["all day"]),
    ]
    assert spans[0].stretches[1].prices == (Decimal("0.5"), Decimal(2), None)
    assert not week.is_steady(found)


def test_a_window_over_midnight_and_one_of_a_minute_are_in_the_week() -> None:
    compiled = made(element(energy(0.5), start_time="22:00", end_time="06:00"))
    monday = week.week_of(compiled, MONDAY, None, None)[0]
    assert [(one.start, one.end, one.prices.energy) for one in monday] == [
        (0, 360, Decimal("0.5")),
        (360, 1320, None),
        (1320, 1440, Decimal("0.5")),
    ]
    nearly = made(element(energy(0.5), end_time="23:59"))
    assert week.week_of(nearly, MONDAY, None, None)[6][-1].words == "23:59\N{EN DASH}24:00"


def test_dates_count_as_of_the_week() -> None:
    compiled = made(
        element(energy(0.9), start_date="2026-06-03", end_date="2026-06-05"), element(energy(0.2))
    )
    found = week.week_of(compiled, MONDAY, None, None)
    assert [day[0].prices.energy for day in found[:5]] == [
        Decimal(one) for one in ("0.2", "0.2", "0.9", "0.9", "0.2")
    ]
    assert week.is_steady(week.week_of(compiled, date(2026, 6, 8), None, None))


def test_stages_of_a_charge() -> None:
    compiled = made(
        element(component("PARKING_TIME", 6), min_duration=14400),
        element(energy(0.5), max_kwh=20),
        element(energy(0.3)),
    )
    stages = week.stages(compiled)
    assert [one.words for one in stages] == [
        "At the start of a charge",
        "After 4 hours",
        "After 20 kWh",
    ]
    prices = [week.week_of(compiled, MONDAY, None, None, stage)[0][0].prices for stage in stages]
    assert prices == [
        (Decimal("0.5"), None, None),
        (Decimal("0.5"), None, 6),
        (Decimal("0.3"), None, None),
    ]


def test_power_counts_while_charging_only() -> None:
    compiled = made(
        element(energy(0.8), component("PARKING_TIME", 9), min_power=50),
        element(energy(0.4), component("PARKING_TIME", 3)),
    )
    assert week.depends(compiled) == ["the power"]
    for power, price in ((11, "0.4"), (50, "0.8")):
        prices = week.week_of(compiled, MONDAY, Decimal(power), None)[0][0].prices
        assert prices == (Decimal(price), None, Decimal(3))


def test_the_chart_says_its_prices_and_needs_no_style() -> None:
    compiled = made(*by_day(0.5, 0.2), element(component("PARKING_TIME", 3)))
    found = week.week_of(compiled, MONDAY, None, None)
    drawn = week_chart.chart(found, "EUR", ZONE)
    assert "Monday, 08:00\N{EN DASH}20:00\nEUR 0.50 per kWh\nEUR 3.00 per hour parked" in drawn
    assert drawn.count('class="week-night"') == 14
    assert 'class="week-energy"' in drawn
    assert 'class="week-time"' not in drawn
    assert "style=" not in drawn
    assert [name for name, _ in week_chart.legend(found)] == ["energy", "parking"]
    nothing = week.week_of(made(element(component("FLAT", 1))), MONDAY, None, None)
    assert week_chart.chart(nothing, "EUR", ZONE) == ""
