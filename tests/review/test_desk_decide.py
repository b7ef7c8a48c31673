"""Deciding on the desk: asked first, about what was seen, by who may."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from exchange.choices import JobState
from exchange.models import Job
from review import bulk, services, tasks
from review.choices import ReviewState
from review.models import BulkDecision, CDRReview, Dispute, ReviewDecision
from roaming import permissions
from tests.review.desk import LIST, decide_url, exception, page_of
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def states() -> dict[str, str]:
    return dict(CDRReview.objects.values_list("cdr__cdr_id", "state"))


def confirm(client: Client, url: str, **given: Any) -> Any:
    """Look at the question, and answer it."""
    asked = client.get(url)
    seen = asked.context["form"].initial["seen"]
    return client.post(url, {"why": "", "text": "As agreed", "seen": seen, **given}, follow=True)


def test_it_is_asked_with_the_amount_and_what_happens_next(client: Client) -> None:
    review = exception()
    page = client.get(decide_url("accept", f"ids={review.pk}")).content.decode()
    for words in ("Accept CDR C1 as stated?", "EUR 2.50", "EUR 3.00", "What happens next"):
        assert words in page
    assert states() == {"C1": "flagged"}


def test_a_decision_is_written_with_its_reason(client: Client) -> None:
    review = exception()
    confirm(client, decide_url("accept", f"ids={review.pk}"), why="Agreed with the partner")
    assert states() == {"C1": "accepted"}
    decision = ReviewDecision.objects.get()
    assert (decision.reason, decision.by, decision.currency, decision.partner) == (
        "Agreed with the partner. As agreed",
        "finance-member",
        "EUR",
        review.partner,
    )


@pytest.mark.parametrize("action", ["accept", "dispute", "drop", "retry"])
def test_without_a_reason_nothing_is_decided(client: Client, action: str) -> None:
    review = exception()
    answer = confirm(client, decide_url(action, f"ids={review.pk}"), text=" ", title="T")
    assert "A reason is needed" in answer.content.decode()
    assert states() == {"C1": "flagged"}


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("accept", "dropped", "accepted"),
        ("drop", "accepted", "dropped"),
        ("retry", "accepted", "waiting"),
        ("reopen", "accepted", "flagged"),
        ("accept", "clean", "clean"),
        ("accept", "disputed", "disputed"),
        ("drop", "waiting", "waiting"),
    ],
)
def test_what_is_possible_depends_on_where_it_stands(
    client: Client, action: str, before: str, after: str
) -> None:
    review = exception(state=before)
    url = decide_url(action, f"ids={review.pk}")
    if before == after:
        assert "Left as they are" in client.get(url, follow=True).content.decode()
    else:
        confirm(client, url)
    assert states() == {"C1": after}


def test_what_changed_while_somebody_looked_is_asked_again(client: Client) -> None:
    review = exception()
    url = decide_url("accept", f"ids={review.pk}")
    seen = client.get(url).context["form"].initial["seen"]
    CDRReview.objects.update(at_stake=Decimal(70))
    answer = client.post(url, {"text": "Fine", "seen": seen})
    shown = answer.content.decode()
    assert "changed while you looked" in shown
    assert "EUR 70.00" in shown
    assert states() == {"C1": "flagged"}
    assert f'value="{answer.context["selection"].digest}"' in shown


def test_nobody_decides_what_somebody_else_just_decided(client: Client) -> None:
    review = exception()
    url = decide_url("drop", f"ids={review.pk}")
    seen = client.get(url).context["form"].initial["seen"]
    services.accept([review.pk], reason="By phone", actor="ada")
    client.post(url, {"text": "A test", "seen": seen})
    assert states() == {"C1": "accepted"}


@pytest.mark.parametrize(
    ("group", "may"),
    [
        (permissions.FINANCE, True),
        (permissions.ADMINISTRATION, True),
        (permissions.OPERATIONS, False),
        (permissions.VIEWERS, False),
    ],
)
@pytest.mark.parametrize("action", ["accept", "dispute", "drop", "retry", "reopen"])
def test_who_may_decide(log_in: LogIn, group: str, may: bool, action: str) -> None:
    review = exception(state="accepted" if action == "reopen" else "flagged")
    client = log_in(group)
    answer = client.get(decide_url(action, f"ids={review.pk}"))
    assert answer.status_code == (200 if may else 403)
    page = client.get(page_of(review)).content.decode()
    assert (f"/decide/{action}/" in page) == may
    if not may:
        post = client.post(decide_url(action, f"ids={review.pk}"), {"text": "Mine"})
        assert post.status_code == 403
        assert not ReviewDecision.objects.exists()


def test_selected_ones_are_decided_together_and_per_currency(client: Client) -> None:
    chosen = [exception("C1", "3"), exception("C2", "4", cdr={"currency": "CHF"})]
    exception("C3")
    asked = client.post(
        reverse(LIST),
        {"action": "accept_selected", "_selected_action": [str(one.pk) for one in chosen]},
    )
    url = asked["Location"]
    page = client.get(url).content.decode()
    for words in ("Accept 2 CDRs as stated?", "EUR 3.00", "CHF 4.00"):
        assert words in page
    confirm(client, url)
    assert states() == {"C1": "accepted", "C2": "accepted", "C3": "flagged"}


def test_all_that_the_filter_shows(client: Client) -> None:
    exception("C1", "3")
    exception("C2", "40")
    queue = quote("at_stake_from=10")
    confirm(client, decide_url("drop", f"matching=1&queue={queue}"))
    assert states() == {"C1": "flagged", "C2": "dropped"}


def test_many_are_left_to_a_worker_who_leaves_what_changed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    reviews = [exception(f"C{number}") for number in range(5)]
    answer = confirm(client, decide_url("accept", "matching=1"))
    job = Job.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("admin:exchange_job_change", args=[job.pk])
    assert set(states().values()) == {"flagged"}
    services.drop([reviews[3].pk], reason="A test", actor="ada")
    exception("C9")
    tasks.decide_about_many(job.pk)
    assert states() == {
        "C0": "accepted",
        "C1": "accepted",
        "C2": "accepted",
        "C3": "dropped",
        "C4": "accepted",
        "C9": "flagged",
    }
    made, ended = BulkDecision.objects.get(), Job.objects.get()
    assert (made.done, made.left_out, made.left[0]["cdr"]) == (4, 1, "C3")
    assert (ended.state, ended.done, ended.total) == (JobState.DONE, 5, 5)
    assert "1 left as they are" in ended.message
    assert "by ada" in ended.message
    result = reverse("admin:review_bulkdecision_change", args=[made.pk])
    assert result in client.get(answer.redirect_chain[-1][0]).content.decode()
    page = client.get(result).content.decode()
    assert page_of(reviews[3]) in page
    assert "by now, by ada. Look at it once more." in page
    assert result in client.get(reverse("admin:review_bulkdecision_changelist")).content.decode()


def test_disputes_are_opened_one_per_currency(client: Client) -> None:
    exception("C1")
    exception("C2", cdr={"currency": "CHF"})
    answer = confirm(
        client, decide_url("dispute", "matching=1"), title="January", text="The price is wrong"
    )
    cases = Dispute.objects.order_by("currency")
    assert [(case.currency, case.title, case.claim) for case in cases] == [
        ("CHF", "January", "The price is wrong"),
        ("EUR", "January", "The price is wrong"),
    ]
    assert set(states().values()) == {"disputed"}
    assert cases[0].number in answer.content.decode()


def test_a_dispute_begins_with_what_the_checks_say(client: Client) -> None:
    review = exception()
    form = client.get(decide_url("dispute", f"ids={review.pk}")).context["form"]
    assert form.initial["title"] == "CDR C1: Price differs"
    assert "by the tariff in the CDR it would be EUR 2.00." in form.initial["text"]


def test_what_is_between_others_has_nobody_to_dispute_it_with(client: Client) -> None:
    review = exception(direction="passed_on")
    url = decide_url("dispute", f"ids={review.pk}")
    assert "not between us and a partner" in client.get(url, follow=True).content.decode()
    assert "/decide/dispute/" not in client.get(page_of(review)).content.decode()


def test_after_a_decision_the_next_one_opens(client: Client) -> None:
    low, middle, high = (exception(f"C{stake}", str(stake)) for stake in (1, 2, 3))
    queue = quote("at_stake_from=1")
    url = decide_url("accept", f"ids={high.pk}&walk=1&of=3&queue={queue}")
    answer = confirm(client, url)
    assert answer.redirect_chain[-1][0].startswith(page_of(middle))
    assert "2 of 3 left" in answer.content.decode()
    answer = confirm(client, decide_url("accept", f"ids={middle.pk}&walk=1&of=3"))
    assert answer.redirect_chain[-1][0].startswith(page_of(low))
    answer = confirm(client, decide_url("accept", f"ids={low.pk}&walk=1&of=3"))
    assert answer.redirect_chain[-1][0] == reverse(LIST)
    assert "None is left here" in answer.content.decode()


def test_a_dialog_is_the_question_alone(client: Client) -> None:
    review = exception()
    url = decide_url("accept", f"ids={review.pk}")
    page = client.get(url, headers={"X-Requested-With": "dialog"}).content.decode()
    assert "<html" not in page
    assert "Accept CDR C1 as stated?" in page


def test_what_nobody_can_decide_is_not_there(client: Client) -> None:
    assert client.get(decide_url("check", "ids=1")).status_code == 404
    assert ReviewState.FLAGGED not in states().values()
