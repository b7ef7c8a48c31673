"""Sessions that ended without a CDR: found after the deadline, estimated, asked for, and closed when it comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from charging.models import Session
from charging.sessions import services as sessions
from exchange.models import Job
from parties.models import Connection, Event
from review import missing
from review.choices import Severity
from review.models import CheckSetting, MissingCDR
from review.services.strictness import set_check
from roaming import permissions
from tests import builders
from tests.cdrs.support import cpo, emsp
from tests.review import support
from tests.review.support import bought, right
from tests.staff.conftest import LogIn, log_in

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
LIST = "/admin/review/missingcdr/"


def ended(identifier: str = "S1", *, days_ago: float = 3, **fields: Any) -> Session:
    """A completed session of 10 kWh that ended so long ago."""
    emsp()
    end = timezone.now() - timedelta(days=days_ago)
    start = end - timedelta(hours=1)
    said = {
        "status": "COMPLETED",
        "kwh": 10.0,
        "start_date_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_date_time": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "charging_periods": [
            builders.period(
                start.strftime("%Y-%m-%dT%H:%M:%SZ"), tariff_id="T1", ENERGY=10.0, TIME=1.0
            )
        ],
        "last_updated": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    sessions.put_session(
        cpo(), builders.session(identifier, **{**said, **fields}), source=their_cpo()
    )
    return Session.objects.get(session_key=identifier.upper())


def their_cpo() -> Connection:
    found = Connection.objects.filter(name="Their CPO").first()
    return found or builders.connection("Their CPO", speaks_for=(cpo(),))


def test_a_session_is_missed_after_the_deadline_and_not_before() -> None:
    late = ended("S1", days_ago=2.1)
    ended("S2", days_ago=1.9)
    assert missing.find() == 1
    row = MissingCDR.objects.get()
    assert (row.session, row.partner) == (late, cpo())
    assert row.expected_by == row.ended_at + timedelta(hours=48)
    assert missing.find() == 0


def test_a_partner_has_its_own_deadline_or_none() -> None:
    ended("S1", days_ago=1)
    set_check(
        "missing",
        cpo(),
        enabled=True,
        severity=Severity.NOTE,
        parameters={"hours": "12"},
        actor="ada",
    )
    assert missing.find() == 1
    MissingCDR.objects.all().delete()
    CheckSetting.objects.update(enabled=False)
    assert missing.find(missing.LONG_AGO) == 0


def test_what_has_its_cdr_or_will_not_get_one_is_not_missed() -> None:
    ended("S1")
    ended("INVALID", status="INVALID")
    ended("RUNNING", status="ACTIVE", end_date_time=None)
    ended("BYREF", authorization_reference="REF1")
    bought(
        right("C1", session_id="s1"),
        right("C2", session_id="OTHER", authorization_reference="ref1"),
    )
    assert missing.find() == 0


def test_a_free_session_is_missed_too() -> None:
    ended("FREE", kwh=0, total_cost={"before_taxes": 0})
    assert missing.find() == 1


def test_sessions_between_others_are_none_of_our_business() -> None:
    emsp(ours=False)
    cpo()
    session = ended("S1")
    session.emsp.is_ours = False
    session.emsp.save()
    assert missing.find() == 0


def test_what_was_told_long_ago_is_found_once_a_day() -> None:
    session = ended("S1", days_ago=30)
    Session.objects.filter(pk=session.pk).update(heard_at=timezone.now() - timedelta(days=29))
    assert missing.find() == 0
    assert missing.find(missing.LONG_AGO) == 1


def test_the_price_is_estimated_by_the_tariff_else_by_what_the_session_said() -> None:
    ended("S2", currency="CHF", total_cost={"before_taxes": 7.0})
    support.tariff(last_updated="2025-01-01T00:00:00Z")
    ended("S1", total_cost={"before_taxes": 9.0})
    assert missing.find() == 2
    estimates = dict(MissingCDR.objects.values_list("session__session_key", "estimate"))
    assert estimates == {"S1": Decimal("2.5"), "S2": Decimal(7)}


def test_more_sessions_need_no_more_statements() -> None:
    for number in range(2):
        ended(f"A{number}")
    with CaptureQueriesContext(database) as few:
        assert missing.find() == 2
    for number in range(12):
        ended(f"B{number}")
    with CaptureQueriesContext(database) as many:
        assert missing.find() == 12
    assert len(many) == len(few)


def test_it_closes_when_the_cdr_comes() -> None:
    ended("S1")
    ended("S2")
    missing.find()
    bought(right("C1", session_id="S1"))
    row = MissingCDR.objects.get(session__session_key="S1")
    assert (row.closed_by, row.reason) == ("system", "The CDR came.")
    assert MissingCDR.objects.get(session__session_key="S2").closed_at is None


@pytest.fixture
def finance(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_the_list_shows_what_is_open_with_what_it_comes_to(finance: Client) -> None:
    assert "Nothing is missing" in text(finance, LIST)
    ended("S1", total_cost={"before_taxes": 4.0})
    ended("S2", total_cost={"before_taxes": 5.0})
    missing.find()
    page = text(finance, LIST)
    assert "NL*ABC/S1" in page
    assert "EUR 9.00" in page
    assert f"{LIST}?state=closed" in page or "?state=closed" in page
    assert "NL*ABC/S1" not in text(finance, f"{LIST}?state=closed")
    assert "NL*ABC/S1" in text(finance, f"{LIST}?partner__id__exact={cpo().pk}")


def test_a_missing_cdr_is_closed_with_the_reason_and_opened_again(finance: Client) -> None:
    session = ended("S1")
    missing.find()
    row = MissingCDR.objects.get()
    page = f"{LIST}{row.pk}/change/"
    assert "its CDR was due" in text(finance, page)
    assert "Why no CDR" in text(finance, f"{LIST}{row.pk}/close/")
    finance.post(f"{LIST}{row.pk}/close/", {"reason": ""})
    row.refresh_from_db()
    assert row.closed_at is None
    finance.post(f"{LIST}{row.pk}/close/", {"reason": "Test charge"})
    row.refresh_from_db()
    assert (row.closed_by, row.reason) == ("finance-member", "Test charge")
    assert Event.objects.get(subject=session.reference, name="missing.closed")
    assert missing.find() == 0
    finance.post(f"{LIST}{row.pk}/reopen/")
    row.refresh_from_db()
    assert row.closed_at is None


def test_the_partner_is_asked_by_fetching_its_cdrs(finance: Client) -> None:
    ended("S1")
    ended("S2")
    missing.find()
    connection = their_cpo()
    connection.endpoints = [
        *connection.endpoints,
        {"identifier": "cdrs", "role": "SENDER", "url": "https://partner.example/cdrs"},
    ]
    connection.save()
    row = MissingCDR.objects.order_by("pk")[0]
    assert "Their CPO" in text(finance, f"{LIST}{row.pk}/ask/")
    response = finance.post(f"{LIST}{row.pk}/ask/", {"everything": ""})
    job = Job.objects.get(kind="pull")
    assert response["Location"].endswith(f"/job/{job.pk}/change/")
    assert not MissingCDR.objects.filter(asked_at=None).exists()


def test_a_partner_that_nobody_speaks_for_cannot_be_asked(finance: Client) -> None:
    ended("S1")
    missing.find()
    connection = their_cpo()
    connection.state = "suspended"
    connection.save()
    row = MissingCDR.objects.get()
    assert "write to the partner" in text(finance, f"{LIST}{row.pk}/ask/")
    finance.post(f"{LIST}{row.pk}/ask/")
    row.refresh_from_db()
    assert row.asked_at is None


def test_who_only_looks_closes_nothing(log_in: LogIn) -> None:
    ended("S1")
    missing.find()
    row = MissingCDR.objects.get()
    viewer = log_in(permissions.VIEWERS)
    assert "NL*ABC/S1" in text(viewer, LIST)
    assert viewer.post(f"{LIST}{row.pk}/close/", {"reason": "No"}).status_code == 403
    row.refresh_from_db()
    assert row.closed_at is None


def test_the_deadline_is_set_where_the_checks_are(finance: Client) -> None:
    page = text(finance, "/admin/review/checksetting/check/missing/")
    assert "Counts after the end of the session by (h)" in page
    assert "/try/" not in page
    given = {"hours": "24", "enabled": "on", "severity": "note"}
    finance.post("/admin/review/checksetting/check/missing/", given)
    assert CheckSetting.objects.get().parameters == {"hours": "24"}
