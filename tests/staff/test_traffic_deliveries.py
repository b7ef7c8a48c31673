"""Deliveries: tabs, reasons in words, and actions that ask first and respect permissions."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exchange.announce import announce
from exchange.models import Delivery
from locations import services
from locations.models import Location
from locations.outbox import LocationsOutbox
from ocpi import convert
from parties.models import Connection, Event
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

LIST = "/admin/exchange/delivery/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(connection: Connection) -> Connection:
    connection.push_modules = ["locations"]
    connection.save()
    return connection


@pytest.fixture
def delivery(partner: Connection) -> Delivery:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    return Delivery.objects.get()


def address(delivery: Delivery, action: str) -> str:
    return reverse(f"admin:exchange_delivery_{action}", args=[delivery.pk])


def test_the_page_shows_what_would_be_sent_now(log_in: LogIn, delivery: Delivery) -> None:
    response = log_in(permissions.OPERATIONS).get(address(delivery, "change"))
    shown = response.content.decode()
    assert "Goes out in a moment." in shown
    assert "https://partner.example/receiver/locations/NL/ABC/LOC1" in shown
    assert "Gent Zuid" in shown
    assert "Nothing has been sent yet." in shown


def test_the_page_says_what_the_partners_version_cannot(
    log_in: LogIn, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(version="2.1.1")
    owner = builders.party("NL*ABC", ours=True)
    services.save_location(owner, builders.location(state="Oost"))
    client = log_in(permissions.OPERATIONS)

    shown = client.get(address(delivery, "change")).content.decode()
    assert "OCPI 2.1.1 cannot say: " in shown
    assert "<code>state</code>" in shown

    def refuse(*arguments: object, **options: object) -> None:
        raise convert.Refused("The location is not published")

    monkeypatch.setattr(LocationsOutbox, "render", refuse)
    shown = client.get(address(delivery, "change")).content.decode()
    assert "Nothing can be sent: The location is not published." in shown


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("pending", {}),
        ("failing", {"attempts": 2, "last_result": "retry", "last_error": "No answer."}),
        ("refused", {"dead_version": 1, "last_error": "It answered 2001."}),
        ("delivered", {"sent_version": 1, "last_result": "delivered"}),
    ],
)
def test_each_tab_holds_its_own(
    log_in: LogIn, delivery: Delivery, state: str, fields: dict[str, object]
) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(**fields)
    client = log_in(permissions.VIEWERS)
    for tab in ("pending", "failing", "refused", "delivered"):
        rows = client.get(LIST, {"state": tab}).context["cl"].result_list
        expected = tab == state or (tab, state) == ("pending", "failing")
        assert bool(rows) is expected


def test_why_nothing_goes_out_is_said(
    log_in: LogIn, delivery: Delivery, partner: Connection
) -> None:
    partner.deliveries_stopped = "It answered 401."
    partner.save()
    shown = log_in(permissions.VIEWERS).get(LIST).content.decode()
    assert "Deliveries to this partner are stopped: It answered 401." in shown


def test_sending_again_asks_first_then_does_it_and_leaves_an_event(
    log_in: LogIn, delivery: Delivery
) -> None:
    Delivery.objects.update(sent_version=1, last_result="delivered")
    client = log_in(permissions.OPERATIONS)
    question = client.get(address(delivery, "replay"))
    assert "once more?" in question.content.decode()
    delivery.refresh_from_db()
    assert not delivery.is_pending
    client.post(address(delivery, "replay"))
    delivery.refresh_from_db()
    assert delivery.is_pending
    event = Event.objects.get(name="deliveries.replayed")
    assert event.actor == "operations-member"


def test_skipping_gives_up_this_version_only(log_in: LogIn, delivery: Delivery) -> None:
    client = log_in(permissions.OPERATIONS)
    client.post(address(delivery, "skip"))
    delivery.refresh_from_db()
    assert not delivery.is_pending
    assert "Skipped" in client.get(address(delivery, "change")).content.decode()
    location = Location.objects.get()
    Location.objects.update(version=location.version + 1)
    announce("locations", [location.pk])
    delivery.refresh_from_db()
    assert delivery.is_pending


@pytest.mark.parametrize("group", ["", permissions.VIEWERS, permissions.FINANCE])
def test_without_the_permission_nothing_is_sent_or_skipped(
    log_in: LogIn, delivery: Delivery, group: str
) -> None:
    before = Delivery.objects.values().get()
    client = log_in(group)
    urls = [address(delivery, "replay"), address(delivery, "skip")]
    urls += [reverse(f"admin:exchange_delivery_{kind}_matching") for kind in ("replay", "skip")]
    for url in urls:
        assert client.get(url).status_code == 403
        assert client.post(url).status_code == 403
    client.post(LIST, {"action": "replay_selected", "_selected_action": [delivery.pk]})
    assert Delivery.objects.values().get() == before
    assert not Event.objects.filter(name__startswith="deliveries.").exists()


def test_all_that_a_filter_shows_are_sent_again_after_a_question(
    log_in: LogIn, partner: Connection
) -> None:
    owner = builders.party("NL*ABC", ours=True)
    for name in ("LOC1", "LOC2", "LOC3"):
        services.put_location(owner, builders.location(name), source=None)
    Delivery.objects.filter(object_reference="NL*ABC/LOC3").update(sent_version=1)
    Delivery.objects.exclude(object_reference="NL*ABC/LOC3").update(dead_version=1)
    client = log_in(permissions.OPERATIONS)
    url = reverse("admin:exchange_delivery_replay_matching") + "?state=refused"
    assert "Send 2 deliveries once more?" in client.get(url).content.decode()
    client.post(url)
    pending = Delivery.objects.all().pending().values_list("object_reference", flat=True)
    assert sorted(pending) == ["NL*ABC/LOC1", "NL*ABC/LOC2"]


def test_the_selected_ones_lead_to_the_same_question(log_in: LogIn, delivery: Delivery) -> None:
    response = log_in(permissions.OPERATIONS).post(
        LIST, {"action": "skip_selected", "_selected_action": [delivery.pk]}, follow=True
    )
    assert "Give up 1 delivery?" in response.content.decode()


def test_what_a_partner_only_fetched_is_listed_when_asked_for(
    log_in: LogIn, delivery: Delivery
) -> None:
    Delivery.objects.update(known="fetched", sent_version=1)
    client = log_in(permissions.OPERATIONS)
    for state in ("", "delivered", "pending"):
        assert ">NL*ABC/LOC1<" not in client.get(LIST, {"state": state}).content.decode()
    assert ">NL*ABC/LOC1<" in client.get(LIST, {"state": "fetched"}).content.decode()

    Delivery.objects.update(wanted_version=2)
    assert ">NL*ABC/LOC1<" in client.get(LIST).content.decode()
