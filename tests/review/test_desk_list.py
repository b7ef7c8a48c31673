"""The desk's list: order, filters, sums, exports."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review.models import CDRReview
from roaming import permissions
from tests import builders
from tests.cdrs.support import hold
from tests.review.desk import LIST, exception
from tests.staff.conftest import LogIn, log_in, no_cached_figures
from tests.staff.test_spreadsheets import cells

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def listed(client: Client, query: str = "") -> list[str]:
    rows = client.get(reverse(LIST) + query).context["cl"].result_list
    return [review.cdr.cdr_id for review in rows]


def text(client: Client, query: str = "") -> str:
    return client.get(reverse(LIST) + query).content.decode()


def content(client: Client, kind: str, query: str = "") -> bytes:
    answer = client.get(reverse(f"admin:review_cdrreview_{kind}") + query)
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_the_list_begins_with_what_is_most_at_stake(client: Client) -> None:
    exception("C1", "1")
    exception("C2", "30")
    exception("C3", "30")
    assert listed(client) == ["C3", "C2", "C1"]


def test_a_line_says_who_owes_what_and_why(client: Client) -> None:
    exception()
    shown = text(client)
    for words in (
        "DE*XYZ",
        "They owe us",
        "EUR 2.50",
        "EUR 2.00",
        "EUR +0.50",
        "we ask too much",
        "EUR 3.00",
        "Price differs",
        "by the tariff in the CDR it would be EUR 2.00.",
        "Step size is ignored",
        "UTC",
    ):
        assert words in shown, words


def test_less_than_a_cent_is_called_rounding(client: Client) -> None:
    exception(computed=Decimal("2.4999"), difference=Decimal("0.0001"))
    shown = text(client)
    assert "rounding only" in shown
    assert "we ask too much" not in shown


def test_what_is_fine_or_decided_is_not_in_the_way(client: Client) -> None:
    exception("C1")
    exception("C2", state="accepted")
    exception("C3", state="clean")
    exception("C4", state="disputed")
    hold(builders.cdr("C5"))
    assert listed(client) == ["C1"]
    assert listed(client, "?state=accepted") == ["C2"]
    assert listed(client, "?state=clean") == ["C3"]
    assert listed(client, "?state=disputed") == ["C4"]
    assert listed(client, "?state=waiting") == ["C5"]
    assert set(listed(client, "?state=all")) == {"C1", "C2", "C3", "C4", "C5"}
    tabs = {tab["label"]: tab["count"] for tab in client.get(reverse(LIST)).context["tabs"]}
    assert (tabs["To review"], tabs["Accepted"], tabs["Everything"]) == ("1", "1", "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?reason=price", ["C1"]),
        ("?reason=duplicate", ["C2"]),
        ("?cause=NO_STEP", ["C1"]),
        ("?direction__exact=payable", ["C2"]),
        ("?month=2026-01", ["C1"]),
        ("?month=2026-02", ["C2"]),
        ("?month=whenever", ["C2", "C1"]),
        ("?currency=CHF", ["C2"]),
        ("?at_stake_from=5&at_stake_to=50", ["C2"]),
        ("?margin=negative", ["C2"]),
        ("?margin=negative&o=7", ["C2"]),
        ("?o=3", ["C1", "C2"]),
        ("?o=-3", ["C2", "C1"]),
        ("?o=7", ["C1", "C2"]),
        ("?q=c1", ["C1"]),
        ("?q=NL*ABC/C2", ["C2"]),
        ("?q=DE-XYZ", ["C2", "C1"]),
        ("?q=s77", ["C2"]),
        ("?q=INV7", ["C2"]),
        ("?q=unheard", []),
        ("?q=C1&state=accepted", []),
    ],
)
def test_the_list_can_be_narrowed(client: Client, query: str, expected: list[str]) -> None:
    other = {"currency": "CHF", "session_id": "S77", "invoice_reference_id": "INV7"}
    exception("C1", "1")
    exception(
        "C2",
        "9",
        cdr=other,
        reasons=["duplicate"],
        cause="TAX_ADDED",
        direction="payable",
        ended_at=datetime(2026, 2, 3, tzinfo=UTC),
        margin=Decimal(-1),
    )
    assert listed(client, query) == expected


def test_by_partner(client: Client) -> None:
    review = exception()
    assert listed(client, f"?partner__id__exact={review.partner_id}") == ["C1"]
    assert listed(client, f"?partner__id__exact={review.ours_id}") == []


def test_what_is_shown_is_summed_per_currency(client: Client) -> None:
    exception("C1", "3")
    exception("C2", "4", computed=None, difference=None)
    exception("C3", "5", cdr={"currency": "CHF"})
    totals = client.get(reverse(LIST)).context["cl"].totals
    assert [
        (t.currency, t.number, t.shown_stated, t.unpriced, t.shown_difference, t.shown_at_stake)
        for t in totals
    ] == [
        ("EUR", 2, "EUR 5.00", 1, "EUR +0.50", "EUR 7.00"),
        ("CHF", 1, "CHF 2.50", 0, "CHF +0.50", "CHF 5.00"),
    ]


def test_an_empty_list_says_where_else_to_look(client: Client) -> None:
    exception("C1", state="clean")
    assert "Nothing is to review" in text(client)
    assert "?state=all&amp;q=C1" in text(client, "?q=C1")


def test_the_csv_holds_what_the_list_shows_in_its_order_and_no_formulas(client: Client) -> None:
    exception("C1", "1")
    exception("=1+2", "2")
    exception("C3", "3", state="accepted")
    rows = list(csv.DictReader(io.StringIO(content(client, "csv").decode())))
    assert [row["CDR"] for row in rows] == ["'=1+2", "C1"]
    assert (rows[1]["currency"], rows[1]["difference before tax"]) == ("EUR", "0.5")
    assert rows[1]["why"] == "Price differs"
    assert "it would be EUR 2.00" in rows[1]["findings"]
    only = list(csv.DictReader(io.StringIO(content(client, "csv", "?q=C1").decode())))
    assert [row["CDR"] for row in only] == ["C1"]


def test_the_spreadsheet_holds_numbers_and_says_what_it_was_narrowed_by(client: Client) -> None:
    exception("=1+2", "2")
    made = content(client, "xlsx", "?currency=EUR")
    head, row = cells(made)
    named = dict(zip((title for _, title in head), row, strict=False))
    assert named["CDR"] == ("inlineStr", "=1+2")
    assert named["stated before tax"] == ("n", "2.5")
    about = {line[0][1]: line[1][1] for line in cells(made, 2)}
    assert (about["currency"], about["rows"]) == ("EUR", "1")


def test_the_list_costs_the_same_for_one_as_for_many(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        exception(f"C{number}")
    client.get(reverse(LIST))
    with django_assert_max_num_queries(18):
        client.get(reverse(LIST))


def test_everybody_in_staff_who_looks_at_money_may_look_and_others_may_not(log_in: LogIn) -> None:
    exception()
    for group, status in ((permissions.VIEWERS, 200), (permissions.OPERATIONS, 200), ("", 403)):
        assert log_in(group).get(reverse(LIST)).status_code == status


def test_a_search_of_many_is_left_to_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("review.finding.FEW", 1)
    exception("C1", "1")
    exception("C2", "2")
    CDRReview.objects.filter(cdr__cdr_key="C2").update(state="accepted")
    assert listed(client, "?q=C") == ["C1"]
