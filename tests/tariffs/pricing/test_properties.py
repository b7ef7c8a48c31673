"""What holds for every price, whatever the Tariff and the charge."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tariffs.pricing import (
    NO_STEP,
    RULE_SETS,
    Charge,
    MeterValue,
    Period,
    Phase,
    charge_of_cdr,
    charge_of_meter_values,
    compile_tariff,
    explain,
    price,
)
from tariffs.pricing.words import passages
from tests.ocpi.pricing import Moment, by_dimension, by_element
from tests.tariffs.pricing import strategies
from tests.tariffs.pricing.spec_tariffs import Document

TINY = Decimal("1E-12")
STEPS = st.sampled_from([0, 1, 60, 300, 900, 1000])
RULES = st.sampled_from(sorted(RULE_SETS))

MANY = settings(max_examples=100)


def _is_close(one: Decimal | None, two: Decimal | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs(one - two) < TINY


@MANY
@given(strategies.tariffs(STEPS, limits=True), strategies.charges(), st.lists(st.integers(1, 400)))
def test_how_a_charge_is_cut_into_periods_does_not_matter(
    document: Document, charge: Charge, minutes: list[int]
) -> None:
    """D-013, D-022: additional periods change nothing, as step size counts once for the session."""
    compiled = compile_tariff(document)
    whole, pieces = price(charge, compiled), price(strategies.cut(charge, minutes), compiled)
    assert _is_close(whole.total_cost.before_taxes, pieces.total_cost.before_taxes)
    assert _is_close(whole.total_cost.after_taxes, pieces.total_cost.after_taxes)
    assert _is_close(whole.total_energy_cost.after_taxes, pieces.total_energy_cost.after_taxes)


@MANY
@given(strategies.tariffs(STEPS, limits=True), strategies.charges(), RULES)
def test_taxes_and_totals_agree(document: Document, charge: Charge, rules: str) -> None:
    """F-021: a price is what is before tax and the taxes, for every set of rules."""
    priced = price(charge, compile_tariff(document), RULE_SETS[rules])
    parts = (
        priced.total_fixed_cost,
        priced.total_energy_cost,
        priced.total_time_cost,
        priced.total_parking_cost,
        priced.total_reservation_cost,
    )
    for one in (priced.total_cost, *parts):
        if one.before_taxes is not None and one.after_taxes is not None:
            assert one.before_taxes + one.tax == one.after_taxes
    if not priced.bounds and all(part.after_taxes is not None for part in parts):
        assert _is_close(
            sum((part.after_taxes or Decimal(0) for part in parts), Decimal(0)),
            priced.total_cost.after_taxes,
        )


@MANY
@given(strategies.tariffs(STEPS, limits=True), strategies.charges(), RULES)
def test_a_trace_adds_up_to_the_total(document: Document, charge: Charge, rules: str) -> None:
    """Lines and limits make the total exactly; the trace is JSON, and there are words for all of it."""
    trace = explain(charge, compile_tariff(document), RULE_SETS[rules])
    assert trace.before_taxes == trace.priced.total_cost.before_taxes
    assert trace.after_taxes == trace.priced.total_cost.after_taxes
    assert json.loads(json.dumps(trace.to_json())) == trace.to_json()
    assert all(passage.sentences for passage in passages(trace))
    lines = {(line.period, line.element, line.component) for line in trace.priced.lines}
    chosen = {
        (one.period, choice.element, choice.component)
        for one in trace.stretches
        for choice in one.choices
        if choice.element is not None and choice.quantity
    }
    if RULE_SETS[rules].split_periods:
        assert lines == chosen


@MANY
@given(
    strategies.tariffs(limits=True),
    strategies.charges(),
    st.integers(1, 90),
    st.sampled_from([Phase.CHARGING, Phase.PARKING]),
)
def test_using_more_never_costs_less(
    document: Document, charge: Charge, minutes: int, phase: Phase
) -> None:
    """With prices that are not negative and step size 1, what is added at the end is not negative."""
    compiled = compile_tariff(document)
    energy = (
        Decimal(strategies.PER_MINUTE * minutes) / 1000 if phase is Phase.CHARGING else Decimal(0)
    )
    added = Period(charge.end, charge.end + timedelta(minutes=minutes), phase, energy)
    longer = charge._replace(periods=(*charge.periods, added))
    before, after = price(charge, compiled).total_cost, price(longer, compiled).total_cost
    if before.before_taxes is not None and after.before_taxes is not None:
        assert after.before_taxes >= before.before_taxes - TINY


@MANY
@given(strategies.tariffs(), strategies.charges(), st.booleans())
def test_elements_are_chosen_as_a_plain_reading_says(
    document: Document, charge: Charge, whole: bool
) -> None:
    """F-012 to F-016, F-018, F-022: minute by minute, against a reading that knows nothing of ours."""
    version = "2.1.1" if whole else "2.3.0"
    document["tax_included"] = "NO"
    compiled = compile_tariff(document, version=version)
    priced = price(charge, compiled, NO_STEP)
    assert _is_close(
        priced.total_cost.before_taxes, _minute_by_minute(document, charge, whole=whole)
    )


def _minute_by_minute(document: Document, charge: Charge, *, whole: bool) -> Decimal:
    total, kwh, flat = Decimal(0), Decimal(0), False
    place = ZoneInfo(charge.time_zone or "UTC")
    for period in charge.periods:
        at = period.start
        while at < period.end or (at == period.start == period.end):
            local = at.astimezone(place)
            power = Decimal(0) if period.phase is not Phase.CHARGING else period.power
            moment = Moment(
                f"{local:%H:%M}",
                strategies.DAYS[local.weekday()],
                f"{local:%Y-%m-%d}",
                float(kwh),
                float("nan") if power is None else float(power),
                int((at - charge.start).total_seconds()),
            )
            prices = (by_element if whole else by_dimension)(document["elements"], moment)
            if "FLAT" in prices and not flat:
                flat = True
                total += prices["FLAT"][0]
            if at == period.end:
                break
            if period.phase is Phase.CHARGING:
                kwh += Decimal(strategies.PER_MINUTE) / 1000
                total += prices.get("ENERGY", (0, 0))[0] * Decimal(strategies.PER_MINUTE) / 1000
            kind = {Phase.CHARGING: "TIME", Phase.PARKING: "PARKING_TIME"}.get(period.phase, "")
            total += prices.get(kind, (Decimal(0), 0))[0] / Decimal(60)
            at += timedelta(minutes=1)
    return total


@MANY
@given(strategies.tariffs(STEPS, limits=True), strategies.charges())
def test_meter_values_cut_into_periods_cost_the_same(document: Document, charge: Charge) -> None:
    """D-013: a new period wherever a price changes; written as OCPI and read again it costs the same."""
    compiled = compile_tariff(document)
    values, reading = [], Decimal(1000)
    for period in charge.periods:
        values.append(MeterValue(period.start, reading, period.phase, power=period.power))
        reading += period.energy
    values.append(MeterValue(charge.end, reading, charge.periods[-1].phase))
    cut = charge_of_meter_values(values, compiled, time_zone=charge.time_zone)
    expected = price(charge, compiled).total_cost
    cost = price(cut, compiled).total_cost
    written = {
        "start_date_time": charge.start.isoformat(),
        "end_date_time": charge.end.isoformat(),
        "charging_periods": cut.to_ocpi(),
    }
    again = price(charge_of_cdr(written, time_zone=charge.time_zone), compiled).total_cost
    as_cut = price(cut, compiled, RULE_SETS["AS_CUT"]).total_cost
    for one in (cost, again, as_cut):
        assert _is_close(one.before_taxes, expected.before_taxes)
        assert _is_close(one.after_taxes, expected.after_taxes)
