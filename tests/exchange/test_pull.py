"""Fetching from a partner: pages, watermark, what vanished, and what goes wrong."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from exchange import jobs, pull
from exchange.choices import JobState
from exchange.models import Exchange, Job, PullState, Quarantined
from locations.models import Location
from ocpi.datetimes import parse_datetime
from parties.choices import ConnectionKind, ConnectionState
from parties.models import Connection, Event
from tests import builders
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing

pytestmark = pytest.mark.django_db


def locations(*names: str) -> list[dict[str, Any]]:
    return [builders.location(name) for name in names]


def pulled(connection: Connection, **options: Any) -> Job:
    job = pull.start_pull(connection, "locations", **options)
    pull.run(job)
    job.refresh_from_db()
    return job


def state_of(connection: Connection) -> PullState:
    return PullState.objects.get(connection=connection, module="locations")


def held() -> set[str]:
    return set(Location.objects.filter(vanished_at=None).values_list("location_id", flat=True))


def test_every_page_comes_in_and_the_job_says_how_many(theirs: Connection, system: System) -> None:
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
    builders.party("NL*OUR", "EMSP", ours=True)
    Listing(system, locations("A"))
    pulled(theirs)

    headers = system.requests[0].headers
    assert headers["authorization"].startswith("Token ")
    assert (headers["ocpi-to-country-code"], headers["ocpi-to-party-id"]) == ("NL", "ABC")
    assert (headers["ocpi-from-country-code"], headers["ocpi-from-party-id"]) == ("NL", "OUR")
    row = Exchange.objects.get(connection=theirs)
    assert (row.module, row.http_status, row.outcome) == ("locations", 200, "ok")


def test_a_platform_with_several_cpos_is_asked_as_a_whole(system: System, db: None) -> None:
    several = builders.connection(
        "Platform",
        speaks_for=(builders.party("NL*ABC"), builders.party("BE*DEF")),
        url=system.url,
    )
    Listing(system, [builders.location("A"), builders.location("B", "BE*DEF")])
    pulled(several)

    assert "ocpi-to-party-id" not in system.requests[0].headers
    assert held() == {"A", "B"}


def test_objects_of_parties_it_does_not_speak_for_go_to_quarantine(
    theirs: Connection, system: System
) -> None:
    Listing(system, [*locations("A"), builders.location("B", "FR*XXX")])
    job = pulled(theirs)

    assert held() == {"A"}
    assert (job.created_count, job.rejected_count) == (1, 1)
    assert Quarantined.objects.get().job == job


def test_one_bad_object_never_sinks_the_others(theirs: Connection, system: System) -> None:
    Listing(system, [*locations("A"), {"nonsense": True}, *locations("B")], size=10)
    job = pulled(theirs)

    assert held() == {"A", "B"}
    assert job.rejected_count == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(status=401, code=2001), "does not accept our credentials token"),
        (Reply(status=500, body=b"<html>"), "HTTP 500"),
        (Reply(code=3000), "OCPI 3000"),
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


def test_a_complete_full_pull_retires_what_is_no_longer_listed(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[3:5]

    job = pulled(theirs, full=True)

    assert held() == set("ABCFGHIJ")
    assert "2 that are no longer listed" in job.message
    assert Location.objects.count() == 10


def test_what_is_listed_again_is_back(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(theirs)
    gone = listing.items.pop()
    pulled(theirs, full=True)
    assert "F" not in held()
    listing.items.append(gone)
    pulled(theirs, full=True)

    assert held() == set("ABCDEF")


def test_an_incremental_pull_retires_nothing(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(theirs)
    listing.items = []
    pulled(theirs)

    assert held() == set("ABCDEF")


def test_when_too_much_would_vanish_nothing_does_and_staff_are_told(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[:3]
    job = pulled(theirs, full=True)

    assert held() == set("ABCDEFGHIJ")
    assert job.state == JobState.DONE
    assert "3 of 10 locations are no longer listed" in job.message
    assert Event.objects.get(name="pull.vanish_limit").connection == theirs
    state = PullState.objects.get()
    assert (state.vanishing, state.vanishing_job) == (3, job)
    again = pull.allow_vanishing(job)
    pull.run(again)
    assert held() == set("DEFGHIJ")
    assert pull.vanishing(job) is None
    assert "3 that are no longer listed" in again.message


def test_an_empty_list_does_not_retire_the_only_object(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations("A"))
    pulled(theirs)
    listing.items = []
    pulled(theirs, full=True)

    assert held() == {"A"}


def test_what_came_by_push_during_the_crawl_does_not_vanish(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    job = pull.start_pull(theirs, "locations", full=True)

    def push(number: int) -> None:
        Location.objects.create(
            owner=theirs.parties.get(),
            location_id="NEW",
            location_key="NEW",
            document={},
            last_updated=timezone.now(),
            created_at=timezone.now(),
        )

    pull.run(job, watch=lambda counts: push(counts.total) if counts.total == 2 else None)
    assert listing.items
    assert "NEW" in held()


def test_only_what_it_told_us_of_our_own_parties_can_vanish(system: System, db: None) -> None:
    ours = builders.party("NL*ABC", ours=True)
    office = builders.connection(
        "Office", speaks_for=(ours,), url=system.url, kind=ConnectionKind.BACK_OFFICE
    )
    Location.objects.create(
        owner=ours, location_id="S", location_key="S", document={}, last_updated=timezone.now()
    )
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(office)
    listing.items = listing.items[:-1]
    pulled(office, full=True)

    assert held() == {*"ABCDE", "S"}


def test_a_list_that_becomes_shorter_is_read_with_the_offset_put_back(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEF"))

    def remove_the_first(number: int) -> None:
        if number == 1:
            del listing.items[0]

    listing.before_page = remove_the_first
    job = pulled(theirs)

    assert held() == set("ABCDEF")
    assert [seen.query.get("offset") for seen in system.requests] == [None, "2", "1", "3"]
    assert (job.state, job.message) == (JobState.DONE, "")
    assert state_of(theirs).watermark is not None


def test_a_list_without_offsets_that_becomes_shorter_is_not_taken_for_complete(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations("A", "B"))
    pulled(theirs)
    watermark = state_of(theirs).watermark
    link = f'<{system.url}/sender/locations?page=2>; rel="next"'
    system.replies(
        Reply(locations("A"), headers={"X-Total-Count": "9", "Link": link}),
        Reply([], headers={"X-Total-Count": "8"}),
    )
    job = pulled(theirs, full=True)

    assert held() == {"A", "B"}
    assert job.state == JobState.DONE
    assert "became shorter" in job.message
    assert state_of(theirs).watermark == watermark


def test_a_second_pull_of_the_same_returns_the_job_under_way(
    theirs: Connection, system: System
) -> None:
    first = pull.start_pull(theirs, "locations")
    assert pull.start_pull(theirs, "locations", full=True) == first
    jobs.start(first)
    assert pull.start_pull(theirs, "locations") == first
    assert Job.objects.count() == 1
    assert pull.run(Job.objects.get()) is None
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
    with pytest.raises(pull.CannotPull, match=told):
        pull.start_pull(theirs, "locations")
    with pytest.raises(pull.CannotPull, match="'chess'"):
        pull.start_pull(theirs, "chess")
    assert not Job.objects.exists()


def test_a_connection_that_is_suspended_before_the_worker_comes_is_left_alone(
    theirs: Connection, system: System
) -> None:
    job = pull.start_pull(theirs, "locations")
    Connection.objects.filter(pk=theirs.pk).update(state=ConnectionState.SUSPENDED)
    pull.run(job)
    job.refresh_from_db()

    assert job.state == JobState.FAILED
    assert system.requests == []


def test_a_job_given_up_while_it_runs_stops_and_leaves_the_watermark(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCDEF"))
    job = pull.start_pull(theirs, "locations")
    pull.run(job, watch=lambda counts: give_up(job))
    job.refresh_from_db()

    assert job.state == JobState.FAILED
    assert job.message == jobs.LOST_MESSAGE
    assert state_of(theirs).watermark is None


def give_up(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(progressed_at=timezone.now() - timedelta(hours=1))
    jobs.fail_lost()


def test_the_schedule_starts_each_pull_once_it_is_due(theirs: Connection, system: System) -> None:
    Listing(system, locations("A"))
    (first,) = pull.start_due()
    assert first.parameters["full"]
    pull.run(first)

    assert pull.start_due() == []
    due = state_of(theirs).next_at
    assert due is not None
    wait = due - timezone.now()
    assert timedelta(hours=5.9) < wait < timedelta(hours=6.7)
    PullState.objects.update(next_at=timezone.now())
    (second,) = pull.start_due()
    assert not second.parameters["full"]


def test_once_a_day_the_schedule_pulls_in_full(theirs: Connection) -> None:
    long_ago = timezone.now() - timedelta(hours=25)
    PullState.objects.create(
        connection=theirs, module="locations", watermark=timezone.now(), full_at=long_ago
    )
    (job,) = pull.start_due()

    assert job.parameters["full"]


def test_after_a_failure_the_schedule_tries_again_soon(theirs: Connection, system: System) -> None:
    system.replies(Reply(status=503))
    (job,) = pull.start_due()
    pull.run(job)

    due = state_of(theirs).next_at
    assert due is not None
    assert due - timezone.now() < timedelta(minutes=16)


def test_an_interval_of_nothing_means_by_hand_only(theirs: Connection) -> None:
    Connection.objects.update(pull_interval_hours=0)

    assert pull.start_due() == []


# --- The command ----------------------------------------------------------------------------------


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    try:
        call_command("pull", *arguments, "--json", stdout=out)
    except CommandError:
        assert out.getvalue()
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def test_the_command_pulls_and_prints_the_counts(theirs: Connection, system: System) -> None:
    Listing(system, [*locations("A", "B"), {"id": "?"}])
    expected = {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "warnings": 0}

    assert command("Partner", "locations") == expected
    assert command("Partner", "locations", "--full")["unchanged"] == 2
    assert "date_from" not in system.requests[-1].query


def test_the_command_says_in_one_line_why_it_failed(theirs: Connection, system: System) -> None:
    Listing(system, locations("A", "B", "C")).before_page = lambda number: (
        Reply(status=401) if number else None
    )
    answered = command("Partner", "locations")

    assert "does not accept our credentials token" in answered["error"]
    assert answered["created"] == 2
    assert "no connection named 'Nobody'" in command("Nobody", "locations")["error"]
    assert "'chess' cannot be pulled" in command("Partner", "chess")["error"]


def test_the_command_leaves_a_pull_that_is_under_way_alone(
    theirs: Connection, system: System
) -> None:
    jobs.start(pull.start_pull(theirs, "locations"))

    assert "under way already" in command("Partner", "locations")["error"]
    assert system.requests == []
