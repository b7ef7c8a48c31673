"""What CDRs of the simulated partner bill: the price of their tariff, or a mistake where that is switched on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpi import json
from ocpi.ids import PartyId
from ocpi.numbers import exact_decimal
from ocpi.versioned import validate_document
from roaming import demo_locations, demo_tariffs
from simulator.charges import papers
from simulator.charges.book import Charge, Phase
from simulator.charges.cards import cards_of
from simulator.charges.mistakes import Mistake, make
from simulator.generation import generate
from simulator.tariffs import tariffs_of
from tariffs.pricing import SPEC, charge_of_cdr, compile_tariff, price
from tests.simulator.charges import Pair, card, connected
from tests.simulator.support import Json, Start

OWNER = PartyId("NL", "SIM")
BEGINNING = datetime(2026, 6, 1, tzinfo=UTC)
CENT = Decimal("0.01")


def places() -> Iterator[papers.Place]:
    """A connector of every tariff that simulated operators and the demo's own have."""
    prices = {tariff["id"]: tariff for tariff in tariffs_of(OWNER, 2026)}
    prices |= {t["id"]: t for t in demo_tariffs.documents(demo_locations.PARTY, BEGINNING)}
    seen = set()
    ours = demo_locations.documents(BEGINNING)
    for location in [*generate(60, 1, OWNER, "Simulated Charging"), *ours]:
        evse = location["evses"][0]
        tariff = evse["connectors"][0]["tariff_ids"][0]
        if tariff not in seen:
            seen.add(tariff)
            yield papers.Place(location, charge_at(location), prices[tariff])


def charge_at(location: Json) -> Charge:
    evse = location["evses"][0]
    return Charge(
        id="S1",
        location_id=location["id"],
        evse_uid=evse["uid"],
        connector_id=evse["connectors"][0]["id"],
        token=next(cards_of(PartyId("BE", "SIB"), "Sib", 1)),
        auth_method="WHITELIST",
        phase=Phase.ACTIVE,
        automatic=True,
        began="2026-06-01T00:00:00Z",
        metered="2026-06-01T00:00:00Z",
        power_kw=11.0,
    )


