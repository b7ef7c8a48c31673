"""CDRs come onto statements, and leave them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from cdrs import services as cdrs
from exchange.models import Job
from exchange.registry import Source
from review import services as reviews
from settlement import services
from settlement.models import Entry, Statement
from settlement.services import booking, rebooking
from settlement.services.terms import Terms
from tests import builders
from tests.cdrs.support import cpo, emsp
from tests.settlement.support import amounts, charge, decide, found_clean, lines, settled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def march() -> Iterator[None]:
    """It is March 2026: January and February are over."""
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False):
        yield


def january() -> Statement:
    return Statement.objects.get(month="2026-01-01")


def march_statement() -> Statement:
    return Statement.objects.get(month="2026-03-01")


def closed(statement: Statement, *, until: str = "draft") -> Statement:
    """Closed by ada; ``approved`` by grace, ``locked``."""
    done = services.close(statement, actor="ada")
    if until != "draft":
        done = services.approve(done, actor="grace")
    return services.lock(done, actor="ada") if until == "locked" else done


def test_what_is_clean_comes_onto_the_statement_of_its_month() -> None:
    settled(charge("C1"), charge("C2", "2026-02-01T00:00:00Z"), charge("C3", currency="CHF"))
    found = {(str(s.month), s.currency, s.direction): amounts(s) for s in Statement.objects.all()}
    assert found == {
        ("2026-01-01", "EUR", "receivable"): (1, "2.5", "0.525"),
        ("2026-02-01", "EUR", "receivable"): (1, "2.5", "0.525"),
        ("2026-01-01", "CHF", "receivable"): (1, "2.5", "0.525"),
    }


@pytest.mark.parametrize(
    ("zone", "end", "month"),
    [
        ("UTC", "2026-01-31T23:30:00Z", "2026-01-01"),
        ("Europe/Amsterdam", "2026-01-31T22:59:59Z", "2026-01-01"),
        ("Europe/Amsterdam", "2026-01-31T23:00:00Z", "2026-02-01"),
        ("America/Toronto", "2026-02-01T04:59:59Z", "2026-01-01"),
        ("UTC", "1970-01-01T00:00:00Z", "2026-03-01"),
    ],
)
def test_a_month_ends_in_the_time_zone_of_the_terms(zone: str, end: str, month: str) -> None:
    """1970 stands for an end that nobody knows (OCPI 2.3.0, mod_cdrs, CDR object): then the receipt counts."""
    services.set_terms(cpo(ours=True), emsp(ours=False), Terms(time_zone=zone), actor="ada")
    settled(charge(end=end))
    assert str(Statement.objects.get().month) == month


def test_what_others_bill_us_is_payable() -> None:
    cpo(ours=False)
    emsp(ours=True)
    cdrs.receive(builders.raw(charge()), Source("test", "2.3.0"))
    found_clean()
    statement = Statement.objects.get()
    assert (statement.direction, statement.ours, statement.partner) == (
        "payable",
        emsp(ours=True),
        cpo(ours=False),
    )


@pytest.mark.parametrize("ours", [True, False])
def test_what_stays_inside_or_is_passed_on_is_not_settled(ours: bool) -> None:
    cpo(ours=ours)
    emsp(ours=ours)
    cdrs.receive(builders.raw(charge()), Source("test", "2.3.0"))
    found_clean()
    assert not Statement.objects.exists()


def test_a_credit_cdr_takes_off_what_it_credits() -> None:
    credit: dict[str, Any] = {
        "credit": True,
        "credit_reference_id": "C1",
        "total_cost": {"before_taxes": -1, "taxes": [{"name": "VAT", "amount": -0.21}]},
    }
    settled(charge(), charge("C1-C", **credit))
    assert lines(january()) == [("C1", "charge", "2.5"), ("C1-C", "credit", "-1")]
    assert amounts(january()) == (2, "1.5", "0.315")


def test_what_is_dropped_leaves_an_open_statement_and_comes_back() -> None:
    (cdr,) = settled(charge())
    decide("drop", cdr)
    assert lines(january()) == []
    assert amounts(january()) == (0, "0", "0")
    decide("accept", cdr)
    assert lines(january()) == [("C1", "charge", "2.5")]
    assert amounts(january()) == (1, "2.5", "0.525")


def test_booking_again_changes_nothing() -> None:
    (cdr,) = settled(charge())
    assert booking.book([cdr.pk]) == (0, 0)
    assert booking.book([cdr.pk], anew=True) == (1, 1)
    assert amounts(january()) == (1, "2.5", "0.525")
    assert Entry.objects.count() == 1


def test_what_comes_late_goes_onto_the_next_open_statement() -> None:
    settled(charge("C1"))
    closed(january())
    settled(charge("C2"), charge("C3", "2026-02-05T00:00:00Z"))
    february = Statement.objects.get(month="2026-02-01")
    assert set(february.entries.values_list("cdr__cdr_id", "late")) == {
        ("C2", True),
        ("C3", False),
    }
    assert lines(january()) == [("C1", "charge", "2.5")]


def test_what_comes_late_and_finds_nothing_open_goes_onto_the_current_month() -> None:
    settled(charge("C1"))
    closed(january())
    settled(charge("C2"))
    assert lines(march_statement()) == [("C2", "charge", "2.5")]


@pytest.mark.parametrize("until", ["draft", "approved", "locked"])
def test_what_is_on_a_closed_statement_is_corrected_later_and_back(until: str) -> None:
    (cdr,) = settled(charge())
    closed(january(), until=until)
    decide("dispute", cdr, "Twice as much energy as the meter says")
    assert lines(january()) == [("C1", "charge", "2.5")]
    assert lines(march_statement()) == [("C1", "correction", "-2.5")]
    assert amounts(march_statement()) == (1, "-2.5", "-0.525")
    correction = Entry.objects.get(kind="correction")
    assert "Twice as much energy" in correction.reason
    reviews.settle_dispute([cdr.pk], pays=True, reason="They showed the meter", actor="ada")
    assert lines(march_statement()) == []


def test_a_correction_that_was_settled_is_corrected_again() -> None:
    (cdr,) = settled(charge())
    closed(january(), until="locked")
    decide("drop", cdr)
    with time_machine.travel("2026-04-02T12:00:00Z", tick=False):
        closed(march_statement(), until="locked")
        decide("accept", cdr)
        assert booking.book([cdr.pk]) == (0, 0)
    april = Statement.objects.get(month="2026-04-01")
    assert lines(april) == [("C1", "correction", "2.5")]
    with time_machine.travel("2026-05-02T12:00:00Z", tick=False):
        closed(april)
        decide("drop", cdr)
    assert lines(Statement.objects.get(month="2026-05-01")) == [("C1", "correction", "-2.5")]


def test_an_opened_statement_takes_back_what_was_moved_away_from_it() -> None:
    _, taken = settled(charge("C1"), charge("C2"))
    draft = closed(january())
    settled(charge("C3"))
    decide("drop", taken)
    assert lines(march_statement()) == [("C3", "charge", "2.5"), ("C2", "correction", "-2.5")]
    opened = services.reopen(draft, reason="C2 is wrong", actor="ada")
    assert [line[0] for line in lines(opened)] == ["C1", "C3"]
    assert lines(march_statement()) == []
    assert not opened.entries.filter(late=True).exists()
    again = closed(opened)
    assert again.number == draft.number


def test_new_terms_change_what_is_open_and_nothing_else() -> None:
    settled(charge("C1"), charge("C2", "2026-02-03T00:00:00Z"))
    closed(january())
    terms = Terms(tax="reverse_charge")
    services.set_terms(cpo(ours=True), emsp(ours=False), terms, actor="ada")
    rebooking.run(Job.objects.get())
    assert amounts(january()) == (1, "2.5", "0.525")
    assert amounts(Statement.objects.get(month="2026-02-01")) == (1, "2.5", "0")
