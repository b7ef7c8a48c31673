"""Each check of the catalogue: a CDR in which all is well, and one in which it is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cdrs.models import CDRConflict
from review.checks.catalogue import ALL
from review.choices import ReviewState
from tests import builders
from tests.ocpi.signing import Meter, signed_data
from tests.review import support
from tests.review.support import check, credit, found, right, said

pytestmark = pytest.mark.django_db


def test_nothing_is_found_where_everything_is_right() -> None:
    support.session()
    support.token()
    support.location()
    row = check(right())
    assert (row.state, found(row)) == (ReviewState.CLEAN, set())
    assert row.computed == row.stated
    assert (row.difference, row.at_stake) == (Decimal(0), Decimal(0))
    assert row.rule_set == "SPEC"


def price(before: float, **more: Any) -> dict[str, Any]:
    return {"before_taxes": before, **more}


def vat(amount: float, percentage: float = 20.0) -> dict[str, Any]:
    return {"name": "VAT", "percentage": percentage, "amount": amount}


LATER_END = "2026-01-01T11:30:00Z"
WRONG: dict[str, dict[str, Any]] = {
    "price": {"total_cost": price(3.5), "total_energy_cost": price(3.5)},
    "parts": {"total_fixed_cost": price(1.0)},
    "tax": {"total_cost": price(2.5, taxes=[vat(0.6)])},
    "currency": {"currency": "CHF"},
    "tariff_validity": {
        "tariffs": [builders.tariff(end_date_time="2025-12-31T00:00:00Z")],
    },
    "energy_much": {
        "charging_periods": [builders.period(ENERGY=10_000.0, TIME=1.0, tariff_id="T1")],
        "total_energy": 10_000.0,
    },
    "energy_negative": {"total_energy": -10.0},
    "power": {
        "charging_periods": [builders.period(ENERGY=10.0, TIME=0.02, tariff_id="T1")],
        "end_date_time": "2026-01-01T10:01:12Z",
        "total_time": 0.02,
    },
    "energy_of_periods": {"total_energy": 12.0},
    "times": {"total_time": 3.0},
    "early_period": {
        "charging_periods": [
            builders.period("2026-01-01T09:00:00Z", ENERGY=10.0, TIME=1.0, tariff_id="T1")
        ]
    },
    "duration_long": {"end_date_time": "2026-01-06T10:00:00Z", "total_time": 120.0},
    "duration_none": {"end_date_time": builders.EARLIER, "total_time": 0.0},
    "contract_id": {"cdr_token": builders.cdr_token(contract_id="DE-XYZ-C12345678-X")},
    "evse_id": {"cdr_location": {**builders.cdr()["cdr_location"], "evse_id": "wallbox"}},
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_with_a_cdr_is_found(code: str) -> None:
    assert code not in found(check(right()))
    row = check(right("C2", session_id="S2", **WRONG[code]))
    assert code in found(row)


def test_what_only_is_noted_does_not_hold_a_cdr_up() -> None:
    row = check(right(**WRONG["evse_id"]))
    assert (row.state, row.reasons) == (ReviewState.CLEAN, [])
    assert found(row) == {"evse_id"}


def test_a_price_without_tariff_cannot_be_checked() -> None:
    bare = right(tariffs=None, charging_periods=[builders.period(ENERGY=10.0, TIME=1.0)])
    row = check(bare)
    assert found(row) >= {"unpriced"}
    assert (row.state, row.computed) == (ReviewState.CLEAN, None)


def test_a_charge_for_nothing_without_a_tariff_is_noted() -> None:
    free = right(
        tariffs=None,
        charging_periods=[builders.period(ENERGY=10.0, TIME=1.0)],
        total_cost=price(0),
        total_energy_cost=price(0),
    )
    assert "for nothing" in said(check(free), "unpriced")


def test_a_tariff_that_is_here_prices_a_cdr_that_only_names_it() -> None:
    support.tariff(last_updated="2025-01-01T00:00:00Z")
    row = check(right(tariffs=None))
    assert row.computed == row.stated
    assert "unpriced" not in found(row)


def test_other_prices_than_we_held_are_found() -> None:
    """D-012."""
    support.tariff(elements=[builders.priced(ENERGY=0.2)], last_updated="2025-01-01T00:00:00Z")
    row = check(right())
    assert row.reasons == ["tariff_changed"]
    assert "EUR 2.50" in said(row, "tariff_changed")
    assert row.at_stake == Decimal("0.5")


def test_a_limit_is_no_contradiction_of_parts() -> None:
    """A-16: with a maximum price, the parts come to more than the total."""
    capped = [builders.tariff(max_price={"before_taxes": 2.0})]
    parts: dict[str, Any] = {"total_energy_cost": price(2.5), "total_fixed_cost": price(0)}
    row = check(right(tariffs=capped, total_cost=price(2.0), **parts))
    assert "parts" not in found(row)


def test_several_taxes_of_one_price_may_be_on_parts_of_it() -> None:
    mixed = [vat(0.2, 20.0), vat(0.1, 10.0)]
    assert "tax" not in found(check(right(total_cost=price(2.5, taxes=mixed))))
    too_much = [vat(0.9, 20.0), vat(0.1, 10.0)]
    assert "tax" in found(check(right("C2", total_cost=price(2.5, taxes=too_much))))


def test_a_session_is_missed_only_of_a_cpo_that_tells_sessions() -> None:
    assert "no_session" not in found(check(right("C0", session_id="S0")))
    support.session()
    assert "no_session" not in found(check(right()))
    assert "no_session" in found(check(right("C2", session_id="S2")))


def test_another_energy_than_the_session_is_found() -> None:
    support.session(kwh=8.0)
    row = check(right())
    assert "session_energy" in row.reasons
    assert row.at_stake == Decimal("0.5")


def test_the_second_cdr_of_a_session_is_a_duplicate() -> None:
    row = check(right("C1"), right("C2"))
    assert "duplicate" in row.reasons
    assert row.at_stake == row.stated
    assert found(support.review("C1")).isdisjoint({"duplicate"})


def test_the_same_charge_under_another_id_is_a_duplicate() -> None:
    row = check(right("C1"), right("C2", session_id="OTHER"))
    assert "duplicate" in row.reasons
    assert "C1" in said(row, "duplicate")


def test_what_replaces_a_credited_cdr_is_no_duplicate() -> None:
    row = check(right("C1"), credit("C1"), right("C2"))
    assert "duplicate" not in found(row)


MOVED = {"start_date_time": "2026-01-01T10:30:00Z", "end_date_time": LATER_END, "session_id": "S2"}
MOVED_PERIODS = [
    builders.period("2026-01-01T10:30:00Z", ENERGY=10.0, TIME=1.0, tariff_id="T1"),
]


def test_one_card_at_two_places_at_once_is_noted() -> None:
    elsewhere = {**builders.cdr()["cdr_location"], "id": "LOC2", "evse_uid": "77"}
    row = check(
        right("C1"),
        right("C2", **MOVED, charging_periods=MOVED_PERIODS, cdr_location=elsewhere),
    )
    assert "overlap_of_token" in found(row)
    assert "overlap_at_evse" not in found(row)
    assert "30 min" in said(row, "overlap_of_token")


def test_two_charges_at_one_evse_at_once_are_found() -> None:
    other = builders.cdr_token(uid="ANOTHER", contract_id=support.CONTRACT)
    row = check(right("C1"), right("C2", **MOVED, charging_periods=MOVED_PERIODS, cdr_token=other))
    assert "overlap_at_evse" in row.reasons
    assert "overlap_of_token" not in found(row)


def test_more_power_than_the_connector_gives_is_found() -> None:
    support.location()
    strong = right(
        charging_periods=[builders.period(ENERGY=40.0, TIME=1.0, tariff_id="T1")],
        total_energy=40.0,
        total_cost=price(10.0),
        total_energy_cost=price(10.0),
    )
    row = check(strong)
    assert row.reasons == ["power"]
    assert "22.1 kW" in said(row, "power")


def test_an_unknown_card_is_found_once_we_have_tokens_of_its_emsp() -> None:
    assert "unknown_token" not in found(check(right("C0", session_id="S0")))
    support.token("OTHER", contract_id="DE-XYZ-C00000000-0")
    assert "unknown_token" in found(check(right()))
    support.token()
    assert "unknown_token" not in found(check(right("C2", session_id="S2")))


def test_a_card_of_another_emsp_is_found() -> None:
    builders.party("FR*ELS", "EMSP")
    support.token(owner="FR*ELS", contract_id="FR-ELS-C00000000-0")
    row = check(right())
    assert "foreign_token" in row.reasons
    assert "FR*ELS" in said(row, "foreign_token")


def test_a_credit_takes_back_what_was_billed() -> None:
    row = check(right("C1"), credit("C1"))
    assert (row.reasons, row.computed) == ([], None)


def test_a_credit_without_its_original_is_found() -> None:
    assert "credit_original" in check(credit("C9", "C9-C")).reasons


def test_a_second_credit_of_the_same_cdr_is_found() -> None:
    row = check(right("C1"), credit("C1", "K1"), credit("C1", "K2"))
    assert "credited_twice" in row.reasons
    assert "credited_twice" not in found(support.review("K1"))


def test_a_credit_of_another_amount_is_found() -> None:
    """D-007."""
    row = check(right("C1"), credit("C1", total_cost=price(-2.0)))
    assert row.reasons == ["credit_amount"]
    assert row.at_stake == Decimal("0.5")


def test_a_cdr_that_came_long_after_the_charge_is_noted() -> None:
    old: dict[str, Any] = {
        "start_date_time": "2020-01-01T10:00:00Z",
        "end_date_time": "2020-01-01T11:00:00Z",
        "charging_periods": [
            builders.period("2020-01-01T10:00:00Z", ENERGY=10.0, TIME=1.0, tariff_id="T1")
        ],
    }
    row = check(right(**old))
    assert [one["severity"] for one in row.findings if one["code"] == "late"] == ["note"]
    ahead: dict[str, Any] = {
        name: "2999" + value[4:] for name, value in old.items() if isinstance(value, str)
    }
    row = check(right("C2", session_id="S2", **ahead))
    assert "late" not in {one["code"] for one in row.findings}


def test_a_cdr_that_was_sent_again_with_other_content_is_found() -> None:
    support.bought(right())
    support.bought(right(total_energy=11.0))
    assert CDRConflict.objects.count() == 1
    row = check(right("C2", session_id="S2"))
    assert "conflict" not in found(row)
    assert "conflict" in support.review("C1").reasons


def test_signed_values_of_another_energy_are_found() -> None:
    meter = Meter()
    signed = signed_data(meter.charge(), key=meter.der)
    row = check(right(signed_data=signed))
    assert "signed" in row.reasons
    assert "12.5 kWh" in said(row, "signed")
    forged = signed_data(meter.charge().replace("112.5", "110.0"), key=meter.der)
    row = check(right("C2", session_id="S2", signed_data=forged))
    assert "signature" in said(row, "signed")


def test_very_small_charges_are_found_only_where_somebody_switched_that_on() -> None:
    from review.models import CheckSetting

    small = {
        "charging_periods": [builders.period(ENERGY=0.1, TIME=0.02, tariff_id="T1")],
        "total_energy": 0.1,
        "end_date_time": "2026-01-01T10:01:12Z",
        "total_time": 0.02,
        "total_cost": price(0.025),
        "total_energy_cost": price(0.025),
    }
    assert "tiny" not in found(check(right("C1", **small)))
    CheckSetting.objects.create(code="tiny", enabled=True, severity="hold")
    assert "tiny" in check(right("C2", session_id="S2", **small)).reasons


def test_every_check_says_what_it_means_in_plain_words() -> None:
    codes = [one.code for one in ALL]
    assert len(codes) == len(set(codes))
    for one in ALL:
        assert one.title
        assert one.meaning.endswith(".")
        assert one.advice.endswith(".")
        assert len(one.code) <= 40
        assert one.values()


def test_the_documentation_lists_every_check() -> None:
    rows = Path("docs/cdr-checks.md").read_text().splitlines()
    listed = [row.split(" | ")[0].removeprefix("| ") for row in rows if row.startswith("| ")]
    assert listed[1:] == [one.title for one in ALL]


def test_a_charge_of_weeks_is_found_at_its_evse() -> None:
    """It began longer ago than charges last; the index of the long ones has it."""
    weeks = {"start_date_time": "2025-12-10T10:00:00Z", "session_id": "S0"}
    other = builders.cdr_token(uid="ANOTHER", contract_id=support.CONTRACT)
    row = check(right("C0", **weeks, cdr_token=other), right("C1"))
    assert "overlap_at_evse" in row.reasons
    assert "for 1 h" in said(row, "overlap_at_evse")
    unknown = {"start_date_time": "1970-01-01T00:00:00Z", "session_id": "S9"}
    assert "overlap_at_evse" not in check(right("C2", **unknown)).reasons
