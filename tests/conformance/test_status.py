"""What an EVSE's status is, and what merely announces one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from exchange import deliveries
from exchange.models import Delivery
from exchange.tasks import wake_due
from locations import services
from locations.models import EVSE
from parties.models import Connection
from tests import builders
from tests.conformance.world import LOCATIONS, VERSIONS, reader
from tests.exchange.conftest import System

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("version", VERSIONS)]


def connected(version: str, system: System) -> Connection:
    """A partner that takes our locations."""
    return builders.connection(
        "Taker",
        speaks_for=(builders.party("DE*TAK", "EMSP"),),
        url=system.url,
        pushes=("locations",),
        version=version,
    )


def test_a_schedule_informs_and_a_change_is_pushed(version: str, system: System) -> None:
    """L-033: what was planned for today is no status until somebody says so."""
    emsp, taker = reader(version), connected(version, system)
    schedule = [{"period_begin": "2026-01-01T00:00:00Z", "status": "OUTOFORDER"}]
    LOCATIONS.hold(LOCATIONS.document(evses=[builders.evse(status_schedule=schedule)]))
    deliveries.drain(taker)
    wake_due()

    (listed,) = emsp.get(LOCATIONS.list).data[0]["evses"]
    assert (listed["status"], listed["status_schedule"]) == ("AVAILABLE", schedule)
    assert not Delivery.objects.pending().exists()
    services.set_status(EVSE.objects.get(), "OUTOFORDER")
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(taker)

    whole, change = system.requests
    assert whole.document["evses"][0]["status"] == "AVAILABLE"
    assert (change.method, change.document["status"]) == ("PATCH", "OUTOFORDER")


def test_an_evse_that_goes_is_told_by_its_status(version: str, system: System) -> None:
    """L-009: nothing of a location is ever deleted."""
    taker = connected(version, system)
    LOCATIONS.hold(LOCATIONS.document())
    deliveries.drain(taker)
    services.set_status(EVSE.objects.get(), "REMOVED")
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(taker)

    assert [(seen.method, seen.path.split("/")[-1]) for seen in system.requests] == [
        ("PUT", "LOC1"),
        ("PATCH", "3256"),
    ]
    assert system.requests[-1].document["status"] == "REMOVED"
    (listed,) = reader(version).get(LOCATIONS.list).data[0]["evses"]
    assert listed["status"] == "REMOVED"
