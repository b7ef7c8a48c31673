"""Walking through lists that change, that give no links, or that never end (T-077, T-078)."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.choices import JobState
from parties.models import Connection, Event
from tests import builders
from tests.exchange.conftest import Reply, Seen, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import held, locations, pulled, state_of

pytestmark = pytest.mark.django_db


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


def without_headers(
    system: System, items: list[dict[str, Any]], size: int, *, heeds_offset: bool = True
) -> None:
    """A list in pages, with neither Link nor X-Total-Count (quirk 9)."""

    def answer(seen: Seen) -> Reply:
        offset = int(seen.query.get("offset", "0")) if heeds_offset else 0
        return Reply(items[offset : offset + size])

    system.handler = answer


def offsets(system: System) -> list[str | None]:
    return [seen.query.get("offset") for seen in system.requests]


def test_links_are_followed_and_never_made_up(theirs: Connection, system: System) -> None:
    """T-077: the partner's links may be anything."""
    link = f'<{system.url}/sender/locations?cursor=xyz%3D>; rel="next"'
    system.replies(
        Reply(locations("A"), headers={"X-Total-Count": "2", "Link": link}),
        Reply(locations("B"), headers={"X-Total-Count": "2"}),
    )
    pulled(theirs)

    assert [seen.query for seen in system.requests] == [{}, {"cursor": "xyz="}]


def test_a_list_without_links_and_totals_is_read_until_a_page_is_empty(
    theirs: Connection, system: System
) -> None:
    without_headers(system, locations(*"ABCDE"), 2)
    job = pulled(theirs)

    assert held() == set("ABCDE")
    assert offsets(system) == [None, "2", "4", "5"]
    assert (job.state, job.done) == (JobState.DONE, 5)


def test_a_list_that_answers_every_offset_with_everything_ends_at_once(
    theirs: Connection, system: System
) -> None:
    without_headers(system, locations(*"ABCDE"), 100, heeds_offset=False)
    job = pulled(theirs)
    pulled(theirs, full=True)

    assert offsets(system) == [None, "5", None, "5"]
    assert (job.state, job.done, job.created_count) == (JobState.DONE, 5, 5)


def test_a_list_that_refuses_an_offset_has_come_to_its_end(
    theirs: Connection, system: System
) -> None:
    system.handler = lambda seen: (
        Reply(code=2001, data=[]) if "offset" in seen.query else Reply(locations("A", "B"))
    )
    assert pulled(theirs).state == JobState.DONE
    assert state_of(theirs).watermark is not None


def test_a_total_that_is_not_reached_makes_up_for_a_missing_link(
    theirs: Connection, system: System
) -> None:
    """T-069: the link is only recommended."""
    items = locations(*"ABCDE")

    def answer(seen: Seen) -> Reply:
        offset = int(seen.query.get("offset", "0"))
        return Reply(items[offset : offset + 2], headers={"X-Total-Count": "5"})

    system.handler = answer
    pulled(theirs)

    assert held() == set("ABCDE")
    assert offsets(system) == [None, "2", "4"]


def test_links_that_lead_in_circles_are_not_followed_for_ever(
    theirs: Connection, system: System
) -> None:
    def answer(seen: Seen) -> Reply:
        following = int(seen.query.get("page", "1")) + 1
        link = f"{system.url}{seen.path}?page={following}"
        return Reply(locations("A", "B"), headers={"Link": f'<{link}>; rel="next"'})

    system.handler = answer
    job = pulled(theirs)

    assert job.state == JobState.FAILED
    assert "sends pages again" in job.message
    assert len(system.requests) == 4


def test_a_link_to_a_page_that_was_read_is_refused(theirs: Connection, system: System) -> None:
    link = f'<{system.url}/sender/locations>; rel="next"'
    system.handler = lambda seen: Reply(locations("A"), headers={"Link": link})

    assert "repeats" in pulled(theirs).message
    assert held() == {"A"}


def test_a_list_may_hold_the_same_objects_several_times(theirs: Connection, system: System) -> None:
    """Quirk 58: a list that repeats its objects eight times, and says how long it is."""
    Listing(system, locations(*("AB" * 8)))
    job = pulled(theirs)

    assert (job.state, job.done) == (JobState.DONE, 16)
    assert held() == {"A", "B"}


def test_page_size_pause_and_date_filters_are_the_dialects(
    theirs: Connection, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("exchange.pulls.running.time.sleep", pauses.append)
    theirs.dialect_settings = {"page_size": 7, "pause_seconds": 0.01, "date_filters": False}
    theirs.save()
    Listing(system, locations(*"ABCD"))
    pulled(theirs)
    pulled(theirs)

    first, _, again, _ = (seen.query for seen in system.requests)
    assert (first, again) == ({"limit": "7"}, {"limit": "7"})
    assert pauses
    assert max(pauses) <= 0.01


def test_a_list_that_ignores_date_from_is_noticed_once(theirs: Connection, system: System) -> None:
    Listing(system, locations(*"ABCD"))
    pulled(theirs)
    job = pulled(theirs)
    again = pulled(theirs)

    assert "ignore date_from" in job.message
    assert again.message == ""
    assert state_of(theirs).ignores_dates
    assert Event.objects.filter(name="pull.dates_ignored").count() == 1


def test_the_partner_may_resynchronise_us_after_a_line_was_down(
    theirs: Connection, system: System
) -> None:
    """T-140: what was missed is asked for by date_from; a list of what changed is no new truth (T-082)."""
    listing = Listing(system, locations("A", "B", "C"))
    pulled(theirs)
    listing.items = [builders.location("B", name="Moved", last_updated=builders.LATEST)]
    job = pulled(theirs)

    assert "date_from" in system.requests[-1].query
    assert (job.updated_count, held()) == (1, set("ABC"))
    assert not state_of(theirs).ignores_dates


def test_a_list_is_found_in_an_answer_that_holds_those_of_two_modules(
    theirs: Connection, system: System
) -> None:
    inner = {"status_code": 1000, "data": locations("A", "B")}
    both = {"locations": inner, "tariffs": {"status_code": 1000, "data": [builders.tariff("T1")]}}
    system.replies(Reply(both, headers={"X-Total-Count": "2"}))
    job = pulled(theirs)

    assert held() == {"A", "B"}
    assert (job.state, job.rejected_count) == (JobState.DONE, 0)
