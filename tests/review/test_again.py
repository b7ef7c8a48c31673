"""Checks are set, tried out on the past, and run again over it; every change leaves a trace."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cdrs import services as cdrs
from cdrs.models import CDRConflict
from exchange import jobs
from exchange.choices import JobState
from exchange.models import Job
from parties.models import Event
from review import again, checking, services, trials
from review.checks import NotAllowed
from review.choices import ReviewState, Severity
from review.decided import Change, changed
from review.models import CDRReview, CheckSetting, ReviewDecision, Trial
from review.services import NotPossible
from review.services.strictness import make_usual, set_check, subject
from review.walking import Stretch, pages
from tests import builders
from tests.cdrs.support import cpo
from tests.review import support
from tests.review.support import bought, check, credit, right

pytestmark = pytest.mark.django_db
JANUARY = Stretch(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def charges(count: int, prices: list[float]) -> None:
    """Charges of the usual tariff, some with another price."""
    for number in range(count):
        amount = prices[number] if number < len(prices) else 2.5
        card = builders.cdr_token(uid=f"CARD{number}", contract_id=support.CONTRACT)
        place = {**builders.cdr()["cdr_location"], "evse_uid": str(number)}
        bought(
            right(
                f"C{number}",
                session_id=f"S{number}",
                total_cost={"before_taxes": amount},
                total_energy_cost={"before_taxes": amount},
                cdr_token=card,
                cdr_location=place,
            )
        )
    checking.drain()


def tried(code: str, parameters: dict[str, Any], stretch: Stretch = JANUARY) -> Trial:
    trial = trials.start(code, stretch, parameters, actor="ada")
    assert trial.job is not None
    trials.run(trial.job)
    trial.refresh_from_db()
    return trial


def test_a_setting_is_kept_with_who_changed_it() -> None:
    partner = cpo()
    set_check(
        "energy_much",
        partner,
        enabled=True,
        severity=Severity.NOTE,
        parameters={"kwh": "400"},
        actor="ada",
    )
    row = CheckSetting.objects.get()
    assert (row.parameters, row.changed_by, row.severity) == ({"kwh": "400"}, "ada", "note")
    event = Event.objects.get(subject=subject("energy_much"))
    assert "NL*ABC" in event.message
    assert "400 kWh" in event.message
    make_usual(row, actor="ada")
    assert not CheckSetting.objects.exists()
    assert Event.objects.filter(subject=subject("energy_much")).count() == 2


@pytest.mark.parametrize("given", ["-1", "much", "1e99", "NaN"])
def test_a_parameter_has_its_limits(given: str) -> None:
    with pytest.raises(NotAllowed):
        set_check(
            "energy_much",
            None,
            enabled=True,
            severity=Severity.HOLD,
            parameters={"kwh": given},
            actor="ada",
        )
    assert not CheckSetting.objects.exists()


def test_a_trial_counts_what_would_have_been_flagged_and_touches_nothing() -> None:
    """3.00 and 2.60 differ from 2.50; a stricter price check flags one more than now."""
    charges(4, [3.0, 2.51])
    before = list(CDRReview.objects.order_by("pk").values())
    trial = tried("price", {"amount": "0.001", "percent": "0"})
    assert (trial.looked_at, trial.flagged, trial.newly_flagged) == (4, 2, 2)
    (row,) = trial.result
    assert (row["partner"], row["currency"], row["cdrs"]) == (cpo().pk, "EUR", 2)
    assert Decimal(row["amount"]) == Decimal("0.51")
    assert len(row["examples"]) == 2
    assert list(CDRReview.objects.order_by("pk").values()) == before
    assert trial.job is not None
    assert trial.job.state == JobState.DONE


def test_a_trial_says_what_nothing_else_flags() -> None:
    charges(3, [3.0])
    trial = tried("energy_much", {"kwh": "5"})
    assert (trial.flagged, trial.newly_flagged) == (3, 2)


def test_a_trial_is_about_its_months_and_its_partner() -> None:
    charges(2, [])
    february = Stretch(JANUARY.until, datetime(2026, 3, 1, tzinfo=UTC))
    assert tried("energy_much", {"kwh": "5"}, february).looked_at == 0
    other = Stretch(JANUARY.since, JANUARY.until, builders.party("FR*ELS").pk)
    assert tried("energy_much", {"kwh": "5"}, other).looked_at == 0


def test_a_check_that_is_off_can_be_tried() -> None:
    charges(2, [])
    assert tried("tiny", {"kwh": "50"}).flagged == 2


def test_the_past_is_checked_again_by_what_is_set_now() -> None:
    charges(3, [])
    services.drop([CDRReview.objects.order_by("pk")[0].pk], reason="Test charge", actor="ada")
    set_check(
        "energy_much",
        None,
        enabled=True,
        severity=Severity.HOLD,
        parameters={"kwh": "5"},
        actor="ada",
    )
    job = again.start(JANUARY, actor="ada")
    again.run(job)
    states = list(CDRReview.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ReviewState.DROPPED, ReviewState.FLAGGED, ReviewState.FLAGGED]
    job.refresh_from_db()
    assert (job.state, job.updated_count) == (JobState.DONE, 2)
    decisions = ReviewDecision.objects.filter(action="check")
    assert {(one.from_state, one.to_state, one.by) for one in decisions} == {
        ("clean", "flagged", "ada")
    }


def test_checking_again_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    charges(5, [])
    job = again.start(JANUARY, actor="ada")
    first = next(iter(pages(JANUARY.reviews(), size=3)))
    Job.objects.filter(pk=job.pk).update(
        state=JobState.FAILED, parameters={**job.parameters, "place": first.place}
    )
    job.refresh_from_db()
    resumed = jobs.restart(job, actor="ada")
    again.run(resumed)
    resumed.refresh_from_db()
    assert (resumed.state, resumed.done, resumed.total) == (JobState.DONE, 2, 2)


def test_what_lies_above_may_keep_a_cdr_as_it_is() -> None:
    charges(4, [])
    locked = CDRReview.objects.order_by("pk")[1].pk

    def refuse(changes: list[Change], **kwargs: Any) -> None:
        if any(change.cdr_id == locked for change in changes):
            raise NotPossible("It is in a statement that is closed.")

    set_check(
        "energy_much",
        None,
        enabled=True,
        severity=Severity.HOLD,
        parameters={"kwh": "5"},
        actor="ada",
    )
    changed.connect(refuse)
    try:
        job = again.start(JANUARY, actor="ada")
        again.run(job)
    finally:
        changed.disconnect(refuse)
    flagged = CDRReview.objects.filter(state=ReviewState.FLAGGED).values_list("pk", flat=True)
    assert len(flagged) == 3
    assert locked not in flagged
    job.refresh_from_db()
    assert "1 are in statements that are closed" in job.message


def test_another_version_that_comes_later_is_found_and_its_settling_too() -> None:
    check(right())
    bought(right(total_energy=11.0))
    assert again.follow() == 1
    assert support.review().reasons == ["conflict"]
    assert again.follow() == 0
    cdrs.settle(CDRConflict.objects.get(), actor="ada")
    assert again.follow() == 1
    assert support.review().state == ReviewState.CLEAN


def test_a_credit_is_checked_again_when_its_original_comes() -> None:
    check(credit("C1"))
    assert support.review("C1-C").reasons == ["credit_original"]
    check(right("C1"))
    assert again.follow() == 1
    assert support.review("C1-C").state == ReviewState.CLEAN
