"""A partner that only fetched an object is told like one that was sent it."""

from __future__ import annotations

import pytest

from exchange import explain, looking, registry
from exchange.choices import Known
from exchange.models import Delivery
from exchange.registry import Push
from exchange.standing import Standing, push_due
from locations import services
from locations.models import EVSE
from parties.models import Connection
from tariffs import services as tariffs
from tests import builders
from tests.builders import Partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def emsp() -> Partner:
    """A partner that was connected when two locations were here already."""
    owner = builders.party("NL*ABC", "CPO", ours=True)
    services.save_location(owner, builders.location("LOC1"))
    services.save_location(owner, builders.location("LOC2"))
    speaks_for = (builders.party("DE*XYZ", "EMSP"),)
    return builders.partner("Emsp", speaks_for=speaks_for, pushes=("locations",))


def due(connection: Connection, reference: str) -> tuple[Standing, Push | None]:
    delivery = Delivery.objects.pending().get(object_reference=reference)
    outbox = registry.get("locations").outbox
    assert outbox is not None
    return push_due(outbox, connection, delivery, whole=False)


def hide(identifier: str) -> None:
    owner = builders.party("NL*ABC", "CPO")
    services.save_location(owner, builders.location(identifier, publish=False))


def test_what_was_fetched_from_a_list_is_withdrawn_when_it_becomes_private(emsp: Partner) -> None:
    """L-014, T-144."""
    assert [item["id"] for item in emsp.get("sender/locations").data] == ["LOC1", "LOC2"]
    row = Delivery.objects.get(object_reference="NL*ABC/LOC1")
    assert (row.known, row.is_pending) == (Known.FETCHED, False)
    assert explain.state(row)[0] == "Fetched"

    hide("LOC1")

    where, push = due(emsp.connection, "NL*ABC/LOC1")
    assert where is Standing.WITHDRAW
    assert push is not None
    assert push.method == "PUT"
    assert not Delivery.objects.pending().exclude(object_reference="NL*ABC/LOC1").exists()


def test_what_was_fetched_alone_counts_as_well(emsp: Partner) -> None:
    assert emsp.get("sender/locations/loc2").code == 1000
    hide("LOC2")
    hide("LOC1")

    assert due(emsp.connection, "NL*ABC/LOC2")[0] is Standing.WITHDRAW
    assert Delivery.objects.count() == 1


def test_a_status_goes_out_alone_to_who_fetched_the_location(emsp: Partner) -> None:
    emsp.get("sender/locations?limit=1")
    services.set_status(EVSE.objects.get(location__location_id="LOC1"), "CHARGING")

    where, push = due(emsp.connection, "NL*ABC/LOC1")
    assert where is Standing.TELL
    assert push is not None
    assert push.method == "PATCH"


def test_fetching_again_leaves_what_is_due_alone(emsp: Partner) -> None:
    emsp.get("sender/locations")
    services.set_status(EVSE.objects.get(location__location_id="LOC1"), "CHARGING")
    before = Delivery.objects.values().get(object_reference="NL*ABC/LOC1")
    emsp.get("sender/locations")

    assert Delivery.objects.values().get(object_reference="NL*ABC/LOC1") == before


def test_looking_as_a_partner_is_not_fetching(emsp: Partner) -> None:
    looking.look(emsp.connection, "locations")
    assert not Delivery.objects.exists()


def test_who_takes_no_changes_leaves_no_note(emsp: Partner) -> None:
    emsp.connection.push_modules = []
    emsp.connection.save()
    emsp.get("sender/locations")

    assert not Delivery.objects.exists()


def test_a_fetched_tariff_is_deleted_there_when_it_is_deleted_here() -> None:
    """F-004."""
    owner = builders.party("NL*ABC", "CPO", ours=True)
    tariffs.put_tariff(owner, builders.tariff("T1"), source=None)
    speaks_for = (builders.party("DE*XYZ", "EMSP"),)
    emsp = builders.partner("Emsp", speaks_for=speaks_for, pushes=("tariffs",))
    assert [item["id"] for item in emsp.get("sender/tariffs").data] == ["T1"]
    tariffs.delete_tariff(owner, "T1", source=None)

    outbox = registry.get("tariffs").outbox
    assert outbox is not None
    where, push = push_due(outbox, emsp.connection, Delivery.objects.pending().get(), whole=False)
    assert where is Standing.WITHDRAW
    assert push is not None
    assert (push.method, list(push.segments)) == ("DELETE", ["NL", "ABC", "T1"])
