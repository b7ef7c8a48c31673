"""What finance finds in the demo."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from cdrs.models import CDR
from charging.models import Session
from ocpi.versioned import validate_document
from parties.models import Event, Party
from review.choices import Direction, DisputeState, ReviewState
from review.models import CDRReview, Dispute
from roaming import demo, demo_charges, demo_finance, demo_history
from settlement.choices import StatementState
from settlement.models import Statement
from settlement.services import close
from tariffs.models import AgreedTariff, SellingRule, TariffDraft

NOW = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> None:
    """A demo whose partner has not registered yet, with what finance finds."""
    settings.DEMO = True
    settings.SIMULATOR_URL = settings.BACK_OFFICE_URL = "http://127.0.0.1:9"
    settings.VAR_DIR = tmp_path
    demo.prepare()
    demo_charges.prepare()
    demo_finance.prepare()


def histories(now: datetime) -> tuple[demo_history.History, demo_history.History]:
    party, name = demo_charges.PARTNER, demo_charges.PARTNER_NAME
    return demo_history.of_partner(party, name, now), demo_history.of_ours(party, name, now)


def test_last_month_is_the_same_each_time_valid_and_within_the_month() -> None:
    assert demo_history.last_month(NOW) == date(2025, 12, 1)
    for history, again in zip(histories(NOW), histories(NOW), strict=True):
        assert history == again
        for document in history.cdrs:
            assert validate_document("2.3.0", "cdr", document) == document
            assert document["end_date_time"].startswith("2025-12-")
        for document in history.sessions:
            assert validate_document("2.3.0", "session", document) == document


@pytest.mark.django_db
def test_last_month_is_here_in_both_directions_and_checked(filled: None) -> None:
    states = Counter(CDRReview.objects.values_list("direction", "state"))
    wrong = len(demo_history.WRONG)
    assert states == {
        # One of the wrong ones is billed twice: the first of the two is right.
        (Direction.PAYABLE, ReviewState.CLEAN): demo_history.COUNT - wrong + 1,
        (Direction.PAYABLE, ReviewState.FLAGGED): wrong - len(demo_history.DISPUTED),
        (Direction.PAYABLE, ReviewState.DISPUTED): len(demo_history.DISPUTED),
        (Direction.RECEIVABLE, ReviewState.CLEAN): demo_history.COUNT,
    }
    assert Session.objects.count() == 2 * demo_history.COUNT
    assert CDR.objects.exclude(session_key="").count() == 2 * demo_history.COUNT + 1
    assert {str(party) for party in Party.objects.ours()} == {"NL*DEM CPO", "NL*DEM EMSP"}


@pytest.mark.django_db
def test_what_we_bill_can_be_closed_at_once(filled: None) -> None:
    month = demo_history.last_month(timezone.now())
    ours, theirs = (
        Statement.objects.get(direction=direction, month=month)
        for direction in (Direction.RECEIVABLE, Direction.PAYABLE)
    )
    close(ours, actor="finance")
    ours.refresh_from_db()
    assert ours.state == StatementState.DRAFT
    assert theirs.state == StatementState.OPEN


@pytest.mark.django_db
def test_a_dispute_waits_for_the_partner(filled: None) -> None:
    dispute = Dispute.objects.get()
    assert dispute.state == DisputeState.OPEN
    assert dispute.claimed > 0
    assert dispute.sent_at is not None


@pytest.mark.django_db
def test_prices_are_agreed_sold_and_drafted(filled: None) -> None:
    assert AgreedTariff.objects.count() == 14
    rule = SellingRule.objects.get()
    assert (rule.markup_percent, rule.fee) == (demo_finance.MARKUP_PERCENT, demo_finance.FEE)
    assert CDRReview.objects.filter(direction=Direction.PAYABLE, margin__gt=0).exists()
    draft = TariffDraft.objects.get()
    assert draft.replaces is not None
    assert draft.document["elements"][0]["price_components"][0]["price"] == pytest.approx(0.41)


@pytest.mark.django_db
def test_a_second_start_adds_nothing_and_keeps_what_staff_changed(filled: None) -> None:
    SellingRule.objects.update(markup_percent=5)
    AgreedTariff.objects.all().delete()
    events = Event.objects.count()

    demo_finance.prepare()

    assert Event.objects.count() == events
    assert SellingRule.objects.get().markup_percent == 5
    assert not AgreedTariff.objects.exists()


@pytest.mark.django_db
def test_a_portal_that_is_no_demo_gets_nothing() -> None:
    demo_finance.prepare()
    assert not CDR.objects.exists()
    assert not SellingRule.objects.exists()
