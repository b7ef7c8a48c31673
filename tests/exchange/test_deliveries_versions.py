"""Deliveries to partners of other versions: what cannot be said is counted, or refused in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import deliveries
from exchange.choices import DeliveryResult
from exchange.models import Delivery, LossCount
from exchange.registry import Source
from locations import services
from locations.models import EVSE
from locations.outbox import LocationsOutbox
from ocpi import convert
from parties.models import Connection
from tests import builders
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db


@pytest.fixture
def older(system: System) -> Connection:
    """A partner of OCPI 2.1.1 that takes our locations."""
    emsp = builders.party("DE*EMP", "EMSP")
    return builders.connection(
        "Older", speaks_for=(emsp,), url=system.url, pushes=("locations",), version="2.1.1"
    )


def take(**fields: Any) -> None:
    source = Source("file", version="2.2.1")
    services.receive(builders.raw(builders.location(**fields)), source)


def counted() -> dict[str, int]:
    return dict(LossCount.objects.values_list("path", "count"))


def test_a_whole_location_and_a_status_go_out_at_2_1_1(older: Connection, system: System) -> None:
    take(state="Oost")
    deliveries.drain(older)
    services.set_status(EVSE.objects.get(), "CHARGING")
    deliveries.drain(older)

    whole, status = system.requests
    assert (whole.method, status.method) == ("PUT", "PATCH")
    assert whole.document["evses"][0]["connectors"][0]["voltage"] == 230
    assert status.document["status"] == "CHARGING"
    assert "." not in status.document["last_updated"]
    assert not [name for name in whole.headers if name.startswith("ocpi-")]


def test_what_was_left_out_counts_when_it_was_sent(older: Connection, system: System) -> None:
    take(state="Oost")
    system.replies(Reply(code=3000), Reply())
    deliveries.drain(older)
    assert counted() == {}

    Delivery.objects.update(next_attempt_at=builders.EARLIER)
    Connection.objects.update(hold_until=None)
    deliveries.drain(older)
    assert counted() == {"state": 1}


def test_what_a_version_cannot_say_at_all_is_refused_in_plain_words(
    older: Connection, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise convert.Refused("OCPI 2.1.1 cannot say so")

    monkeypatch.setattr(LocationsOutbox, "render", refuse)
    deliveries.drain(older)

    delivery = Delivery.objects.get()
    assert (delivery.last_result, delivery.is_pending) == (DeliveryResult.DEAD, False)
    assert delivery.last_error == "Not sent: OCPI 2.1.1 cannot say so."
    assert system.requests == []
