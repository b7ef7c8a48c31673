"""The page of one review, the section on the CDR's page, and the list of decisions."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from review import checking, services
from review.models import CDRReview
from roaming import permissions
from tests import builders
from tests.cdrs.support import hold
from tests.review.desk import LIST, exception, page_of
from tests.staff.conftest import LogIn, log_in, no_cached_figures
from tests.staff.test_spreadsheets import cells

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
DECISIONS = "admin:review_reviewdecision_changelist"
TARIFF = builders.tariff(
    elements=[builders.priced(ENERGY=0.25), builders.priced(FLAT=1.0, PARKING_TIME=3.0)]
)


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def checked(*documents: dict[str, Any]) -> CDRReview:
    """CDRs as they come, with their checks; the review of the last one."""
    hold(*documents)
    checking.drain()
    return CDRReview.objects.latest("pk")


def dear(identifier: str = "C1", **fields: Any) -> dict[str, Any]:
    """10 kWh at 0.25 and a fee of 1.00: 3.50, stated as 4.70."""
    return builders.cdr(
        identifier,
        tariffs=[TARIFF],
        total_energy_cost={"before_taxes": 2.5},
        total_fixed_cost={"before_taxes": 2.2},
        total_cost={"before_taxes": 4.7},
        **fields,
    )


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_in_sentences_what_is_wrong(client: Client) -> None:
    review = checked(dear())
    shown = text(client, page_of(review))
    for words in (
        "We ask DE*XYZ EUR 4.70 before tax; we make it EUR 3.50, EUR 1.20 less (25.5 %)",
        "What is wrong",
        "Price differs",
        "EUR 1.20</span> at stake",
        "It stays out of statements until somebody decides.",
        "Accepted CDRs are settled as they are stated",
    ):
        assert words in shown, words


def test_the_price_stands_part_by_part_with_how_it_comes_about(client: Client) -> None:
    review = checked(dear())
    answer = client.get(page_of(review))
    parts = {part["name"]: part for part in answer.context["price"]["parts"]}
    assert "EUR 2.20" in parts["Fixed fees"]["stated"]
    assert "EUR 1.00" in parts["Fixed fees"]["computed"]
    assert "EUR +1.20" in parts["Fixed fees"]["difference"]
    assert parts["Energy"]["is_same"]
    assert parts["Total before tax"]["matters"]
    shown = answer.content.decode()
    assert "How we came to this price" in shown
    assert "Energy: 10 kWh at EUR 0.25 per kWh, by element 1." in shown
    assert "Priced by the tariff in the CDR." in shown


def test_a_credit_is_compared_with_what_it_takes_back(client: Client) -> None:
    """D18: only the total of a Credit CDR is turned round."""
    credit = {"credit": True, "credit_reference_id": "C1"}
    taken = {**dear("C1-C", **credit), "total_cost": {"before_taxes": -3.5}}
    review = checked(dear(), taken)
    answer = client.get(page_of(review))
    parts = {part["name"]: part for part in answer.context["price"]["parts"]}
    assert "3.50" in parts["Total before tax"]["computed"]
    assert parts["Total before tax"]["is_same"]


def test_what_cannot_be_priced_says_why(client: Client) -> None:
    review = checked(builders.cdr())
    shown = text(client, page_of(review))
    assert "We cannot say what it should cost. It carries no tariff and names none" in shown


def test_a_tariff_that_came_later_is_said_to_change_the_price(client: Client) -> None:
    review = checked(dear())
    CDRReview.objects.update(computed=3)
    assert "Our price is another one now" in text(client, page_of(review))


def test_the_other_charge_stands_beside_it(client: Client) -> None:
    review = checked(dear("C1"), dear("C2"))
    answer = client.get(page_of(review))
    (other,) = answer.context["others"]
    assert (other["cdr"].cdr_id, other["common"]) == ("C1", "the same session, token, EVSE")
    assert "same cost" in other["same"]


def test_neighbours_of_the_list_it_was_opened_from(client: Client) -> None:
    exception("C5", "5")
    same = [exception(f"D{number}", "4") for number in range(3)]
    exception("E1", "1")
    exception("E2", "9", cdr={"currency": "CHF"})
    queue = quote("currency=EUR")
    answer = client.get(page_of(same[1], f"?queue={queue}"))
    entries = [one["review"].cdr.cdr_id for one in answer.context["queue"]["entries"]]
    assert entries == ["C5", "D2", "D1", "D0", "E1"]
    assert answer.context["queue"]["left"] == "5 of 5 left"
    assert page_of(same[2]) in answer.context["queue"]["previous"]
    assert page_of(same[0]) in answer.context["queue"]["next"]
    assert "currency%3DEUR" in answer.context["queue"]["next"]


@pytest.mark.parametrize("query", ["state=all", "margin=negative", "state=accepted&o=3"])
def test_every_order_has_neighbours(client: Client, query: str) -> None:
    reviews = [exception(f"C{n}", str(n), margin=-n, state="accepted") for n in range(3)]
    if query.startswith("margin"):
        query += "&state=accepted"
    rows = client.get(reverse("admin:review_cdrreview_changelist") + f"?{query}")
    expected = [one.pk for one in rows.context["cl"].result_list]
    answer = client.get(page_of(reviews[1], f"?queue={quote(query)}"))
    assert [one["review"].pk for one in answer.context["queue"]["entries"]] == expected


def test_a_queue_that_makes_no_sense_is_all_that_is_to_review(client: Client) -> None:
    review = exception()
    assert text(client, page_of(review, f"?queue={quote('nonsense__x=1')}&of=x"))


def test_the_history_says_who_decided_what(client: Client) -> None:
    review = exception()
    services.accept([review.pk], reason="By phone", actor="ada")
    services.reopen([review.pk], reason="Too quick", actor="bob")
    shown = text(client, page_of(review))
    assert "Accepted: By phone" in shown
    assert "Taken back: Too quick" in shown
    assert "EUR 3.00</span> at stake" in shown


def test_the_page_of_the_cdr_has_the_review_in_short(client: Client, log_in: LogIn) -> None:
    review = exception()
    services.accept([review.pk], reason="By phone", actor="ada")
    shown = text(client, reverse("admin:cdrs_cdr_change", args=[review.pk]))
    assert "Last: accepted by ada" in shown
    assert page_of(review) in shown


def test_the_page_asks_the_database_a_bounded_number_of_times(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        exception(f"C{number}")
    review = checked(dear("D1"), dear("D2"))
    client.get(page_of(review))
    with django_assert_max_num_queries(75):
        client.get(page_of(review))


def test_decisions_are_listed_narrowed_and_exported(client: Client) -> None:
    first, second = exception("C1"), exception("=C2", cdr={"currency": "CHF"})
    services.accept([first.pk], reason="By phone", actor="ada")
    services.drop([second.pk], reason="=cmd", actor="bob")

    def listed(query: str) -> list[str]:
        rows = client.get(reverse(DECISIONS) + query).context["cl"].result_list
        return [one.review.cdr.cdr_id for one in rows]

    assert listed("") == ["=C2", "C1"]
    assert listed("?by=ada") == ["C1"]
    assert listed("?decision=drop") == ["=C2"]
    assert listed("?q=C1") == ["C1"]
    assert listed(f"?partner__id__exact={first.partner_id}") == ["=C2", "C1"]
    assert listed("?at_to=2026-01-01") == []
    answer = client.get(reverse("admin:review_reviewdecision_csv") + "?decision=drop")
    made = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(made))
    assert (row["CDR"], row["reason"], row["by"], row["currency"]) == (
        "'=C2",
        "'=cmd",
        "bob",
        "CHF",
    )
    answer = client.get(reverse("admin:review_reviewdecision_xlsx"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(cells(content)) == 3


def test_nobody_changes_a_decision(client: Client, log_in: LogIn) -> None:
    review = exception()
    services.accept([review.pk], reason="By phone", actor="ada")
    boss = log_in(permissions.ADMINISTRATION)
    decision = review.decisions.get()
    url = reverse("admin:review_reviewdecision_change", args=[decision.pk])
    assert boss.post(url, {"reason": "Other"}).status_code == 403
    assert review.decisions.get().reason == "By phone"


@pytest.mark.parametrize(
    "document",
    [
        builders.cdr(
            credit=True, credit_reference_id="C0", total_cost={"before_taxes": -2.5}, id="C1-C"
        ),
        builders.cdr(session_id=None, charging_periods=[builders.period(ENERGY=0.0)]),
        builders.cdr(total_cost={"before_taxes": 0}, currency="XTS"),
    ],
    ids=["credit", "no session", "free, in a currency nobody knows"],
)
def test_odd_cdrs_have_a_page_too(client: Client, document: dict[str, Any]) -> None:
    review = checked({name: value for name, value in document.items() if value is not None})
    assert "The price, part by part" in text(client, page_of(review))
    assert review.cdr.cdr_id in text(client, reverse(LIST) + "?state=all")


def test_nobody_known_is_said(client: Client) -> None:
    review = exception(partner=None, direction="passed_on")
    assert "One partner asks another EUR 2.50" in text(client, page_of(review))
    assert "Nobody known" in text(client, reverse(LIST))
