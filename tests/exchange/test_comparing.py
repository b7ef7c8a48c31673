"""Comparing with what a partner holds: one object, a whole module, and sending again."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import copies, deliveries, jobs, objects, registry
from exchange.choices import Found, JobState
from exchange.models import Comparison, Delivery, Job
from exchange.registry import Source
from locations import services
from parties.models import Connection
from tests import builders
from tests.exchange.conftest import Reply, Seen, System

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(taker: Connection, system: System) -> dict[str, Any]:
    """What the partner holds by id; it keeps what it is sent, and answers for it."""
    kept: dict[str, Any] = {}

    def answer(seen: Seen) -> Reply:
        name = seen.path.rsplit("/", 1)[1]
        if seen.method == "PUT":
            kept[name] = seen.document
            return Reply()
        if name not in kept:
            return Reply(status=404, code=2003)
        return Reply(kept[name])

    system.handler = answer
    return kept


def send(taker: Connection, *names: str) -> None:
    documents = [builders.location(name) for name in names]
    services.receive(builders.raw(*documents), Source("file", version="2.2.1"))
    while deliveries.drain(taker).sent:
        pass


def run(taker: Connection) -> tuple[Comparison, Job]:
    job = copies.start(taker, "locations")
    pauses: list[float] = []
    copies.run(job, pause=pauses.append)
    job.refresh_from_db()
    return Comparison.objects.get(job=job), job


def target(reference: str = "NL*ABC/LOC1") -> objects.Named:
    found = objects.find(registry.get("locations"), reference)
    assert found is not None
    return found


def test_equal_different_and_missing_objects_of_a_module(
    taker: Connection, held: dict[str, Any]
) -> None:
    send(taker, "LOC1", "LOC2", "LOC3", "LOC4")
    held["LOC2"]["name"] = "Another"
    del held["LOC3"]
    held["LOC4"]["id"] = "LOC9"

    comparison, job = run(taker)

    assert job.state == JobState.DONE
    counts = (comparison.equal, comparison.different, comparison.missing, comparison.foreign)
    assert counts == (1, 1, 1, 1)
    assert job.message == copies.summary(comparison)
    named = comparison.differences.get(found=Found.DIFFERENT)
    assert (named.path, named.ours, named.theirs) == ("name", "Gent Zuid", "Another")
    assert copies.differing(comparison) == sorted(target(f"NL*ABC/LOC{n}").id for n in (2, 3, 4))


def test_what_differs_is_pushed_again_and_is_equal_after_that(
    taker: Connection, held: dict[str, Any]
) -> None:
    send(taker, "LOC1", "LOC2")
    held["LOC1"]["city"] = "Elsewhere"
    del held["LOC2"]
    comparison, _ = run(taker)

    pushed = copies.push_again(taker, "locations", copies.differing(comparison), actor="somebody")
    deliveries.drain(taker)

    assert pushed == 2
    again, _ = run(taker)
    assert (again.equal, again.compared) == (2, 2)


def test_one_object_is_compared_and_a_wrong_answer_is_no_difference(
    taker: Connection, held: dict[str, Any], system: System
) -> None:
    send(taker, "LOC1")
    assert copies.compare_one(target(), taker).found == ""
    system.replies(Reply(status=500, code=3000))
    outcome = copies.compare_one(target(), taker)
    assert (outcome.found, bool(outcome.failure)) == ("", True)
    system.replies(Reply(["not an object"]))
    assert copies.compare_one(target(), taker).found == Found.UNREADABLE


def test_failures_in_a_row_stop_it_and_it_goes_on_where_it_stopped(
    taker: Connection, held: dict[str, Any], system: System
) -> None:
    send(taker, "LOC1", "LOC2", "LOC3")
    working = system.handler
    system.handler = lambda seen: (
        working(seen) if seen.path.endswith("LOC1") else Reply(status=503, code=3000)
    )
    comparison, job = run(taker)
    assert job.state == JobState.FAILED
    assert "5 requests in a row" in job.message
    assert comparison.compared == 1

    system.handler = working
    system.requests.clear()
    following = jobs.restart(job)
    copies.run(following, pause=lambda seconds: None)
    comparison.refresh_from_db()
    assert (comparison.compared, comparison.equal) == (3, 3)
    assert not [seen for seen in system.requests if seen.path.endswith("LOC1")]


def test_the_pause_of_the_dialect_lies_between_requests(
    taker: Connection, held: dict[str, Any]
) -> None:
    taker.dialect_settings = {"pause_seconds": 0.25}
    taker.save()
    send(taker, "LOC1", "LOC2")
    pauses: list[float] = []
    job = copies.start(taker, "locations")
    copies.run(job, pause=pauses.append)
    assert pauses == [0.25, 0.25]


def test_only_what_was_sent_is_asked_for_and_three_comparisons_are_kept(
    taker: Connection, held: dict[str, Any], system: System
) -> None:
    send(taker, "LOC1")
    services.receive(builders.raw(builders.location("LOC2")), Source("file", version="2.2.1"))
    system.requests.clear()
    for _ in range(4):
        run(taker)
    assert {seen.path.rsplit("/", 1)[1] for seen in system.requests} == {"LOC1"}
    assert Comparison.objects.count() == copies.KEPT
    assert Delivery.objects.pending().count() == 1


def test_without_an_address_there_is_nothing_to_compare(taker: Connection) -> None:
    taker.endpoints = []
    taker.save()
    with pytest.raises(copies.CannotCompare, match="no address"):
        copies.start(taker, "locations")
