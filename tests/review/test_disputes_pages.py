"""Staff pages of disputes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from parties.models import Event
from review.choices import DisputeState, ReviewState
from review.disputes import services as disputes
from review.models import Dispute, DisputeTerms
from roaming import permissions
from tests import builders
from tests.review.disputing import Biller, opened, states, told
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
LIST = "admin:review_dispute_changelist"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


@pytest.fixture
def biller() -> Biller:
    return Biller()


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, case: Dispute) -> str:
    return text(client, reverse("admin:review_dispute_change", args=[case.pk]))


def listed(client: Client, query: str = "") -> set[int]:
    return {row.pk for row in client.get(reverse(LIST) + query).context["cl"].result_list}


def act(client: Client, case: Dispute, action: str, **given: str) -> str:
    """Ask first, then do it; what the page says after that."""
    url = reverse(f"admin:review_dispute_{action}", args=[case.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, given, follow=True)
    return answer.content.decode()


def test_amounts_are_rounded_to_the_currency_and_exact_beneath(
    client: Client, biller: Biller
) -> None:
    (review,) = biller.bill("C1")
    case = opened([review], claimed={review.pk: Decimal("1234.63531")})
    shown = '<span class="number" title="EUR 1\u202f234.63531">EUR 1\u202f234.64</span>'
    assert shown in text(client, reverse(LIST))
    assert shown in page(client, case)


def test_the_tabs_are_whose_turn_it_is(client: Client, biller: Biller) -> None:
    draft, waiting, answered, closed = biller.bill("C1", "C2", "C3", "C4")
    cases = [opened([draft]), told([waiting]), told([answered]), told([closed])]
    disputes.answered(cases[2], answer="No.", actor="fay")
    disputes.close(cases[3], outcome="paid", reason="Fine", actor="fay")
    keys = [case.pk for case in cases]
    assert listed(client) == set(keys[:3])
    assert listed(client, "?tab=us") == {keys[0], keys[2]}
    assert listed(client, "?tab=closed") == {keys[3]}
    assert listed(client, "?tab=all") == set(keys)
    assert listed(client, "?tab=overdue") == set()
    assert "No partner is late" in text(client, reverse(LIST) + "?tab=overdue")
    Dispute.objects.filter(pk=keys[1]).update(deadline=timezone.now() - timedelta(days=1))
    assert listed(client, "?tab=overdue") == {keys[1]}
    assert "Overdue" in text(client, reverse(LIST))
    assert "The partner is late." in page(client, cases[1])


@pytest.mark.parametrize("query", ["{number}", "D-{key}", "night", "T-7", "c1"])
def test_a_case_is_found_by_what_people_know_of_it(
    client: Client, biller: Biller, query: str
) -> None:
    one, other = biller.bill("C1", "C2")
    case = told([one])
    told([other], contact="x")
    Dispute.objects.exclude(pk=case.pk).update(title="Other")
    disputes.answered(case, answer="No.", partner_reference="T-7", actor="fay")
    asked = query.format(number=case.number, key=case.pk)
    assert listed(client, f"?q={asked}") == {case.pk}


def test_the_list_says_partner_cdrs_amount_and_deadline(client: Client, biller: Biller) -> None:
    told(biller.bill("C1", "C2"))
    shown = text(client, reverse(LIST))
    for words in (
        "NL*ABC",
        "They",
        "EUR 1.00",
        "Waiting for the partner",
        "in 14 days",
        "Night price",
    ):
        assert words in shown or words == "They"


def test_a_case_is_opened_from_the_page_of_a_cdr(client: Client, biller: Biller) -> None:
    (review,) = biller.bill("C1")
    cdr_page = reverse("admin:cdrs_cdr_change", args=[review.pk])
    address = f"{reverse('admin:review_dispute_open')}?cdr={review.pk}"
    assert address in text(client, cdr_page)
    form = text(client, address)
    assert 'value="0.5' in form
    assert "Dispute CDRs" in form
    given = {"cdr": review.pk, f"claimed_{review.pk}": "1.25"}
    url = reverse("admin:review_dispute_open")
    assert "This field is required" in client.post(url, given).content.decode()
    assert not Dispute.objects.exists()
    words = {"title": "Too much", "claim": "Twice the price"}
    shown = client.post(url, {**given, **words}, follow=True).content.decode()
    case = Dispute.objects.get()
    assert case.claimed == 1.25
    for said in (case.number, "Too much", "Twice the price", "Nobody was told yet", "C1"):
        assert said in shown
    assert case.number in text(client, cdr_page)
    assert address not in text(client, cdr_page)


def test_more_cdrs_join_a_case_that_runs(client: Client, biller: Biller) -> None:
    one, two = biller.bill("C1", "C2")
    case = opened([one])
    url = reverse("admin:review_dispute_open")
    assert "Add to D-" in text(client, f"{url}?cdr={two.pk}")
    client.post(url, {"cdr": two.pk, f"claimed_{two.pk}": "0.5", "case": case.pk})
    assert case.disputed.count() == 2


def test_what_cannot_be_disputed_together_is_said(client: Client, biller: Biller) -> None:
    (one,) = biller.bill("C1")
    (two,) = biller.bill("C2", currency="CHF")
    url = f"{reverse('admin:review_dispute_open')}?cdr={one.pk}&cdr={two.pk}"
    assert "several currencies" in text(client, url)


def test_claim_and_cdrs_are_changed(client: Client, biller: Biller) -> None:
    one, two = biller.bill("C1", "C2")
    case = opened([one, two])
    url = reverse("admin:review_dispute_edit", args=[case.pk])
    assert "Take out" in text(client, url)
    given = {"title": "New", "claim": "Other", f"claimed_{one.pk}": "2", f"claimed_{two.pk}": "0.5"}
    client.post(url, {**given, f"remove_{two.pk}": "on"})
    case.refresh_from_db()
    assert (case.title, case.claim, case.claimed) == ("New", "Other", Decimal(2))
    assert case.disputed.get().review == one
    everything = {**given, f"remove_{one.pk}": "on"}
    client.post(url, everything)
    assert case.disputed.count() == 1


def test_a_case_goes_its_way_on_its_page(client: Client, biller: Biller) -> None:
    case = opened(biller.bill("C1"))
    shown = act(client, case, "tell", contact="Ann", deadline="")
    assert "It waits for the partner now." in shown
    assert "Ann" in shown
    assert "Write" not in act(client, case, "note", text="Called them")
    assert "Called them" in page(client, case)
    later = timezone.localdate() + timedelta(days=40)
    act(client, case, "postpone", deadline=later.isoformat(), reason="Holidays")
    assert f"They have until {later}" in page(client, case)
    shown = act(client, case, "answered", answer="We were right.", partner_reference="T-7")
    assert "We were right." in shown
    assert "Waiting for us" in shown
    act(client, case, "ask-again", text="Look again", deadline="")
    shown = act(client, case, "close", outcome="partly", agreed="", reason="Phone")
    assert "Say how much is credited" in shown
    shown = act(client, case, "close", outcome="partly", agreed="0.3", reason="Phone")
    assert "Credited in part" in shown
    assert states() == [ReviewState.ACCEPTED]
    act(client, case, "reopen", reason="They did not credit it")
    assert states() == [ReviewState.DISPUTED]
    actors = set(Event.objects.filter(subject=case.reference).values_list("actor", flat=True))
    assert actors == {"fay", "finance-member"}


def test_a_credit_cdr_proposes_to_close(client: Client, biller: Biller) -> None:
    case = told(biller.bill("C1"))
    assert "close-as-proposed" not in page(client, case)
    biller.credit("C1")
    shown = page(client, case)
    assert "It can be closed as “Credited by the partner”" in shown
    assert "C1-C" in shown
    assert "The case is closed." in act(client, case, "close-as-proposed")
    assert Dispute.objects.get().outcome == "credited"


def test_a_case_whose_cdrs_were_decided_otherwise_says_so(client: Client, biller: Biller) -> None:
    rows = biller.bill("C1")
    case = told(rows)
    type(rows[0]).objects.update(state=ReviewState.ACCEPTED)
    assert "None of its CDRs is disputed any more" in page(client, case)


def test_looking_changes_nothing(client: Client, biller: Biller) -> None:
    case = told(biller.bill("C1"))
    for action in ("answered", "ask-again", "postpone", "note", "close"):
        client.get(reverse(f"admin:review_dispute_{action}", args=[case.pk]))
    case.refresh_from_db()
    assert case.state == DisputeState.OPEN


@pytest.mark.parametrize("group", [permissions.VIEWERS, permissions.OPERATIONS])
def test_others_look_and_do_nothing(log_in: LogIn, biller: Biller, group: str) -> None:
    (one, other) = biller.bill("C1", "C2")
    case = told([one])
    client = log_in(group)
    assert "Mark as told" not in page(client, case)
    for name, arguments in (
        ("admin:review_dispute_close", [case.pk]),
        ("admin:review_dispute_edit", [case.pk]),
        ("admin:review_dispute_open", []),
    ):
        url = reverse(name, args=arguments) + f"?cdr={other.pk}"
        assert client.get(url).status_code == 403
        assert client.post(url).status_code == 403


def test_terms_are_set_per_partner_and_in_general(client: Client, biller: Biller) -> None:
    partner = builders.party("NL*ABC", "CPO")
    url = reverse("admin:review_disputeterms_add")
    for who in ("", partner.pk):
        answer = client.post(url, {"partner": who, "answer_days": "9", "contact": "mail"})
        assert answer.status_code == 302
    assert client.post(url, {"partner": "", "answer_days": "0"}).status_code == 200
    change = reverse(
        "admin:review_disputeterms_change", args=[DisputeTerms.objects.get(partner=None).pk]
    )
    client.post(change, {"answer_days": "21", "contact": ""})
    terms = dict(DisputeTerms.objects.values_list("partner", "answer_days"))
    assert terms == {None: 21, partner.pk: 9}
    assert "Everybody else" in text(client, reverse("admin:review_disputeterms_changelist"))
    assert Event.objects.filter(name="dispute.terms").count() == 3
