"""Pulls that are interrupted go on where they stood: killed, put off by the partner, or told to stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import jobs, pulls, registry, tasks
from exchange.choices import CrawlState, JobState
from exchange.models import Crawl, CrawlPage, Job
from exchange.pulls import conclusions, resting
from exchange.registry import Counts
from locations.models import Location
from parties import services as parties
from parties.choices import ConnectionState
from parties.models import Connection, Event
from tests.exchange.conftest import Reply, Seen, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import gone_on, held, locations, pulled, state_of

pytestmark = pytest.mark.django_db


def offsets(system: System) -> list[str | None]:
    return [seen.query.get("offset") for seen in system.requests]


class Killed(BaseException):
    """What a worker does not live to handle."""


def kill_after(pages: int) -> Any:
    left = [pages]

    def watch(counts: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed

    return watch


def found_lost(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(progressed_at=timezone.now() - timedelta(hours=1))
    jobs.fail_lost()
    job.refresh_from_db()


def test_a_killed_worker_is_found_out_and_another_goes_on_where_it_stood(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[8]
    system.requests.clear()
    job = pulls.start_pull(theirs, "locations", full=True)
    for pages in (2, 1):
        with pytest.raises(Killed):
            pulls.run(Job.objects.get(pk=job.pk), watch=kill_after(pages))
        found_lost(job)
        assert (job.state, job.message) == (JobState.WAITING, jobs.GOES_ON_MESSAGE)
    pulls.run(job)
    job.refresh_from_db()

    assert offsets(system) == [None, "2", "4", "6", "8"]
    assert (job.state, job.done, job.total, job.unchanged_count) == (JobState.DONE, 9, 9, 9)
    assert held() == set("ABCDEFGHJ")
    assert not CrawlPage.objects.exists()


def test_a_worker_that_comes_back_from_the_dead_stops(theirs: Connection, system: System) -> None:
    Listing(system, locations(*"ABCDEF"))
    job = pulls.start_pull(theirs, "locations")
    pulls.run(job, watch=lambda counts: found_lost(Job.objects.get(pk=job.pk)))
    job.refresh_from_db()

    assert job.state == JobState.WAITING
    assert state_of(theirs).watermark is None
    assert len(system.requests) == 2
    assert held() == {"A", "B"}


def test_a_pull_whose_workers_die_in_one_place_again_and_again_has_failed(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCDEF"))
    job = pulls.start_pull(theirs, "locations")
    for _ in range(jobs.MAX_STALLS):
        assert jobs.start(job)
        found_lost(job)

    assert (job.state, job.message) == (JobState.FAILED, jobs.LOST_MESSAGE)


def test_too_many_requests_makes_it_rest_as_long_as_the_partner_asks(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    busy = Reply(status=429, headers={"Retry-After": "900"})
    listing.before_page = lambda number: busy if number == 2 else None
    job = pulled(theirs)

    assert job.state == JobState.HELD
    assert "429" in job.message
    assert "after 2 pages" in job.message
    assert job.resume_at is not None
    assert timedelta(minutes=14) < job.resume_at - timezone.now() <= timedelta(minutes=15)
    assert pulls.start_pull(theirs, "locations") == job
    assert jobs.end_holds() == 0
    Job.objects.update(resume_at=timezone.now())
    assert jobs.end_holds() == 1
    pulls.run(Job.objects.get())
    job.refresh_from_db()
    assert (job.state, job.done, job.holds) == (JobState.DONE, 6, 0)
    assert offsets(system) == [None, "2", "4", "4"]
    assert Crawl.objects.get().status == CrawlState.DONE


def test_403_amid_a_crawl_means_too_many_where_the_dialect_says_so(
    theirs: Connection, system: System
) -> None:
    """Quirk 12: HTTP 403 after 54 to 58 requests."""
    theirs.dialect_settings = {"busy_403": True}
    theirs.save()
    listing = Listing(system, locations(*"ABCDEF"))
    listing.before_page = lambda number: Reply(status=403) if number in {1, 2} else None
    job = pulled(theirs)
    assert job.state == JobState.HELD
    first = job.resume_at
    job = gone_on(job)
    assert first is not None
    assert job.resume_at is not None
    assert job.resume_at - first > timedelta(minutes=3)
    assert gone_on(job).state == JobState.DONE

    assert held() == set("ABCDEF")


def test_without_that_403_is_a_refusal(theirs: Connection, system: System) -> None:
    Listing(system, locations(*"ABCDEF")).before_page = lambda number: (
        Reply(status=403) if number == 1 else None
    )
    assert pulled(theirs).state == JobState.FAILED


@pytest.mark.parametrize("trouble", [Reply(status=502, body=b"<html>"), Reply(code=3000), None])
def test_passing_trouble_amid_a_crawl_makes_it_rest(
    theirs: Connection, system: System, trouble: Reply | None
) -> None:
    listing = Listing(system, locations(*"ABCDEF"))

    def answer(seen: Seen) -> Reply | None:
        return trouble if len(system.requests) == 2 else listing.answer(seen)

    system.handler = answer
    job = pulled(theirs)
    assert job.state == JobState.HELD
    assert gone_on(job).state == JobState.DONE
    assert held() == set("ABCDEF")


def test_trouble_that_does_not_pass_is_a_failure_in_the_end(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCDEF")).before_page = lambda number: (
        Reply(status=500) if number else None
    )
    job = pulled(theirs)
    for _ in resting.RESTS:
        assert job.state == JobState.HELD
        job = gone_on(job)

    assert job.state == JobState.FAILED
    assert "HTTP 500" in job.message
    assert state_of(theirs).failures == 1


def test_a_link_that_is_no_longer_accepted_begins_the_list_anew(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[0]
    system.requests.clear()
    listing.pages = 0
    listing.before_page = lambda number: {
        1: Reply(status=503),
        2: Reply(status=404, code=2003),
    }.get(number)
    job = gone_on(pulled(theirs, full=True))

    assert job.state == JobState.DONE
    assert "began again from the first page" in job.message
    assert offsets(system) == [None, "2", "2", None, "2", "4", "6", "8"]
    assert held() == set("BCDEFGHIJ")


def test_staff_give_up_a_pull_that_rests_or_runs(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    listing.before_page = lambda number: Reply(status=429) if number == 1 else None
    job = pulled(theirs)
    pulls.give_up(job, actor="anna")

    assert (job.state, job.message) == (JobState.FAILED, jobs.GIVEN_UP_MESSAGE)
    assert Crawl.objects.get().status == CrawlState.GIVEN_UP
    with pytest.raises(pulls.CannotPull, match="over already"):
        pulls.give_up(job)
    with pytest.raises(pulls.CannotPull, match="does not rest"):
        pulls.go_on(job)
    running = pulls.start_pull(theirs, "locations")
    pulls.run(running, watch=lambda counts: pulls.give_up(Job.objects.get(pk=running.pk)))
    running.refresh_from_db()
    assert running.state == JobState.FAILED
    assert state_of(theirs).watermark is None
    assert Event.objects.filter(name="pull.given_up").count() == 2
    assert pulled(theirs).state == JobState.DONE


def test_a_worker_that_is_to_end_leaves_it_to_another(theirs: Connection, system: System) -> None:
    Listing(system, locations(*"ABCDEF"))
    job = pulls.start_pull(theirs, "locations")
    pulls.run(job, stopping=lambda: len(system.requests) == 2)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.WAITING, 4)
    pulls.run(job)
    job.refresh_from_db()

    assert (job.state, job.done) == (JobState.DONE, 6)
    assert len(system.requests) == 3


def test_what_rested_for_a_day_begins_anew(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    listing.before_page = lambda number: Reply(status=429) if number == 1 else None
    job = pulled(theirs)
    Crawl.objects.update(began_at=timezone.now() - timedelta(hours=25))
    job = gone_on(job)

    assert offsets(system) == [None, "2", None, "2", "4"]
    watermark = state_of(theirs).watermark
    assert watermark is not None
    assert timezone.now() - watermark < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": ConnectionState.SUSPENDED}, "not connected"),
        ({"version": "2.3.0"}, "connected anew"),
        ({"endpoints": []}, "offers no list"),
    ],
)
def test_a_connection_that_ends_meanwhile_stops_it_at_the_next_page(
    theirs: Connection, system: System, change: dict[str, Any], told: str
) -> None:
    Listing(system, locations(*"ABCDEF"))
    job = pulls.start_pull(theirs, "locations")

    def end_it(counts: Any) -> None:
        Connection.objects.update(**change)

    pulls.run(job, watch=end_it)
    job.refresh_from_db()

    assert job.state == JobState.FAILED
    assert told in job.message
    assert len(system.requests) == 1
    assert told in state_of(theirs).last_error
    assert not Crawl.objects.filter(status=CrawlState.RUNNING).exists()


def test_a_token_that_was_renewed_meanwhile_is_used_from_the_next_page_on(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCD"))
    job = pulls.start_pull(theirs, "locations")
    pulls.run(job, watch=lambda counts: parties.store_outbound_token(theirs, "another-token"))

    first, second = (seen.headers["authorization"] for seen in system.requests)
    assert first != second
    assert held() == set("ABCD")


def test_a_page_is_written_with_where_it_stands_or_not_at_all(
    theirs: Connection, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    Listing(system, locations(*"ABCD"))
    job = pulls.start_pull(theirs, "locations")

    def die(*args: Any, **options: Any) -> None:
        raise Killed

    monkeypatch.setattr("exchange.pulls.positions.CrawlPage.objects.create", die)
    with pytest.raises(Killed):
        pulls.run(job)

    assert not Location.objects.exists()
    assert Crawl.objects.get().pages == 0


def test_only_so_many_pulls_run_at_once(
    theirs: Connection, system: System, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PULL_PARALLEL = 1
    Listing(system, locations("A"))
    other = jobs.create(jobs.PULL, "Another", parameters={"module": "locations"})
    assert jobs.start(other)
    job = pulls.start_pull(theirs, "locations")
    tasks.run_pull(job.pk)
    job.refresh_from_db()
    assert (job.state, system.requests) == (JobState.WAITING, [])

    handed: list[int] = []
    jobs.finish(other, Counts())
    waiting = jobs.create(jobs.PULL, "A third", parameters={"module": "locations"})
    monkeypatch.setattr(jobs, "queue", lambda job: handed.append(job.pk))
    tasks.run_pull(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert handed == [waiting.pk]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Wed, 01 Jan 2025 00:02:00 GMT", 120),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: int | None) -> None:
    response: Any = type("Response", (), {"headers": {"Retry-After": text}})
    asked = resting.retry_after(response, datetime(2025, 1, 1, tzinfo=UTC))

    assert asked == (None if seconds is None else timedelta(seconds=seconds))


def test_a_worker_taken_for_dead_at_the_very_end_concludes_nothing_twice(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations("A"))
    job = pulls.start_pull(theirs, "locations")

    def another_was_faster(counts: Any) -> None:
        crawl = Crawl.objects.get()
        conclusions.conclude(crawl, registry.get("locations"), pulls.targets(theirs, module)[0])

    module = registry.get("locations")
    pulls.run(job, watch=another_was_faster)
    job.refresh_from_db()

    assert job.state == JobState.DONE
    assert Crawl.objects.get().status == CrawlState.DONE
