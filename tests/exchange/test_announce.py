"""Marking deliveries in the transaction that changes an object."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from exchange import registry
from exchange.announce import announce
from exchange.choices import Known
from exchange.models import Delivery
from exchange.registry import Source
from locations import services
from locations.models import EVSE, Location
from parties.choices import ConnectionState
from parties.models import Connection
from tests import builders

pytestmark = pytest.mark.django_db
FILE = Source("file", version="2.2.1")


def take(*documents: dict[str, Any]) -> None:
    services.receive(builders.raw(*documents), FILE)


def delivery(connection: Connection) -> Delivery:
    return Delivery.objects.get(connection=connection)


def test_every_connection_that_may_see_it_is_told_and_no_other(taker: Connection) -> None:
    hidden_from = builders.party("NL*ELS", "CPO", ours=True)
    builders.connection("Sees others", presents=(hidden_from,), pushes=("locations",))
    builders.connection("Takes none")
    owner = builders.party("NL*ABC")
    builders.connection("Its own", speaks_for=(owner,), pushes=("locations",))
    suspended = builders.connection("Suspended", pushes=("locations",))
    gone = builders.connection("Gone", pushes=("locations",))
    for connection, state in (
        (suspended, ConnectionState.SUSPENDED),
        (gone, ConnectionState.UNREGISTERED),
    ):
        connection.state = state
        connection.save()
    take(builders.location())

    told = set(Delivery.objects.values_list("connection__name", flat=True))
    assert told == {"Taker", "Suspended"}
    row = delivery(taker)
    assert (row.object_reference, row.wanted_version, row.sent_version) == ("NL*ABC/LOC1", 1, 0)
    assert (row.changed, row.is_pending) == (["*"], True)


def test_what_is_not_published_is_not_announced_but_its_withdrawal_is(taker: Connection) -> None:
    """L-014, L-018: who was told about a location hears that it is private now; who was not, does not."""
    take(builders.location(publish=False))
    assert not Delivery.objects.exists()
    take(builders.location(last_updated=builders.LATER))
    take(builders.location(publish=False, last_updated=builders.LATEST))
    assert delivery(taker).wanted_version == Location.objects.get().version - 1

    Delivery.objects.update(last_exchange_id=1, sent_version=2)
    take(builders.location(publish=False, last_updated="2026-01-04T10:00:00Z"))
    row = delivery(taker)
    assert row.wanted_version == Location.objects.get().version
    assert row.is_pending

    Delivery.objects.update(known=Known.WITHDRAWN, sent_version=row.wanted_version)
    take(builders.location(publish=False, last_updated="2026-01-05T10:00:00Z"))
    assert not delivery(taker).is_pending


def test_nothing_is_marked_when_the_change_is_rolled_back(taker: Connection) -> None:
    with transaction.atomic():
        take(builders.location())
        transaction.set_rollback(True)

    assert not Delivery.objects.exists()


def test_many_changes_are_one_delivery_of_the_newest_state(taker: Connection) -> None:
    for minute in range(10):
        take(builders.location(name=f"Name {minute}", last_updated=f"2026-01-02T10:0{minute}:00Z"))

    assert delivery(taker).wanted_version == Location.objects.get().version == 10


def test_a_mere_status_is_remembered_until_something_else_changes(taker: Connection) -> None:
    take(builders.location(evses=[builders.evse("1"), builders.evse("2")]))
    Delivery.objects.update(sent_version=1)
    one, two = EVSE.objects.order_by("uid")
    services.set_status(one, "CHARGING")
    services.set_status(one, "AVAILABLE")
    assert delivery(taker).changed == ["status:1"]
    services.set_status(two, "CHARGING")
    assert delivery(taker).changed == ["*"]


def test_what_was_refused_is_told_whole_next_time(taker: Connection) -> None:
    take(builders.location())
    Delivery.objects.update(dead_version=1)
    services.set_status(EVSE.objects.get(), "CHARGING")

    row = delivery(taker)
    assert row.is_pending
    assert row.changed == ["*"]


def test_a_new_change_of_a_settled_object_starts_afresh_but_keeps_its_cool_off(
    taker: Connection,
) -> None:
    take(builders.location())
    Delivery.objects.update(sent_version=1, attempts=4, confirm_after="2099-01-01T00:00:00Z")
    services.set_status(EVSE.objects.get(), "CHARGING")

    row = delivery(taker)
    assert (row.attempts, row.next_attempt_at) == (0, row.confirm_after)


def test_a_change_while_one_waits_leaves_its_turn_alone(taker: Connection) -> None:
    take(builders.location())
    Delivery.objects.update(next_attempt_at="2099-01-01T00:00:00Z", attempts=4)
    services.set_status(EVSE.objects.get(), "CHARGING")

    row = delivery(taker)
    assert (row.attempts, row.next_attempt_at.year) == (4, 2099)


def test_nothing_to_announce_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert announce("locations", []) == 0
        assert registry.find("locations") is not None
