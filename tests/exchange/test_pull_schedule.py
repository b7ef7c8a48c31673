"""When lists are fetched by themselves (T-143)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from exchange import pulls
from exchange.models import PullState
from exchange.pulls import schedule
from parties.models import Connection, Event
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import locations, pulled, state_of

pytestmark = pytest.mark.django_db


def test_the_schedule_starts_each_pull_once_it_is_due(theirs: Connection, system: System) -> None:
    """T-143."""
    Listing(system, locations("A"))
    (first,) = pulls.start_due()
    assert first.parameters["full"]
    pulls.run(first)

    assert pulls.start_due() == []
    due = state_of(theirs).next_at
    assert due is not None
    wait = due - timezone.now()
    assert timedelta(hours=5.9) < wait < timedelta(hours=6.7)
    PullState.objects.update(next_at=timezone.now())
    (second,) = pulls.start_due()
    assert not second.parameters["full"]


def test_once_a_day_the_schedule_pulls_in_full(theirs: Connection) -> None:
    long_ago = timezone.now() - timedelta(hours=25)
    PullState.objects.create(
        connection=theirs, module="locations", watermark=timezone.now(), full_at=long_ago
    )
    (job,) = pulls.start_due()

    assert job.parameters["full"]


def test_after_a_failure_the_schedule_tries_again_soon(theirs: Connection, system: System) -> None:
    system.replies(Reply(status=500))
    (job,) = pulls.start_due()
    pulls.run(job)

    due = state_of(theirs).next_at
    assert due is not None
    assert due - timezone.now() < timedelta(minutes=17)


def test_an_interval_of_nothing_means_by_hand_only(theirs: Connection) -> None:
    Connection.objects.update(pull_interval_hours=0)

    assert pulls.start_due() == []


def test_the_more_failures_in_a_row_the_later_it_is_tried_again(
    theirs: Connection, system: System
) -> None:
    system.replies(Reply(status=500))
    waits = []
    for _ in range(7):
        pulled(theirs)
        due = state_of(theirs).next_at
        assert due is not None
        waits.append((due - timezone.now()).total_seconds() / 60)

    for at, wait in enumerate(waits[:5]):
        assert 15 * 2**at - 1 < wait <= 15 * 2**at * 1.1
    assert max(waits) <= 8 * 60
    Listing(system, locations("A"))
    pulled(theirs)
    assert state_of(theirs).failures == 0


def test_a_list_that_staff_paused_is_passed_over_but_can_be_fetched_by_hand(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations("A"))
    pulled(theirs)
    schedule.pause(state_of(theirs), actor="anna")
    PullState.objects.update(next_at=timezone.now())
    assert pulls.start_due() == []
    pulled(theirs)
    assert state_of(theirs).paused

    schedule.unpause(state_of(theirs))
    assert len(pulls.start_due()) == 1
    assert set(Event.objects.values_list("name", flat=True)) >= {"pull.paused", "pull.unpaused"}


def test_while_a_pull_rests_the_schedule_starts_no_other(
    theirs: Connection, system: System
) -> None:
    system.replies(Reply(status=429))
    (job,) = pulls.start_due()
    pulls.run(job)
    PullState.objects.update(next_at=timezone.now())

    assert pulls.start_due() == []