def billed(place: papers.Place, began: datetime, *kwh: float, minutes: int = 20) -> Json:
    """The CDR of a charge there with periods of so much energy."""
    charge = charge_at(place.location)
    charge.began = began.strftime("%Y-%m-%dT%H:%M:%SZ")
    session = papers.new_session(charge, place, "ACTIVE")
    moment = began
    for energy in kwh:
        papers.add_period(session, place, moment, moment + timedelta(minutes=minutes), energy)
        moment += timedelta(minutes=minutes)
    session["end_date_time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return papers.cdr_of(session, place, "CDR-S1", session["end_date_time"])


def by_our_engine(cdr: Json, place: papers.Place) -> tuple[Decimal, Decimal]:
    """What the portal makes of it, before and after tax."""
    document = json.loads(json.dumps(cdr))
    charge = charge_of_cdr(document, time_zone=place.zone)
    tariffs = {one["id"]: compile_tariff(one, version="2.3.0") for one in document["tariffs"]}
    total = price(charge, tariffs, SPEC).total_cost
    assert total.before_taxes is not None
    return total.before_taxes, total.after_taxes or total.before_taxes


def with_tax(cost: Json) -> Decimal:
    taxes = sum(exact_decimal(tax["amount"]) for tax in cost.get("taxes", ()))
    return exact_decimal(cost["before_taxes"]) + taxes


def test_honest_charges_cost_what_our_engine_makes_of_them() -> None:
    """At every hour of a week's two kinds of day, over the edges of prices, and when taken back."""
    names = set()
    for place in places():
        for hour in range(0, 72, 3):
            began = BEGINNING - timedelta(days=1) + timedelta(hours=hour, minutes=43)
            cdr = billed(place, began, 3.1234, 0.0, 7.5)
            anew = papers.corrected(cdr, place, 2, cdr["last_updated"])
            for one in (cdr, anew):
                before, after = by_our_engine(one, place)
                assert abs(exact_decimal(one["total_cost"]["before_taxes"]) - before) < CENT
                assert abs(with_tax(one["total_cost"]) - after) < CENT
        assert place.tariff is not None
        names.add(place.tariff["id"])
    assert len(names) >= 8


def test_a_period_ends_where_the_price_changes() -> None:
    """OCPI 2.3.0, mod_cdrs, ChargingPeriod class: a new one begins when the tariff changes."""
    place = next(p for p in places() if p.tariff and p.tariff["id"].startswith("DAY-NIGHT"))
    # 22:50 to 23:10 in Amsterdam.
    cdr = billed(place, datetime(2026, 6, 1, 20, 50, tzinfo=UTC), 4.0)
    assert [p["dimensions"][0]["volume"] for p in cdr["charging_periods"]] == [2.0, 2.0]
    assert cdr["total_energy"] == 4.0


def day_and_night() -> tuple[papers.Place, Json]:
    place = next(p for p in places() if p.tariff and p.tariff["id"].startswith("DAY-NIGHT"))
    return place, billed(place, datetime(2026, 6, 1, 21, 30, tzinfo=UTC), 3.4, 5.2)


@pytest.mark.parametrize("mistake", Mistake)
def test_a_wrong_bill_is_valid_ocpi_and_the_same_each_time(mistake: Mistake) -> None:
    place, cdr = day_and_night()
    made = make(mistake, cdr, place)
    assert made != (cdr,)
    assert made == make(mistake, cdr, place)
    for one in made:
        assert validate_document("2.3.0", "cdr", one) == one


def test_each_mistake_changes_what_it_says() -> None:
    place, cdr = day_and_night()
    made: dict[Mistake, tuple[Any, ...]] = {kind: make(kind, cdr, place) for kind in Mistake}
    assert made[Mistake.STEP_SIZE][0]["total_cost"]["before_taxes"] == 10 * 0.29
    assert made[Mistake.NIGHT_PRICE][0]["total_cost"]["before_taxes"] == pytest.approx(8.6 * 0.42)
    assert made[Mistake.NO_TAX][0]["total_cost"]["taxes"][0]["amount"] == 0
    assert made[Mistake.WRONG_TAX][0]["total_cost"]["taxes"][0]["percentage"] == 7
    assert made[Mistake.WATT_HOURS][0]["total_energy"] == 8600
    assert [one["id"] for one in made[Mistake.TWICE]] == ["CDR-S1", "CDR-S1-D"]
    assert made[Mistake.CURRENCY][0]["currency"] == "GBP"
    turned = made[Mistake.TIMES][0]
    assert turned["end_date_time"] < turned["start_date_time"]


def test_nothing_is_spoilt_that_nobody_would_notice() -> None:
    place, _ = day_and_night()
    by_day = billed(place, datetime(2026, 6, 1, 10, tzinfo=UTC), 3.0)
    assert make(Mistake.NIGHT_PRICE, by_day, place) == (by_day,)
    nothing = billed(place, datetime(2026, 6, 1, 21, 30, tzinfo=UTC), 0.0)
    for mistake in Mistake:
        assert make(mistake, nothing, place) == (nothing,)


def charged(pair: Pair) -> Json:
    """A charge of two kWh from its start to its CDR."""
    token = card(pair, whitelist="ALLOWED", valid=True)
    charge = pair.cpo.post("charges/start", uid=token["uid"], type=token["type"])
    pair.pass_time(60)
    pair.cpo.post("charges/update", id=charge["id"], kwh=1.4)
    pair.pass_time(60)
    pair.cpo.post("charges/stop", id=charge["id"], kwh=0.6)
    return pair.cpo.post("charges/cdr", id=charge["id"])


def test_one_in_eight_bills_is_wrong_and_none_is_refused(start: Start) -> None:
    pair = connected(start, "2.2.1")
    pair.cpo.post("charging", wrong_bills=0.125)
    told = [charged(pair) for _ in range(32)]
    sent = [cdr for one in told for cdr in one["cdrs"]]
    assert {c["id"] for c in sent} == {c["id"] for c in pair.emsp.lines("received", "cdrs")}
    wrong = [one for one in told if is_wrong(one)]
    assert len(wrong) == 4
    assert pair.emsp.violations() == {}


def is_wrong(told: Json) -> bool:
    """Whether the CDR says something else than its session, which is always right."""
    cdr, session = told["cdr"], told["charge"]["session"]
    same = ("start_date_time", "end_date_time", "currency", "total_cost")
    return (
        len(told["cdrs"]) > 1
        or cdr["total_energy"] != session["kwh"]
        or any(cdr[name] != session[name] for name in same)
    )


def test_billed_twice_stays_the_same_two_however_often_they_are_sent(start: Start) -> None:
    pair = connected(start, "2.2.1")
    pair.cpo.post("charging", wrong_bills=1)
    told = next(one for one in iter(lambda: charged(pair), None) if len(one["cdrs"]) > 1)
    again = pair.cpo.post("charges/cdr", id=told["charge"]["id"])
    assert again["cdrs"] == told["cdrs"]
    assert pair.emsp.violations() == {}


def test_a_charge_is_billed_by_the_prices_of_when_it_began(start: Start) -> None:
    """OCPI 2.3.0, mod_tariffs: what the driver was told holds for the whole charge."""
    pair = connected(start, "2.2.1")
    token = card(pair, whitelist="ALLOWED", valid=True)
    charge = pair.cpo.post("charges/start", uid=token["uid"], type=token["type"])
    before = charge["tariff"]
    while before in pair.cpo.lines("own", "tariffs"):
        pair.cpo.post("tariffs", what="change")
    pair.pass_time(60)
    pair.cpo.post("charges/stop", id=charge["id"], kwh=2.0)
    cdr = pair.cpo.post("charges/cdr", id=charge["id"])["cdr"]
    assert cdr["tariffs"] == [before]
