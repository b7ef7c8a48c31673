"""Locations: finding them, what their page says, and that only ours are changed, by those who may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exchange.models import Delivery
from locations import history, services
from locations.admin.forms import EVSEForm
from locations.admin.typed_ids import of_another_party
from locations.choices import Status
from locations.models import EVSE, Location, StatusInterval
from ocpi.ids import PartyId
from parties.models import Connection, Event, Party
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

LIST = "/admin/locations/location/"
EVSES = "/admin/locations/evse/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(connection: Connection) -> Location:
    """A location of ours whose changes go to a partner."""
    connection.push_modules = ["locations"]
    connection.save()
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    return Location.objects.get(owner=owner)


@pytest.fixture
def theirs() -> Location:
    owner = builders.party("DE*XYZ")
    document = builders.location(
        "LOC9", "DE*XYZ", name="Zoo", city="Berlin", country="DEU", address="Am Park 1"
    )
    document["evses"] = [builders.evse("99", evse_id="DE*XYZ*E99")]
    services.put_location(owner, document, source=None)
    return Location.objects.get(owner=owner)


def page(location: Location) -> str:
    return reverse("admin:locations_location_change", args=[location.pk])


def edit(location: Location) -> str:
    return reverse("admin:locations_location_edit", args=[location.pk])


def evse_action(evse: EVSE, action: str) -> str:
    return reverse(f"admin:locations_evse_{action}", args=[evse.pk])


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "term",
    [
        "NL*ABC*E3256",
        "nlabce3256",
        "NL-ABC-E3256",
        "nl abc e32",
        "3256",
        "LOC1",
        "loc1",
        "gent",
        "Rooseveltlaan",
        "NL*ABC/LOC1",
        "nl-abc/loc1",
    ],
)
def test_every_spelling_finds_it(
    log_in: LogIn, ours: Location, theirs: Location, term: str
) -> None:
    response = log_in(permissions.VIEWERS).get(LIST, {"q": term})
    assert [row.pk for row in response.context["cl"].result_list] == [ours.pk]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"whose": "ours"}, "ours"),
        ({"whose": "theirs"}, "theirs"),
        ({"country": "DEU"}, "theirs"),
        ({"status": "OUTOFORDER"}, "theirs"),
        ({"publish__exact": "0"}, "ours"),
        ({"vanished": "yes"}, "theirs"),
    ],
)
def test_filters(
    log_in: LogIn, ours: Location, theirs: Location, query: dict[str, str], found: str
) -> None:
    EVSE.objects.filter(location=theirs).update(status=Status.OUTOFORDER)
    Location.objects.filter(pk=ours.pk).update(publish=False)
    Location.objects.filter(pk=theirs.pk).update(vanished_at=timezone.now())
    response = log_in(permissions.VIEWERS).get(LIST, query)
    wanted = {"ours": ours.pk, "theirs": theirs.pk}[found]
    assert [row.pk for row in response.context["cl"].result_list] == [wanted]


@pytest.mark.parametrize(("whose", "found"), [("ours", "3256"), ("theirs", "99")])
def test_the_list_of_evses_tells_ours_from_theirs(
    log_in: LogIn, ours: Location, theirs: Location, whose: str, found: str
) -> None:
    response = log_in(permissions.VIEWERS).get(EVSES, {"whose": whose})
    assert [row.uid for row in response.context["cl"].result_list] == [found]


@pytest.mark.parametrize("key", ["999999", "no-number", "²"])
def test_there_is_no_page_of_what_is_not_there(log_in: LogIn, ours: Location, key: str) -> None:
    client = log_in(permissions.VIEWERS)
    for kind in ("locations_location", "locations_evse", "tariffs_tariff"):
        assert client.get(reverse(f"admin:{kind}_change", args=[key])).status_code == 404


def test_the_list_costs_the_same_for_one_location_and_for_many(
    log_in: LogIn, connection: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owner = builders.party("NL*ABC", ours=True)
    for number in range(30):
        services.put_location(owner, builders.location(f"LOC{number}"), source=None)
    client = log_in(permissions.VIEWERS)
    with django_assert_max_num_queries(12):
        text = client.get(LIST).content.decode()
    assert "1 available" in text


def test_the_page_says_it_in_plain_words(log_in: LogIn, ours: Location) -> None:
    text = shown(log_in(permissions.VIEWERS), page(ours))
    assert "Type 2" in text
    assert "22 kW" in text
    assert "Example Mobility" in text
    assert "Waiting" in text


def test_who_operates_it_is_said_by_the_location_or_by_its_owners_credentials(
    log_in: LogIn, ours: Location
) -> None:
    """L-034."""
    client = log_in(permissions.VIEWERS)
    assert "<dt>Operator</dt><dd>Not said by the owner.</dd>" in shown(client, page(ours))
    Party.objects.filter(pk=ours.owner_id).update(name="Acme Charging")
    assert "<dt>Operator</dt><dd>Acme Charging</dd>" in shown(client, page(ours))
    document = builders.location(operator={"name": "Acme Local"}, last_updated=builders.LATER)
    services.put_location(ours.owner, document, source=None)
    assert "<dt>Operator</dt><dd>Acme Local</dd>" in shown(client, page(ours))


def test_the_log_leads_to_the_page(log_in: LogIn, ours: Location) -> None:
    url = reverse("admin:locations_location_named", args=["NL*ABC/LOC1"])
    response = log_in(permissions.VIEWERS).get(url)
    assert response["Location"] == page(ours)


def test_a_partners_location_is_only_looked_at(log_in: LogIn, theirs: Location) -> None:
    client = log_in(permissions.OPERATIONS)
    text = shown(client, page(theirs))
    assert "so it can only be looked at here" in text
    assert edit(theirs) not in text
    assert client.get(edit(theirs)).status_code == 403
    assert client.post(edit(theirs), {"name": "Mine"}).status_code == 403
    evse = theirs.evses.get()
    client.post(evse_action(evse, "out-of-order"))
    client.post(evse_action(evse, "status"), {"status": "BLOCKED"})
    evse.refresh_from_db()
    assert evse.status == Status.AVAILABLE


def test_putting_out_of_order_asks_first_and_tells_partners(log_in: LogIn, ours: Location) -> None:
    Delivery.objects.update(sent_version=1)
    evse = ours.evses.get()
    client = log_in(permissions.OPERATIONS)
    assert "out of order?" in shown(client, evse_action(evse, "out-of-order"))
    evse.refresh_from_db()
    assert evse.status == Status.AVAILABLE
    client.post(evse_action(evse, "out-of-order"))
    evse.refresh_from_db()
    assert evse.status == Status.OUTOFORDER
    assert Delivery.objects.get().is_pending
    assert Event.objects.filter(name="evse.status", actor="operations-member").exists()
    client.post(evse_action(evse, "in-service"))
    evse.refresh_from_db()
    assert evse.status == Status.AVAILABLE


def test_removing_an_evse(log_in: LogIn, ours: Location) -> None:
    """L-009."""
    evse = ours.evses.get()
    log_in(permissions.OPERATIONS).post(evse_action(evse, "remove"))
    evse.refresh_from_db()
    assert evse.status == Status.REMOVED


@pytest.mark.parametrize("group", ["", permissions.VIEWERS, permissions.FINANCE])
def test_without_the_permission_nothing_changes_and_nothing_goes_out(
    log_in: LogIn, ours: Location, group: str
) -> None:
    Delivery.objects.update(sent_version=1)
    before = Location.objects.values().get()
    client, evse = log_in(group), ours.evses.get()
    urls = [evse_action(evse, name) for name in ("out-of-order", "in-service", "status", "remove")]
    urls += [edit(ours), reverse("admin:locations_location_add")]
    urls.append(reverse("admin:locations_location_add_evse", args=[ours.pk]))
    urls.append(reverse("admin:locations_location_edit_evse", args=[ours.pk, evse.pk]))
    for url in urls:
        assert client.post(url, {"status": "BLOCKED", "name": "X"}).status_code == 403
    assert Location.objects.values().get() == before
    assert not Delivery.objects.get().is_pending


def fields(location: Location, **changed: Any) -> dict[str, Any]:
    return {
        "name": "Gent Zuid",
        "address": "F.Rooseveltlaan 3A",
        "postal_code": "9000",
        "city": "Gent",
        "country": "BEL",
        "latitude": "51.047599",
        "longitude": "3.729944",
        "time_zone": "Europe/Brussels",
        "opening": "daily",
        "opens": "07:00",
        "closes": "22:30",
        "publish": "on",
        "version": location.version,
        **changed,
    }


def test_editing_keeps_what_the_form_does_not_know(log_in: LogIn, ours: Location) -> None:
    owner = ours.owner
    document = builders.location(help_phone="+31 20 123 4567", last_updated=builders.LATER)
    services.put_location(owner, document, source=None)
    ours.refresh_from_db()
    log_in(permissions.OPERATIONS).post(edit(ours), fields(ours, name="Gent Noord"))
    ours.refresh_from_db()
    assert ours.name == "Gent Noord"
    assert ours.document["help_phone"] == "+31 20 123 4567"
    assert ours.document["opening_times"]["regular_hours"][6] == {
        "weekday": 7,
        "period_begin": "07:00",
        "period_end": "22:30",
    }
    assert ours.evses.get().status == Status.AVAILABLE


def test_what_is_wrong_is_said_at_its_field(log_in: LogIn, ours: Location) -> None:
    response = log_in(permissions.OPERATIONS).post(
        edit(ours), fields(ours, latitude="97", closes="06:00", address="")
    )
    errors = response.context["form"].errors
    assert set(errors) == {"latitude", "closes", "address"}
    ours.refresh_from_db()
    assert ours.document["coordinates"]["latitude"] == "51.047599"


def test_a_change_meanwhile_is_not_overwritten_unseen(log_in: LogIn, ours: Location) -> None:
    client, evse = log_in(permissions.OPERATIONS), ours.evses.get()
    stale = fields(ours, name="Gent Noord")
    services.set_status(evse, Status.BLOCKED)
    response = client.post(edit(ours), stale)
    assert "while you were editing" in response.content.decode()
    ours.refresh_from_db()
    assert ours.name == "Gent Zuid"


def test_a_new_location_with_its_first_evse(log_in: LogIn, connection: Connection) -> None:
    owner = builders.party("NL*ABC", ours=True)
    client = log_in(permissions.OPERATIONS)
    values = {**fields(Location(version=0)), "owner": owner.pk, "location_id": "NEW-1"}
    client.post(reverse("admin:locations_location_add"), values)
    made = Location.objects.get()
    assert made.reference == "NL*ABC/NEW-1"
    client.post(
        reverse("admin:locations_location_add_evse", args=[made.pk]),
        {
            "uid": "1",
            "evse_id": "NL*ABC*E1",
            "status": "AVAILABLE",
            "capabilities": ["RFID_READER"],
            "connectors-TOTAL_FORMS": "2",
            "connectors-INITIAL_FORMS": "1",
            "connectors-0-id": "1",
            "connectors-0-standard": "IEC_62196_T2_COMBO",
            "connectors-0-format": "CABLE",
            "connectors-0-power_type": "DC",
            "connectors-0-max_voltage": "920",
            "connectors-0-max_amperage": "500",
            "connectors-0-max_electric_power": "150",
            "connectors-1-id": "",
            "connectors-1-standard": "IEC_62196_T2",
            "connectors-1-format": "SOCKET",
            "connectors-1-power_type": "AC_1_PHASE",
        },
    )
    evse = made.evses.get()
    assert evse.document["connectors"][0]["max_electric_power"] == 150_000
    assert "CCS (Combo 2)" in shown(client, page(made))


def test_the_same_id_twice_is_refused(log_in: LogIn, ours: Location) -> None:
    """L-028."""
    values = {**fields(ours), "owner": ours.owner_id, "location_id": "loc1"}
    response = log_in(permissions.OPERATIONS).post(reverse("admin:locations_location_add"), values)
    assert "already has a location with this ID" in response.content.decode()


def test_history_says_in_words_what_it_draws(ours: Location) -> None:
    evse = ours.evses.get()
    now = datetime.fromisoformat("2026-05-08T12:00:00+00:00")
    StatusInterval.objects.all().delete()
    StatusInterval.objects.create(
        evse=evse,
        status="CHARGING",
        started_at=now - timedelta(days=30),
        ended_at=now - timedelta(days=3.5),
    )
    StatusInterval.objects.create(
        evse=evse, status="AVAILABLE", started_at=now - timedelta(days=3.5)
    )
    bar = history.bars([evse.pk], now)[evse.pk]
    assert 'width="500.0"' in bar
    assert "Charging 50 %" in bar
    assert "Available 50 %" in bar


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("NL*ABC*P1", "at character 8: the ID of an EVSE has an E here"),
        ("NL*ABC*E1%", "at character 10: only letters, digits and * may stand here"),
        ("ZZ*ABC*E1", "at character 1: ZZ is not a country code"),
        ("nlabce1", ""),
        ("DE*XYZ*E1", ""),
        ("+49*810*000*438", ""),
    ],
)
def test_a_typed_evse_id_is_checked(typed: str, why: str) -> None:
    form = EVSEForm({"uid": "1", "evse_id": typed, "status": "AVAILABLE"})
    form.is_valid()
    assert why in str(form.errors.get("evse_id", "")), form.errors
    assert ("evse_id" in form.errors) == bool(why)


def test_an_evse_id_of_another_party_is_remarked_on() -> None:
    owner = PartyId("NL", "ABC")
    assert of_another_party("nlabce1", owner) == ""
    assert "begins with DE*XYZ; its owner is NL*ABC" in of_another_party("DE*XYZ*E1", owner)


def test_what_partners_know_already_may_stay() -> None:
    assert EVSEForm({"evse_id": "37"}, document={"uid": "1", "evse_id": "37"}).is_valid()
