"""What a CDR was checked without comes later: it is checked again, unless somebody decided about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from parties.models import Agreement
from review import arrived, services
from review.choices import ReviewState
from review.models import Arrival, Awaited, CDRReview, ReviewDecision
from tariffs.services import agreed
from tariffs.services.agreed import AgreedTerms
from tests import builders
from tests.cdrs.support import cpo, emsp
from tests.review import support
from tests.review.support import check, found, review, right
from tokens import services as tokens

pytestmark = pytest.mark.django_db


def history() -> list[tuple[str, str]]:
    return list(ReviewDecision.objects.order_by("id").values_list("to_state", "reason"))


def test_a_card_that_comes_later_clears_the_cdr_and_its_history_says_so() -> None:
    support.token("OTHER", contract_id="DE-XYZ-C00000000-1")
    assert "unknown_token" in check(right()).reasons
    support.token()
    assert arrived.follow() == 1
    assert review().state == ReviewState.CLEAN
    ((state, reason),) = history()
    assert state == ReviewState.CLEAN
    assert reason == "Checked again: its card arrived, a card of its contract arrived."
    assert not Awaited.objects.exists()
    assert not Arrival.objects.exists()


def test_a_session_that_comes_later_is_looked_at_too() -> None:
    support.session(id="OTHER")
    assert "no_session" in found(check(right()))
    support.session(kwh=5.0)
    assert arrived.follow() == 1
    assert found(review()) == {"session_energy"}
    support.session(kwh=10.0, last_updated="2026-01-02T11:00:00Z")
    assert arrived.follow() == 1
    assert review().state == ReviewState.CLEAN
    assert history()[-1] == ("clean", "Checked again: its session arrived.")


def test_a_tariff_that_comes_later_prices_the_cdr() -> None:
    row = check(
        right(
            tariffs=None,
            charging_periods=[builders.period(ENERGY=10.0, TIME=1.0, tariff_id="T1")],
        )
    )
    assert (row.computed, "unpriced" in found(row)) == (None, True)
    support.tariff(last_updated="2025-01-01T00:00:00Z")
    arrived.follow()
    assert review().computed == review().stated


def test_agreed_tariffs_that_staff_set_are_looked_at() -> None:
    agreement = Agreement.objects.create(ours=emsp(), theirs=cpo())
    begun = AgreedTerms("T9", valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    row = agreed.save_agreed(agreement, begun, actor="ada")
    assert "tariff_not_agreed" in check(right()).reasons
    agreed.save_agreed(agreement, AgreedTerms("T1", begun.valid_from), agreed=row, actor="ada")
    assert arrived.follow() == 1
    assert review().state == ReviewState.CLEAN
    assert history()[-1][1] == "Checked again: which tariffs are agreed was set."


def test_what_somebody_decided_stays() -> None:
    support.token("OTHER", contract_id="DE-XYZ-C00000000-1")
    rows = [check(right("C1")), check(right("C2", session_id="S2"))]
    services.drop([rows[0].pk], reason="Not paid", actor="ada")
    support.token()
    # Decided about between the arrival and the check.
    services.accept([rows[1].pk], reason="Paid", actor="ada")
    assert arrived.follow() == 0
    assert set(CDRReview.objects.values_list("state", flat=True)) == {"dropped", "accepted"}


def test_an_ordinary_arrival_costs_one_question_however_much_comes() -> None:
    support.token("OTHER", contract_id="DE-XYZ-C00000000-1")
    check(right())
    with CaptureQueriesContext(database) as asked:
        support.token("A")
    with CaptureQueriesContext(database) as many:
        tokens.receive(
            builders.raw(*[builders.token(f"B{number}", "DE*XYZ") for number in range(50)]),
            support.SOURCE,
        )
    for queries in (asked, many):
        about = [one["sql"] for one in queries if "review_" in one["sql"]]
        assert len(about) == 1


def test_what_came_while_the_cdr_was_checked_is_found_a_minute_later() -> None:
    support.token("OTHER", contract_id="DE-XYZ-C00000000-1")
    check(right())
    support.token()
    Arrival.objects.all().delete()  # As if neither had seen the other.
    assert arrived.follow() == 0
    Awaited.objects.update(noted_at=F("noted_at") - timedelta(minutes=2))
    assert arrived.follow() == 1
    assert review().state == ReviewState.CLEAN
