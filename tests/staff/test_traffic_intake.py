"""Quarantine, jobs and deviations as staff see them."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from exchange.choices import JobState, QuarantineState
from exchange.models import Job, Quarantined
from exchange.quality import deviations, quarantine
from exchange.registry import Source
from locations import services
from locations.models import Location
from ocpi.errors import Problem
from parties.models import Connection
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def rejected() -> Quarantined:
    """A location that names no owner, from a file."""
    document = builders.location()
    del document["country_code"], document["party_id"]
    services.receive(builders.raw(document), Source("a file", "2.2.1"))
    return Quarantined.objects.get()


def address(row: Quarantined, action: str) -> str:
    return reverse(f"admin:exchange_quarantined_{action}", args=[row.pk])


def test_the_page_says_what_is_wrong_and_shows_the_original(
    log_in: LogIn, rejected: Quarantined
) -> None:
    shown = log_in(permissions.OPERATIONS).get(address(rejected, "change")).content.decode()
    assert "so the owner is unknown" in shown
    assert "Gent Zuid" in shown


def test_what_was_corrected_is_taken_in(log_in: LogIn, rejected: Quarantined) -> None:
    document = json.loads(quarantine.original(rejected))
    document |= {"country_code": "NL", "party_id": "ABC"}
    log_in(permissions.OPERATIONS).post(
        address(rejected, "take_in"), {"text": json.dumps(document)}
    )
    assert str(Location.objects.get().owner.identity) == "NL*ABC"
    rejected.refresh_from_db()
    assert rejected.state == QuarantineState.RESOLVED


def test_naming_the_owner_is_enough(log_in: LogIn, rejected: Quarantined) -> None:
    text = quarantine.original(rejected).decode()
    log_in(permissions.OPERATIONS).post(
        address(rejected, "take_in"), {"text": text, "owner": "nl-abc"}
    )
    assert str(Location.objects.get().owner.identity) == "NL*ABC"


def test_what_is_still_wrong_is_said_and_the_text_stays(
    log_in: LogIn, rejected: Quarantined
) -> None:
    response = log_in(permissions.OPERATIONS).post(
        address(rejected, "take_in"), {"text": '{"id": "NEW-TEXT"}'}
    )
    shown = response.content.decode()
    assert "It still cannot be taken in." in shown
    assert "NEW-TEXT" in shown
    assert not Location.objects.exists()


def test_dropping_keeps_the_original(log_in: LogIn, rejected: Quarantined) -> None:
    client = log_in(permissions.OPERATIONS)
    client.post(address(rejected, "drop"))
    rejected.refresh_from_db()
    assert rejected.state == QuarantineState.DROPPED
    assert "Gent Zuid" in client.get(address(rejected, "change")).content.decode()


def test_viewers_change_nothing_in_quarantine(log_in: LogIn, rejected: Quarantined) -> None:
    client = log_in(permissions.VIEWERS)
    assert client.post(address(rejected, "drop")).status_code == 403
    assert client.post(address(rejected, "take_in"), {"text": "{}"}).status_code == 403
    rejected.refresh_from_db()
    assert rejected.state == QuarantineState.OPEN


def test_a_running_job_tells_how_far_it_is(log_in: LogIn, connection: Connection) -> None:
    job = Job.objects.create(
        kind="pull", title="Pull", connection=connection, state=JobState.RUNNING, done=30, total=120
    )
    client = log_in(permissions.VIEWERS)
    assert client.get(reverse("admin:exchange_job_change", args=[job.pk])).status_code == 200
    progress = client.get(reverse("admin:exchange_job_progress", args=[job.pk])).json()
    assert progress["percent"] == 25
    assert progress["running"] is True
    assert log_in("").get(reverse("admin:exchange_job_progress", args=[job.pk])).status_code == 403


def test_deviations_are_told_in_plain_words(log_in: LogIn, connection: Connection) -> None:
    problem = Problem("text_untrimmed", "city", "It began with a space.", " Gent")
    deviations.count_warnings(connection, "locations", [("NL*ABC/LOC1", problem)])
    shown = log_in(permissions.VIEWERS).get("/admin/exchange/warningcount/").content.decode()
    assert "A text began or ended with spaces." in shown
    assert "Example Mobility" in shown
