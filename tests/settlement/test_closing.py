"""The life of a statement: closed by one, approved by another, locked by the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction
from django.db import connection as database

from cdrs.models import CDR
from exchange.models import Job
from parties.models import Event
from review.choices import ReviewState
from review.models import CDRReview
from settlement import services
from settlement.figures import figures
from settlement.models import Entry, Statement, Tally
from settlement.services import booking, month_end
from settlement.verification import verify
from tests.cdrs.support import hold
from tests.settlement.support import TAXED, charge, decide, lines, settled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def march() -> Iterator[None]:
    """It is March 2026: January and February are over."""
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False):
        yield


def statement() -> Statement:
    return Statement.objects.get(month="2026-01-01", currency="EUR")


def test_closing_freezes_what_it_comes_to_and_gives_a_number() -> None:
    settled(charge("C1"), charge("C2"))
    closed = services.close(statement(), actor="ada")
    assert (closed.state, closed.closed_by) == ("draft", "ada")
    assert closed.number == "NL-ABC-2026-01-0001"
    frozen = closed.frozen
    assert frozen is not None
    assert (frozen["cdrs"], frozen["before_tax"], frozen["tax"], frozen["after_tax"]) == (
        2,
        "5.00",
        "1.05",
        "6.05",
    )
    assert frozen["terms"]["payment_days"] == 30
    assert Event.objects.get(name="statement.closed").actor == "ada"


def test_amounts_are_rounded_once_per_rate_and_the_rounding_is_shown() -> None:
    low = {"before_taxes": 0.333, "taxes": [{"name": "VAT", "percentage": 9, "amount": 0.02997}]}
    settled(*(charge(f"C{n}", total_cost=low) for n in range(5)), charge("D1", total_cost=TAXED))
    found = figures(statement())
    assert [(r.label, str(r.before_tax), str(r.tax)) for r in found.rates] == [
        ("VAT 21 %", "2.50", "0.53"),
        ("VAT 9 %", "1.67", "0.15"),
    ]
    assert str(found.after_tax) == "4.85"
    assert (
        f"{found.rounding:f}" == f"{found.after_tax - found.exact_before_tax - found.exact_tax:f}"
    )
    assert f"{found.rounding.normalize():f}" == "0.01015"


def test_a_month_that_is_not_over_stays_open() -> None:
    settled(charge(end="2026-03-05T10:00:00Z"))
    with pytest.raises(services.NotPossible, match="not over"):
        services.close(Statement.objects.get(), actor="ada")


def test_what_is_empty_stays_open() -> None:
    (cdr,) = settled(charge())
    decide("drop", cdr)
    with pytest.raises(services.NotPossible, match="Nothing is on it"):
        services.close(statement(), actor="ada")


def test_what_is_not_reviewed_holds_closing_up_until_somebody_knows() -> None:
    settled(charge("C1"))
    hold(charge("C2"), charge("C3"))
    CDRReview.objects.filter(cdr__cdr_id="C3").update(state=ReviewState.FLAGGED)
    with pytest.raises(services.Unreviewed, match=r"2 CDRs.*EUR 5.00") as refused:
        services.close(statement(), actor="ada")
    assert refused.value.cdrs == 2
    with pytest.raises(services.Unreviewed):
        services.close(statement(), actor="ada", seen=1)
    closed = services.close(statement(), actor="ada", seen=2)
    assert closed.frozen is not None
    assert closed.frozen["cdrs"] == 1
    assert "2 CDRs not reviewed" in Event.objects.get(name="statement.closed").message


def test_who_closed_it_does_not_approve_it() -> None:
    settled(charge())
    closed = services.close(statement(), actor="ada")
    with pytest.raises(services.NotPossible, match="yourself"):
        services.approve(closed, actor="ada")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Statement.objects.update(state="approved", approved_by="ada")
    assert services.approve(closed, actor="grace").approved_by == "grace"


def test_nothing_skips_a_step() -> None:
    settled(charge())
    for step in (services.approve, services.lock):
        with pytest.raises(services.NotPossible, match="open"):
            step(statement(), actor="grace")
    closed = services.close(statement(), actor="ada")
    with pytest.raises(services.NotPossible, match="waits for approval"):
        services.lock(closed, actor="ada")


def test_opening_it_again_takes_a_reason_and_keeps_the_number() -> None:
    settled(charge())
    closed = services.close(statement(), actor="ada")
    with pytest.raises(services.NotPossible, match="reason"):
        services.reopen(closed, reason=" ", actor="ada")
    opened = services.reopen(closed, reason="Wrong month", actor="ada")
    assert (opened.state, opened.frozen, opened.closed_by) == ("open", None, "")
    assert services.close(opened, actor="grace").number == closed.number


def test_what_came_after_a_closed_month_is_opened_first() -> None:
    settled(charge("C1"), charge("C2", "2026-02-03T10:00:00Z"))
    january = services.close(statement(), actor="ada")
    february = services.close(Statement.objects.get(month="2026-02-01"), actor="ada")
    with pytest.raises(services.NotPossible, match=february.number):
        services.reopen(january, reason="Wrong", actor="ada")


CHANGES: list[Callable[[], Any]] = [
    lambda: Statement.objects.update(notes="Changed"),
    lambda: Statement.objects.update(state="open"),
    lambda: Statement.objects.all()._raw_delete("default"),
    lambda: Entry.objects.update(before_tax=0),
    lambda: Entry.objects.all()._raw_delete("default"),
    lambda: Tally.objects.update(before_tax=0),
    lambda: Tally.objects.all()._raw_delete("default"),
    lambda: Tally.objects.create(statement=Statement.objects.get(), rate="New"),
    lambda: Entry.objects.create(
        statement=Statement.objects.get(),
        cdr=CDR.objects.get(),
        kind="correction",
        ended_at="2026-01-01T00:00:00Z",
        energy=1,
        before_tax=1,
        tax=0,
    ),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_every_change_of_a_locked_statement(
    change: Callable[[], Any],
) -> None:
    settled(charge())
    closed = services.close(statement(), actor="ada")
    services.lock(services.approve(closed, actor="grace"), actor="ada")
    with pytest.raises(IntegrityError, match=r"locked|closed"), transaction.atomic():
        change()


@pytest.mark.parametrize("change", CHANGES[3:])
def test_the_database_refuses_entries_of_a_closed_statement(change: Callable[[], Any]) -> None:
    settled(charge())
    services.close(statement(), actor="ada")
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        change()


def test_entries_do_not_move_onto_a_closed_statement() -> None:
    settled(charge("C1"), charge("C2", "2026-02-03T10:00:00Z"))
    services.close(statement(), actor="ada")
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        Entry.objects.filter(cdr__cdr_id="C2").update(statement=statement())


def test_a_full_look_agrees_with_the_tallies() -> None:
    settled(charge("C1"), charge("C2", total_cost={"before_taxes": 1}), charge("C3"))
    decide("drop", CDR.objects.get(cdr_id="C3"))
    found = verify(statement())
    assert found.is_equal
    assert found.found.cdrs == 2
    services.close(statement(), actor="ada")
    decide("drop", CDR.objects.get(cdr_id="C1"))
    assert verify(statement()).is_equal
    assert verify(Statement.objects.get(month="2026-03-01")).is_equal


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: Tally.objects.update(cdrs=7), "CDRs: the statement says 7"),
        (lambda: Tally.objects.update(before_tax=7), "Before tax: the statement says 7"),
        (lambda: Tally.objects.update(digest=7), "not made of the same CDRs"),
        (lambda: Entry.objects.all()._raw_delete("default"), "1 CDRs of the month are on no"),
        (lambda: Entry.objects.update(before_tax=7), "1 entries do not say what their CDRs say"),
    ],
)
def test_a_full_look_finds_what_does_not_agree(change: Callable[[], Any], said: str) -> None:
    settled(charge())
    change()
    found = verify(statement())
    assert not found.is_equal
    assert said in " ".join(found.differences)


def test_a_month_is_closed_for_all_partners_and_what_stays_open_is_said() -> None:
    settled(charge("C1"), charge("C2", currency="CHF"))
    hold(charge("C3", currency="CHF"))
    month_end.run(month_end.start(statement().month, knowingly=False, actor="ada"))
    job = Job.objects.get()
    assert (job.state, job.updated_count, job.unchanged_count) == ("done", 1, 1)
    assert "CHF 2.50" in job.message
    assert set(Statement.objects.values_list("currency", "state")) == {
        ("EUR", "draft"),
        ("CHF", "open"),
    }
    month_end.run(month_end.start(statement().month, knowingly=True, actor="ada"))
    assert set(Statement.objects.values_list("state", flat=True)) == {"draft"}


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_whoever_closes_at_once() -> None:
    settled(*(charge(f"C{n}", currency=c) for n, c in enumerate(("EUR", "CHF", "DKK", "SEK"))))
    refused = Statement.objects.get(currency="SEK")
    failed: list[Exception] = []

    def close(one: Statement) -> None:
        try:
            with transaction.atomic():
                services.close(one, actor="ada")
                if one == refused:
                    raise RuntimeError  # noqa: TRY301 - what is rolled back leaves no gap
        except RuntimeError:
            pass
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    at_once(close, list(Statement.objects.all()))
    services.close(refused, actor="ada")
    assert failed == []
    numbers = Statement.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"NL-ABC-2026-01-000{n}" for n in (1, 2, 3, 4)]


@pytest.mark.django_db(transaction=True)
def test_parallel_decisions_and_closing_leave_tallies_that_agree() -> None:
    cdrs = settled(
        *(
            charge(f"C{n}", f"2026-0{n % 2 + 1}-15T10:00:00Z", currency=("EUR", "CHF")[n % 3 == 0])
            for n in range(24)
        )
    )
    failed: list[Exception] = []

    def work(part: int) -> None:
        mine = cdrs[part::4] if part < 4 else []
        try:
            for turn in range(3):
                for cdr in mine if turn % 2 else reversed(mine):
                    decide("drop", cdr)
                    if cdr.pk % 3:
                        decide("accept", cdr)
                mine = [cdr for cdr in mine if cdr.pk % 3]
            if part == 4:
                for one in Statement.objects.filter(month="2026-01-01"):
                    services.close(one, actor="ada")
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    at_once(work, list(range(5)))
    assert failed == []
    for one in Statement.objects.all():
        assert verify(one).is_equal, (one, verify(one).differences)
    net: dict[int | None, int] = {}
    for cdr, before_tax in Entry.objects.values_list("cdr_id", "before_tax"):
        net[cdr] = net.get(cdr, 0) + (1 if before_tax > 0 else -1)
    wanted = {
        review.pk: int(review.state in ("clean", "accepted")) for review in CDRReview.objects.all()
    }
    assert {pk: net.get(pk, 0) for pk in wanted} == wanted


def at_once(work: Callable[[Any], None], parts: list[Any]) -> None:
    threads = [threading.Thread(target=work, args=[part]) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_the_lines_say_where_a_correction_comes_from() -> None:
    settled(charge())
    services.close(statement(), actor="ada")
    decide("drop", CDR.objects.get(), "A test charge")
    march_statement = Statement.objects.get(month="2026-03-01")
    assert lines(march_statement) == [("C1", "correction", "-2.5")]
    assert "A test charge" in march_statement.entries.get().reason


def test_closing_many_costs_the_same_however_many_they_are(
    django_assert_max_num_queries: Any,
) -> None:
    settled(*(charge(f"C{n}", currency=c) for n, c in enumerate(("EUR", "CHF"))))
    with django_assert_max_num_queries(14) as few:
        services.close_many(list(Statement.objects.all()), actor="ada")
    settled(*(charge(f"D{n}", currency=c) for n, c in enumerate(("DKK", "SEK", "NOK", "PLN"))))
    hold(charge("X", currency="PLN"))
    opened = list(Statement.objects.filter(state="open"))
    with django_assert_max_num_queries(len(few.captured_queries)):
        outcomes = services.close_many(opened, actor="ada")
    assert [row.currency for row, problem in outcomes if problem is not None] == ["PLN"]
    numbers = Statement.objects.exclude(number="").values_list("number", flat=True)
    assert sorted(numbers) == [f"NL-ABC-2026-01-000{n}" for n in (1, 2, 3, 4, 5)]


@pytest.mark.django_db(transaction=True)
def test_what_is_made_anew_follows_the_review_as_it_stands_then() -> None:
    (cdr,) = settled(charge())
    failed: list[Exception] = []

    def anew() -> None:
        try:
            booking.book([cdr.pk], anew=True)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    with transaction.atomic():
        Statement.objects.select_for_update().get()
        other = threading.Thread(target=anew)
        other.start()
        until_it_waits()
        decide("drop", cdr)
    other.join(timeout=60)
    assert failed == []
    assert lines(statement()) == []
    assert verify(statement()).is_equal


def until_it_waits() -> None:
    """Until another connection to this database waits for a lock."""
    with database.cursor() as cursor:
        waiting = 0
        while not waiting:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            (waiting,) = cursor.fetchone()
