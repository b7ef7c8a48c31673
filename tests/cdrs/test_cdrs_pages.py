"""Staff pages of CDRs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cdrs import services, totals
from cdrs.detectors import (
    CDRS_WITHOUT_SESSION,
    CONFLICTS,
    CREDITS_WITHOUT_ORIGINAL,
)
from cdrs.models import CDR, CDRConflict
from charging import records
from charging.models import Session
from charging.sessions import services as sessions
from exchange import detectors
from exchange.registry import Source
from locations.services import put_location
from parties.models import Connection
from review import checking, missing
from review.detectors import MISSING_CDRS
from roaming import permissions
from tariffs.services import put_tariff
from tests import builders
from tests.cdrs.support import RECEIVER, TAXED, cpo, emsp, held, hold, poster, said
from tests.staff.conftest import LogIn, log_in, no_cached_figures
from tokens.services import put_token

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
LIST = "admin:cdrs_cdr_changelist"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(identifier: str = "C1") -> str:
    return reverse("admin:cdrs_cdr_change", args=[held(identifier).pk])


def listed(client: Client, query: str = "") -> set[str]:
    return {cdr.cdr_id for cdr in client.get(reverse(LIST) + query).context["cl"].result_list}


def credit(identifier: str = "C1-C", of: str = "C1", **fields: Any) -> dict[str, Any]:
    given = {"total_cost": {"before_taxes": -2.5}, **fields}
    return builders.cdr(identifier, credit=True, credit_reference_id=of, **given)


def test_the_list_says_who_bills_whom_what(client: Client) -> None:
    hold(builders.cdr(total_cost=TAXED), credit())
    shown = text(client, reverse(LIST))
    for words in ("C1", "NL*ABC", "DE*XYZ", "10 kWh", "EUR 2.50", "EUR 3.00 with tax", "Credit"):
        assert words in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=c1", {"C1", "C1-C"}),
        ("?q=NL*ABC/C2", {"C2"}),
        ("?q=DE-XYZ", {"C1", "C1-C", "C2"}),
        ("?q=INV7", {"C2"}),
        ("?currency=CHF", {"C2"}),
        ("?kind=credit", {"C1-C"}),
        ("?look=original", set()),
        ("?total_cost_from=3&total_cost_to=9", {"C2"}),
        ("?start_date_time_from=2026-01-05", {"C2"}),
        ("?start_date_time_from=2026-01-01&start_date_time_to=2026-01-01", {"C1", "C1-C"}),
        ("?start_date_time_to=whenever", {"C1", "C1-C", "C2"}),
        ("?whose=theirs", set()),
    ],
)
def test_the_list_can_be_narrowed(client: Client, query: str, expected: set[str]) -> None:
    other: dict[str, Any] = {
        "currency": "CHF",
        "total_cost": {"before_taxes": 5},
        "start_date_time": "2026-01-06T10:00:00Z",
        "end_date_time": "2026-01-06T11:00:00Z",
        "invoice_reference_id": "INV7",
    }
    hold(builders.cdr("C1"), credit(), builders.cdr("C2", **other))
    assert listed(client, query) == expected


def test_what_is_shown_is_summed_per_currency(client: Client) -> None:
    hold(builders.cdr("C1", total_cost=TAXED), builders.cdr("C2", currency="CHF"), credit("C3"))
    totals = client.get(reverse(LIST) + "?q=C").context["cl"].totals
    assert {(t.currency, t.number, t.shown_before_tax, t.shown_after_tax) for t in totals} == {
        ("EUR", 2, "EUR 0.00", ""),
        ("CHF", 1, "CHF 2.50", ""),
    }
    assert "not all say their tax" in text(client, reverse(LIST) + "?q=C")


def test_the_export_holds_what_the_filters_show_and_no_formulas(client: Client) -> None:
    hold(builders.cdr("=1+2"), builders.cdr("C2"), credit("C3"))
    answer = client.get(reverse("admin:cdrs_cdr_csv") + "?kind=charge")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(content)))
    assert {row["CDR"] for row in rows} == {"'=1+2", "C2"}
    assert rows[0]["total before tax"] == "2.5"
    assert rows[0]["start"] == "2026-01-01T10:00:00+00:00"
    everything = client.get(reverse("admin:cdrs_cdr_csv"))
    assert b"-2.5" in b"".join(everything.streaming_content)  # type: ignore[attr-defined]


def test_the_page_shows_the_charge_with_everything_it_refers_to(client: Client) -> None:
    """D-012, D-019."""
    document = builders.cdr(
        total_cost=TAXED,
        total_energy_cost={"before_taxes": 2, "taxes": [{"name": "VAT", "amount": 0.4}]},
        total_time_cost={"before_taxes": 0.5},
        total_parking_time=0.25,
        tariffs=[builders.tariff()],
        charging_periods=[
            builders.period(ENERGY=10, TIME=0.75, tariff_id="T1"),
            builders.period("2026-01-01T10:45:00Z", PARKING_TIME=0.25),
        ],
    )
    hold(document)
    put_tariff(cpo(), builders.tariff(), source=None)
    put_location(cpo(), builders.location(), source=None)
    put_token(emsp(ours=False), builders.token("012345678", owner="DE*XYZ"), source=None)
    sessions.put_session(cpo(), builders.session(), source=None)

    shown = text(client, page_of())

    for words in (
        "10 kWh in 1 h 00 min at Gent Zuid, Gent, for EUR 2.50 before tax",
        "2026-01-01 11:00:00 CET",
        "of which parked 15 min",
        "VAT: EUR 0.40",
        "13.33 kW",
        '<svg class="power"',
        "Times in Europe/Brussels, where it was",
        "T1",
        "/admin/tokens/token/",
        "/admin/locations/location/",
        "/admin/tariffs/tariff/",
        "Whitelist of the CPO",
    ):
        assert words in shown
    assert "not here" not in shown
    assert "Worth a look" not in shown


def test_what_does_not_add_up_is_said(client: Client) -> None:
    """D-007, D-019."""
    hold(
        builders.cdr(total_energy=12, total_time=3),
        credit(total_cost={"before_taxes": -2}),
        credit("C1-D", total_cost={"before_taxes": 2.5}),
        credit("C9-C", of="C9"),
    )
    checking.drain()
    shown = text(client, page_of())
    assert "Its periods come to 10 kWh, the total is 12 kWh." in shown
    assert "From start to end are 1 h 00 min, the total time is 3 h 00 min." in shown
    assert "It was credited more than once." in shown
    assert "It does not take back what C1 cost (EUR 2.50)." in text(client, page_of("C1-C"))
    assert "It is a credit with a positive amount." in text(client, page_of("C1-D"))
    assert "which is not here" in text(client, page_of("C9-C"))


def test_the_bytes_are_for_those_who_may_see_them(log_in: LogIn) -> None:
    partner = poster()
    body = builders.raw(said(builders.cdr(), "2.2.1"))[0] + b"\n"
    partner.call("POST", RECEIVER, body)
    address = reverse("admin:cdrs_cdr_original", args=[held().pk])
    assert log_in(permissions.FINANCE).get(address).content == body
    viewer = log_in(permissions.VIEWERS)
    assert viewer.get(address).status_code == 403
    assert "You may not see originals" in text(viewer, page_of())


def test_a_conflict_is_shown_and_settled(client: Client) -> None:
    """D-009."""
    partner = poster()
    for energy in (10, 11):
        document = said(builders.cdr(total_energy=energy), "2.2.1")
        partner.call("POST", RECEIVER, document)
    conflict = CDRConflict.objects.get()
    url = reverse("admin:cdrs_cdrconflict_change", args=[conflict.pk])
    assert "It was sent again with other content" in text(client, page_of())
    assert "total_energy" in text(client, url)
    assert listed(client, "?look=conflict") == {"C1"}
    CDRConflict.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert [row.reference for row in detectors.find(CONFLICTS)] == ["NL*ABC/C1"]

    client.post(reverse("admin:cdrs_cdrconflict_settle", args=[conflict.pk]))

    conflict.refresh_from_db()
    assert conflict.settled_by == "finance-member"
    assert "It was sent again with other content" not in text(client, page_of())
    assert detectors.find(CONFLICTS) == []


def test_forgetting_asks_first_and_is_not_for_everybody(log_in: LogIn) -> None:
    hold(builders.cdr())
    url = reverse("admin:cdrs_cdr_forget", args=[held().pk])
    assert log_in(permissions.FINANCE).post(url).status_code == 403
    operations = log_in(permissions.OPERATIONS)
    assert "nobody can bring them back" in text(operations, url)
    assert held().forgotten_at is None
    operations.post(url)
    assert held().forgotten_at is not None
    shown = text(operations, page_of())
    assert "Its key was destroyed" in shown
    assert "012345678" not in shown


def test_nobody_changes_a_cdr_by_hand(log_in: LogIn) -> None:
    """D-005."""
    hold(builders.cdr())
    client = log_in(permissions.ADMINISTRATION)
    assert client.get(reverse("admin:cdrs_cdr_add")).status_code == 403
    assert client.get(reverse("admin:cdrs_cdr_delete", args=[held().pk])).status_code == 403
    client.post(page_of(), {"total_cost": 0})
    assert held().total_cost > 0


def test_sessions_and_cdrs_without_each_other_are_found(client: Client) -> None:
    """D-011."""
    old = timezone.now() - timedelta(days=3)
    began = (old - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    partner = builders.connection("CPO", speaks_for=(cpo(),))
    emsp()
    for name in ("S1", "S2"):
        document = builders.session(name, status="COMPLETED", start_date_time=began)
        sessions.put_session(cpo(), document, source=partner)
    Session.objects.update(heard_at=old)
    receive_at(
        old, partner, builders.cdr("C1", session_id="s1"), builders.cdr("C2", session_id="X")
    )

    missing.find()
    assert [row.reference for row in detectors.find(MISSING_CDRS)] == ["NL*ABC/S2"]
    assert [row.reference for row in detectors.find(CDRS_WITHOUT_SESSION)] == ["NL*ABC/C2"]
    assert listed(client, "?look=session") == {"C2"}
    (record,) = records.of_session(Session.objects.get(session_key="S1"))
    assert (record.reference, record.url) == ("NL*ABC/C1", page_of("C1"))


def test_credits_without_original_are_late_after_a_day() -> None:
    """D-006."""
    partner = builders.connection("CPO", speaks_for=(cpo(),))
    emsp()
    receive_at(timezone.now() - timedelta(days=2), partner, credit())
    assert [row.reference for row in detectors.find(CREDITS_WITHOUT_ORIGINAL)] == ["NL*ABC/C1-C"]
    receive_at(timezone.now(), partner, builders.cdr())
    assert detectors.find(CREDITS_WITHOUT_ORIGINAL) == []


def receive_at(at: Any, partner: Connection, *documents: dict[str, Any]) -> None:
    """CDRs that came at a time; they cannot be made older afterwards."""
    with time_machine.travel(at, tick=False):
        services.receive(
            builders.raw(*documents),
            Source("pull", "2.3.0", partner, frozenset({cpo().identity})),
        )


def test_no_sum_is_made_of_too_many_or_for_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(builders.cdr("C1"), builders.cdr("C2"))
    monkeypatch.setattr(totals, "MOST", 1)
    assert "Too many CDRs match" in text(client, reverse(LIST) + "?q=C")
    monkeypatch.setattr(totals, "MOST", 10)
    waiting = Cast(Func(Value(2), function="pg_sleep"), TextField())
    slow = CDR.objects.annotate(waited=waiting).exclude(waited="never")
    monkeypatch.setattr(totals, "LONGEST_MS", 20)
    assert totals.per_currency(slow) is None
    assert totals.per_currency(CDR.objects.all()) is not None
