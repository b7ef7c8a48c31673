"""Fetching from a partner: what comes in, what is asked for, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import jobs, pulls
from exchange.choices import JobState
from exchange.models import Exchange, Job, Quarantined
from ocpi.datetimes import parse_datetime
from parties.choices import ConnectionState
from parties.models import Connection, Event
from tests import builders
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import held, locations, pulled, state_of

pytestmark = pytest.mark.django_db


def test_every_page_comes_in_and_the_job_says_how_many(theirs: Connection, system: System) -> None:
    """T-077."""
    Listing(system, locations("A", "B", "C", "D", "E"))

    job = pulled(theirs)

    assert held() == {"A", "B", "C", "D", "E"}
    assert (job.state, job.created_count, job.done, job.total) == (JobState.DONE, 5, 5, 5)
    assert [seen.query.get("offset") for seen in system.requests] == [None, "2", "4"]


def test_a_second_pull_changes_nothing(theirs: Connection, system: System) -> None:
    Listing(system, locations("A", "B", "C"))
    pulled(theirs)

    job = pulled(theirs, full=True)

    assert (job.created_count, job.updated_count, job.unchanged_count) == (0, 0, 3)


def test_the_first_pull_is_full_and_the_next_asks_from_the_watermark_less_an_overlap(
    theirs: Connection, system: System
) -> None:
    """T-140."""
    Listing(system, locations("A"))
    before = timezone.now()
    pulled(theirs)
    watermark = state_of(theirs).watermark
    pulled(theirs)

    first, second = (seen.query for seen in system.requests)
    assert "date_from" not in first
    assert watermark is not None
    assert before <= watermark <= timezone.now()
    asked = parse_datetime(second["date_from"])
    assert abs(asked - (watermark - timedelta(minutes=10))) < timedelta(seconds=1)


def test_requests_carry_routing_and_are_logged_without_the_token(
    theirs: Connection, system: System
) -> None:
    """R-001, R-003."""
    builders.party("NL*OUR", "EMSP", ours=True)
    Listing(system, locations("A"))
    pulled(theirs)

    headers = system.requests[0].headers
    assert headers["authorization"].startswith("Token ")
    assert (headers["ocpi-to-country-code"], headers["ocpi-to-party-id"]) == ("NL", "ABC")
    assert (headers["ocpi-from-country-code"], headers["ocpi-from-party-id"]) == ("NL", "OUR")
    row = Exchange.objects.get(connection=theirs)
    assert (row.module, row.http_status, row.outcome) == ("locations", 200, "ok")


def test_objects_of_parties_it_does_not_speak_for_go_to_quarantine(
    theirs: Connection, system: System
) -> None:
    """T-135."""
    Listing(system, [*locations("A"), builders.location("B", "FR*XXX")])
    job = pulled(theirs)

    assert held() == {"A"}
    assert (job.created_count, job.rejected_count) == (1, 1)
    assert Quarantined.objects.get().job == job


def test_one_bad_object_never_sinks_the_others(theirs: Connection, system: System) -> None:
    """T-141."""
    Listing(system, [*locations("A"), {"nonsense": True}, *locations("B")], size=10)
    job = pulled(theirs)

    assert held() == {"A", "B"}
    assert job.rejected_count == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(status=401, code=2001), "does not accept our credentials token"),
        (Reply(status=400, body=b"<html>"), "HTTP 400"),
        (Reply(code=2003), "OCPI 2003"),
        (Reply(body=b"<html>hello</html>"), "not OCPI"),
        (Reply(body=b'{"status_code": 1000, "data": [{"id": "C"}, {"id'), "not OCPI"),
        (Reply(headers={"Link": '<http://203.0.113.5/x>; rel="next"'}, data=[]), "leads elsewhere"),
    ],
)
def test_a_failure_keeps_what_came_and_leaves_the_watermark(
    theirs: Connection, system: System, reply: Reply, told: str
) -> None:
    listing = Listing(system, locations("A", "B", "C", "D"))
    pulled(theirs)
    watermark = state_of(theirs).watermark
    listing.items = locations("A", "B", "E", "D", "F")
    listing.pages = 0
    listing.before_page = lambda number: reply if number == 2 else None

    job = pulled(theirs, full=True)

    assert job.state == JobState.FAILED
    assert told in job.message
    assert held() == {"A", "B", "C", "D", "E"}
    state = state_of(theirs)
    assert state.watermark == watermark
    assert told in state.last_error
    assert Event.objects.filter(name="pull.failed", connection=theirs).count() == 1


def test_a_partner_that_is_not_there_is_told_plainly(theirs: Connection, system: System) -> None:
    system.close()
    job = pulled(theirs)

    assert job.state == JobState.FAILED
    assert job.message
    assert state_of(theirs).watermark is None


def test_a_second_pull_of_the_same_returns_the_job_under_way(
    theirs: Connection, system: System
) -> None:
    first = pulls.start_pull(theirs, "locations")
    assert pulls.start_pull(theirs, "locations", full=True) == first
    jobs.start(first)
    assert pulls.start_pull(theirs, "locations") == first
    assert Job.objects.count() == 1
    assert pulls.run(Job.objects.get()) is None
    assert system.requests == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": ConnectionState.SUSPENDED}, "not connected"),
        ({"endpoints": []}, "offers no list"),
    ],
)
def test_what_cannot_be_pulled_is_said_before_a_job_is_made(
    theirs: Connection, change: dict[str, Any], told: str
) -> None:
    for name, value in change.items():
        setattr(theirs, name, value)
    theirs.save()
    with pytest.raises(pulls.CannotPull, match=told):
        pulls.start_pull(theirs, "locations")
    with pytest.raises(pulls.CannotPull, match="'chess'"):
        pulls.start_pull(theirs, "chess")
    assert not Job.objects.exists()


def test_a_connection_that_is_suspended_before_the_worker_comes_is_left_alone(
    theirs: Connection, system: System
) -> None:
    job = pulls.start_pull(theirs, "locations")
    Connection.objects.filter(pk=theirs.pk).update(state=ConnectionState.SUSPENDED)
    pulls.run(job)
    job.refresh_from_db()

    assert job.state == JobState.FAILED
    assert system.requests == []
