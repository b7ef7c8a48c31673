"""Claiming, sending and recording: nothing is lost, nothing overtakes, a sick partner is left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections
from django.db import connection as database
from django.utils import timezone

from exchange import deliveries, egress, tasks
from exchange.choices import DeliveryResult, Known
from exchange.deliveries import sending
from exchange.models import Delivery, Exchange
from exchange.registry import Source
from locations import services
from locations.models import EVSE, Location
from ocpi.client import OCPIResponse
from parties.models import Connection, Event, Party
from tests import builders
from tests.exchange.conftest import Reply, System

FILE = Source("file", version="2.2.1")


@pytest.fixture
def location(taker: Connection) -> Location:
    """A location of ours that the partner has been told about."""
    take("LOC1")
    Delivery.objects.update(sent_version=1)
    return Location.objects.get()


def take(*names: str, **fields: Any) -> None:
    documents = [builders.location(name, **fields) for name in names]
    services.receive(builders.raw(*documents), FILE)


def row() -> Delivery:
    return Delivery.objects.get()


def due_now() -> None:
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def change_status(status: str = "CHARGING") -> None:
    services.set_status(EVSE.objects.get(), status)


pytestmark = pytest.mark.django_db


# --- What is sent -------------------------------------------------------------------------------------


def test_a_new_location_is_put_whole_and_the_row_is_settled(
    taker: Connection, system: System
) -> None:
    """T-130, T-131."""
    take("LOC1")
    drained = deliveries.drain(taker)

    assert (drained.sent, drained.stop) == (1, False)
    (seen,) = system.requests
    assert (seen.method, seen.path) == ("PUT", "/receiver/locations/NL/ABC/LOC1")
    assert seen.document["name"] == "Gent Zuid"
    delivered = row()
    assert not delivered.is_pending
    assert (delivered.last_result, delivered.known) == (DeliveryResult.DELIVERED, "confirmed")
    assert delivered.lease_token is None
    assert delivered.last_exchange_id == Exchange.objects.get().pk


def test_a_status_is_patched_alone(location: Location, taker: Connection, system: System) -> None:
    change_status()
    deliveries.drain(taker)

    (seen,) = system.requests
    assert (seen.method, seen.path) == ("PATCH", "/receiver/locations/NL/ABC/LOC1/3256")
    assert seen.document.keys() == {"status", "last_updated"}
    assert not row().is_pending


def test_ten_changes_are_one_request_with_the_last_state(
    location: Location, taker: Connection, system: System
) -> None:
    """T-139."""
    for number in range(10):
        change_status("CHARGING" if number % 2 else "AVAILABLE")
    deliveries.drain(taker)

    assert [seen.document["status"] for seen in system.requests] == ["CHARGING"]
    assert deliveries.drain(taker).sent == 0


class Overtaken(egress.PartnerClient):
    """A client under whose request the object changes once more."""

    def request(self, *args: Any, **options: Any) -> OCPIResponse:
        answer = super().request(*args, **options)
        change_status("AVAILABLE")
        return answer


@pytest.mark.parametrize("whole", [False, True])
def test_a_change_during_the_request_is_sent_after_it(
    location: Location, taker: Connection, system: System, whole: bool
) -> None:
    change_status("CHARGING")
    if whole:
        Delivery.objects.update(known="no")
    (claimed,) = deliveries.claim(taker)
    client = Overtaken(taker)
    deliveries.attempt(taker, client, claimed)
    client.close()
    assert row().sent_version == claimed.wanted_version
    assert row().is_pending
    deliveries.drain(taker)

    assert not row().is_pending
    assert system.requests[-1].document["status"] == "AVAILABLE"


def test_what_the_partner_lacks_is_sent_whole_at_once(
    location: Location, taker: Connection, system: System
) -> None:
    """T-049."""
    for answer in (Reply(code=2003), Reply(status=404, code=2000)):
        system.requests.clear()
        system.replies(answer, Reply())
        change_status("CHARGING" if answer.code == 2003 else "AVAILABLE")
        deliveries.drain(taker)
        assert [seen.method for seen in system.requests] == ["PATCH", "PUT"]
        assert not row().is_pending


def test_what_the_partner_may_no_longer_see_is_not_sent(taker: Connection, system: System) -> None:
    take("LOC1")
    taker.presents.add(builders.party("NL*ELS", "CPO", ours=True))
    deliveries.drain(taker)

    assert system.requests == []
    assert not Delivery.objects.exists()


def test_what_was_told_and_may_no_longer_be_seen_is_withdrawn_once(
    taker: Connection, system: System
) -> None:
    """L-014, PF-35: the partner is told that it is gone, and not to whom it is open now."""
    take("LOC1")
    deliveries.drain(taker)
    private = {"publish_allowed_to": [{"group_id": "FLEET"}], "last_updated": builders.LATER}
    take("LOC1", publish=False, **private)
    deliveries.drain(taker)
    take("LOC1", publish=False, **{**private, "last_updated": builders.LATEST})
    deliveries.drain(taker)

    _, seen = system.requests
    assert (seen.method, seen.document["publish"]) == ("PUT", False)
    assert [evse["status"] for evse in seen.document["evses"]] == ["REMOVED"]
    assert "publish_allowed_to" not in seen.document
    assert row().known == Known.WITHDRAWN


def test_what_becomes_visible_again_is_told_whole(taker: Connection, system: System) -> None:
    take("LOC1")
    deliveries.drain(taker)
    take("LOC1", publish=False, last_updated=builders.LATER)
    deliveries.drain(taker)
    take("LOC1", last_updated=builders.LATEST)
    Delivery.objects.update(changed=["status:3256"])
    deliveries.drain(taker)

    last = system.requests[-1]
    assert (last.method, last.document) == (
        "PUT",
        builders.location("LOC1", last_updated=builders.LATEST),
    )
    assert row().known == Known.CONFIRMED


# --- What came of it ------------------------------------------------------------------------------------


def test_a_refused_version_is_dead_and_a_newer_one_is_tried(
    taker: Connection, system: System
) -> None:
    take("LOC1")
    system.replies(Reply(code=2001))
    deliveries.drain(taker)
    dead = row()
    assert list(Delivery.objects.dead()) == [dead]
    assert "OCPI 2001" in dead.last_error
    due_now()
    assert deliveries.claim(taker) == []

    system.replies(Reply())
    change_status()
    deliveries.drain(taker)
    assert [seen.method for seen in system.requests] == ["PUT", "PUT"]
    assert not row().is_pending
    assert not Delivery.objects.dead().exists()


@pytest.mark.parametrize(
    "answer", [None, Reply(status=500), Reply(body=b"<html>"), Reply(body=b"")]
)
def test_after_an_unclear_answer_the_whole_object_is_sent_when_it_has_cooled_off(
    location: Location, taker: Connection, system: System, answer: Reply | None
) -> None:
    """T-139."""
    system.replies(answer, Reply())
    change_status()
    before = timezone.now()
    deliveries.drain(taker)
    held = row()
    assert (held.last_result, held.is_pending) == (DeliveryResult.AMBIGUOUS, True)
    assert held.confirm_after is not None
    assert held.confirm_after >= before + timedelta(seconds=30)
    assert deliveries.drain(taker).sent == 0
    change_status("AVAILABLE")
    assert deliveries.drain(taker).sent == 0, "a change does not cut the cool-off short"

    due_now()
    deliveries.drain(taker)
    assert [seen.method for seen in system.requests] == ["PATCH", "PUT"]
    assert (row().is_pending, row().confirm_after) == (False, None)


def test_all_attempts_of_a_change_share_a_correlation_id_and_no_request_id(
    location: Location, taker: Connection, system: System
) -> None:
    """T-020, T-022."""
    system.replies(Reply(code=3000), Reply(), Reply())
    change_status()
    deliveries.drain(taker)
    due_now()
    deliveries.drain(taker)
    change_status("AVAILABLE")
    deliveries.drain(taker)

    first, second, other = (seen.headers for seen in system.requests)
    assert first["x-correlation-id"] == second["x-correlation-id"] != other["x-correlation-id"]
    assert len({h["x-request-id"] for h in (first, second, other)}) == 3


def test_a_failure_is_tried_again_later_and_later(
    location: Location, taker: Connection, system: System
) -> None:
    system.replies(Reply(code=3000))
    change_status()
    waits = []
    for _ in range(3):
        due_now()
        deliveries.drain(taker)
        waits.append((row().next_attempt_at - timezone.now()).total_seconds())

    assert [low <= wait <= low * 1.5 for low, wait in zip((0.8, 4.8, 14.8), waits, strict=True)]
    assert row().attempts == 3


def test_an_unreachable_partner_is_put_on_hold_with_everything_that_is_due(
    taker: Connection, system: System
) -> None:
    """T-139."""
    system.close()
    take("A", "B", "C")
    drained = deliveries.drain(taker)

    assert (drained.sent, drained.stop) == (1, True)
    taker.refresh_from_db()
    assert taker.hold_until is not None
    assert taker.hold_until > timezone.now()
    assert taker.unreachable_since is not None
    assert not Connection.objects.deliverable().exists()
    assert Delivery.objects.pending().count() == 3
    assert not Delivery.objects.exclude(lease_token=None).exists()


def test_a_busy_partner_is_left_alone_for_as_long_as_it_asks(
    taker: Connection, system: System
) -> None:
    take("A", "B", "C")
    system.replies(Reply(status=429, headers={"Retry-After": "120"}))
    deliveries.drain(taker)

    taker.refresh_from_db()
    assert taker.hold_until is not None
    assert 110 < (taker.hold_until - timezone.now()).total_seconds() <= 120
    assert taker.unreachable_since is None
    assert len(system.requests) == 1
    assert Delivery.objects.pending().count() == 3


def test_after_five_unclear_answers_in_a_row_the_partner_gets_a_rest(
    taker: Connection, system: System
) -> None:
    take(*"ABCDEFGH")
    system.replies(Reply(status=500))
    drained = deliveries.drain(taker)

    assert drained.stop
    assert len(system.requests) == 5
    taker.refresh_from_db()
    assert taker.hold_until is not None


def test_one_bad_object_among_good_ones_gives_the_partner_no_rest(
    taker: Connection, system: System
) -> None:
    take(*"ABCDEFGH")
    system.handler = lambda seen: Reply(status=500) if seen.path.endswith("/C") else Reply()
    deliveries.drain(taker)

    taker.refresh_from_db()
    assert (taker.hold_until, taker.hold_attempts) == (None, 0)
    assert Delivery.objects.pending().count() == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_dead_token_stops_deliveries_and_loses_nothing(
    taker: Connection, system: System, status: int
) -> None:
    take("A", "B", "C")
    system.replies(Reply(status=status))
    deliveries.drain(taker)

    assert len(system.requests) == 1
    taker.refresh_from_db()
    assert str(status) in taker.deliveries_stopped
    assert taker.is_connected
    assert Delivery.objects.pending().count() == 3
    assert Event.objects.filter(name="connection.deliveries_stopped").count() == 1
    tasks.deliver(taker.pk)
    assert len(system.requests) == 1


@pytest.mark.parametrize("status", [401, 404, 405, 400])
def test_what_was_said_as_agreed_before_is_said_again_as_agreed_now(
    taker: Connection, system: System, status: int
) -> None:
    """A version is changed while a request is under way: its refusal says nothing about the new one."""
    take("A")
    Connection.objects.filter(pk=taker.pk).update(version="2.3.0")
    system.replies(Reply(status=status))
    deliveries.drain(taker)

    taker.refresh_from_db()
    assert taker.deliveries_stopped == ""
    assert "locations" in taker.push_modules
    system.replies(Reply())
    deliveries.drain(taker)
    assert (row().is_pending, row().last_result) == (False, "delivered")
    assert [request.method for request in system.requests] == ["PUT", "PUT"]


def test_a_partner_without_the_module_is_told_nothing_more_of_it(
    taker: Connection, system: System
) -> None:
    take("A", "B")
    system.replies(Reply(status=405))
    deliveries.drain(taker)

    taker.refresh_from_db()
    assert taker.push_modules == []
    assert not Delivery.objects.pending().exists()
    assert len(system.requests) == 1


def test_a_fault_of_ours_concerns_one_delivery_only(
    taker: Connection, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    take("A", "B", "C")
    broken = Location.objects.get(location_id="A").pk
    from locations.outbox import LocationsOutbox

    render = LocationsOutbox.render

    def fragile(self: Any, connection: Connection, object_id: int, *args: Any, **more: Any) -> Any:
        if object_id == broken:
            raise KeyError("no such thing")
        return render(self, connection, object_id, *args, **more)

    monkeypatch.setattr(LocationsOutbox, "render", fragile)
    deliveries.drain(taker)

    (waiting,) = Delivery.objects.pending()
    assert (waiting.object_id, waiting.lease_token) == (broken, None)
    assert "has been logged" in waiting.last_error
    assert len(system.requests) == 2


def test_replaying_sends_the_current_state_again(
    location: Location, taker: Connection, system: System
) -> None:
    assert deliveries.replay([row().pk], actor="anna") == 1
    deliveries.drain(taker)

    assert [seen.method for seen in system.requests] == ["PUT"]
    assert Event.objects.get(name="deliveries.replayed").actor == "anna"


def test_skipping_gives_up_this_version_only(
    location: Location, taker: Connection, system: System
) -> None:
    change_status()
    assert deliveries.skip([row().pk], actor="anna") == 1
    assert deliveries.drain(taker).sent == 0
    change_status("AVAILABLE")
    assert deliveries.drain(taker).sent == 1


# --- Leases -----------------------------------------------------------------------------------------------


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(
    location: Location, taker: Connection
) -> None:
    change_status()
    (first,) = deliveries.claim(taker)
    assert deliveries.claim(taker) == []
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (second,) = deliveries.claim(taker)

    assert first.pk == second.pk
    assert first.lease_token != second.lease_token


def test_who_lost_the_lease_cannot_write(
    location: Location, taker: Connection, system: System
) -> None:
    change_status()
    (late,) = deliveries.claim(taker)
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (current,) = deliveries.claim(taker)
    with egress.client(taker) as client:
        deliveries.attempt(taker, client, late)

    held = row()
    assert held.is_pending
    assert held.lease_token == current.lease_token
    assert held.last_result == ""


def test_a_lease_outlives_every_request_that_is_begun_under_it() -> None:
    assert deliveries.LEASE_MARGIN_SECONDS > 2 * deliveries.REQUEST_SECONDS
    assert deliveries.LEASE_SECONDS > deliveries.LEASE_MARGIN_SECONDS


def test_rows_that_were_not_begun_are_given_back(
    taker: Connection, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LEASE_SECONDS", deliveries.LEASE_MARGIN_SECONDS)
    take("A", "B")
    deliveries.drain(taker)

    assert system.requests == []
    assert set(Delivery.objects.values_list("attempts", "lease_token")) == {(0, None)}


@pytest.fixture
def many(transactional_db: None, taker: Connection) -> Iterator[list[int]]:
    take(*(f"L{number}" for number in range(200)))
    yield list(Delivery.objects.values_list("pk", flat=True))
    database.close()


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_row(many: list[int], taker: Connection) -> None:
    claimed: list[list[int]] = [[], []]
    together = threading.Barrier(2)

    def work(mine: list[int]) -> None:
        together.wait()
        try:
            while rows := deliveries.claim(taker, 3):
                mine.extend(row.pk for row in rows)
        finally:
            close_old_connections()
            database.close()

    workers = [threading.Thread(target=work, args=[mine]) for mine in claimed]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert all(claimed)
    assert sorted(claimed[0] + claimed[1]) == sorted(many)


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_send_everything_once(
    many: list[int], taker: Connection, system: System
) -> None:
    def work() -> None:
        try:
            tasks.deliver(taker.pk)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert not Delivery.objects.pending().exists()
    paths = [seen.path for seen in system.requests]
    assert len(paths) == len(set(paths)) == 200


def test_no_more_workers_than_the_partner_takes(taker: Connection) -> None:
    Connection.objects.update(max_parallel_requests=0)
    taker.refresh_from_db()
    take("A")
    tasks.deliver(taker.pk)

    assert Delivery.objects.pending().count() == 1


def test_the_beat_wakes_who_has_something_due(
    taker: Connection, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("exchange.wake.connections", lambda ids: woken.append(list(ids)))
    tasks.wake_due()
    take("A")
    tasks.wake_due()
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    tasks.wake_due()
    due_now()
    Connection.objects.update(hold_until=timezone.now() + timedelta(hours=1))
    tasks.wake_due()

    assert woken == [[], [taker.pk], [], []]
    assert Party.objects.exists()
