"""What a hub says of the parties behind it decides who is reached, and who is told what."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.urls import reverse

from charging.sessions import services as sessions
from credentials import services as handshakes
from exchange import pulls
from exchange.deliveries import drain
from exchange.models import Delivery, Quarantined
from hub.models import ClientInfo
from parties.choices import ConnectionKind
from parties.models import ConnectionParty, Event, Party
from parties.services import running_connection
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db
PATH = "receiver/hubclientinfo/DE/XYZ"


def client(status: str = "CONNECTED", **fields: Any) -> dict[str, Any]:
    return {
        "country_code": "DE",
        "party_id": "XYZ",
        "role": "EMSP",
        "status": status,
        "last_updated": EARLIER,
        **fields,
    }


def hub(url: str = "https://hub.example", version: str = "2.2.1") -> Partner:
    """A hub that takes sessions, and our CPO."""
    builders.party("NL*ABC", ours=True)
    return builders.partner(
        "Hub",
        kind=ConnectionKind.HUB,
        speaks_for=(builders.party("NL*HUB", "HUB"),),
        url=url,
        pushes=("sessions", "hubclientinfo"),
        version=version,
    )


def reached(partner: Partner) -> Party:
    """The eMSP behind the hub, approved."""
    partner.put(PATH, client())
    row = ConnectionParty.objects.get(party__party_id="XYZ")
    handshakes.approve(row, actor="staff")
    return row.party


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_hub_puts_and_gets_a_party(version: str) -> None:
    """H-002 H-006 H-010 H-011 R-002."""
    partner = hub(version=version)
    headers = {"OCPI-from-country-code": "FR", "OCPI-from-party-id": "ZZZ"}
    assert partner.call("PUT", PATH, client("PLANNED"), headers).http_status == 201
    assert partner.put(PATH, client(last_updated=LATER)).http_status == 200
    answer = partner.get(PATH)
    assert answer.data == client(last_updated=LATER)
    assert not [name for name in answer.headers if name.lower().startswith("ocpi-")]
    for method in ("POST", "PATCH", "DELETE"):
        assert partner.call(method, PATH, {}).http_status == 405
    assert partner.get("receiver/hubclientinfo/DE/NIX").http_status == 404
    assert "party_id" in partner.put("receiver/hubclientinfo/DE/ABC", client()).message
    assert "status" in partner.put(PATH, client("GONE")).message
    assert "last_updated" in partner.put(PATH, client(last_updated=None)).message


def test_a_company_with_two_roles_is_two_clients() -> None:
    partner = hub()
    partner.put(PATH, client("OFFLINE"))
    assert partner.put(PATH, client(role="CPO", last_updated=LATER)).http_status == 201
    assert ClientInfo.objects.count() == 2
    assert partner.get(PATH).data["role"] == "EMSP", "we are a CPO"


def test_what_is_older_changes_nothing() -> None:
    partner = hub()
    partner.put(PATH, client("OFFLINE", last_updated=LATER))
    partner.put(PATH, client("CONNECTED", last_updated=EARLIER))
    assert ClientInfo.objects.get().status == "OFFLINE"


def test_nobody_but_a_hub_tells() -> None:
    stranger = builders.partner("Cpo", speaks_for=(builders.party("FR*CCC"),))
    assert stranger.put(PATH, client()).http_status == 404
    assert not ClientInfo.objects.exists()


def test_a_lenient_partner_may_forget_the_time() -> None:
    """H-011: the specification's own example lacks it."""
    partner = hub()
    partner.connection.dialect_settings = partner.connection.dialect.but(
        lenient_pushes=True
    ).store()
    partner.connection.save()
    assert partner.put(PATH, client(last_updated=None)).http_status == 201


def test_a_party_that_is_connected_waits_for_approval_and_then_pushes() -> None:
    """H-009."""
    partner = hub()
    partner.put(PATH, client(role="CPO"))
    location = builders.location(owner="DE*XYZ")
    path = "receiver/locations/DE/XYZ/LOC1"
    assert partner.put(path, location).http_status == 404
    row = ConnectionParty.objects.get(party__party_id="XYZ")
    assert (row.source, row.waits) == ("hub", True)
    handshakes.approve(row, actor="staff")
    assert partner.put(path, location).http_status == 201


def test_the_first_list_of_a_hub_is_accepted_as_offered(system: System) -> None:
    """H-009 R-002."""
    partner = hub(system.url)
    clients = [client(), client(party_id="PLA", status="PLANNED"), client(role="HUB")]
    system.replies(Reply([*clients, client(status="SLEEPS", party_id="BAD")]))
    pulls.run(pulls.start_pull(partner.connection, "hubclientinfo", full=True))
    assert not [name for name in system.requests[0].headers if name.startswith("ocpi-")]
    spoken = ConnectionParty.objects.filter(source="hub").values_list("party__party_id", "approved")
    assert list(spoken) == [("XYZ", True)]
    assert Quarantined.objects.get().object_reference == "BAD"
    system.replies(Reply([client(), client(party_id="NEW")]))
    pulls.run(pulls.start_pull(partner.connection, "hubclientinfo", full=True))
    assert ConnectionParty.objects.get(party__party_id="NEW").waits
    assert ClientInfo.objects.get(party__party_id="PLA").status == "PLANNED", "staff decide"


def test_nothing_is_sent_to_a_party_that_is_away_and_it_is_told_when_it_is_back(
    system: System,
) -> None:
    """H-004 H-008."""
    partner = hub(system.url)
    emsp, ours = reached(partner), Party.objects.get(party_id="ABC")
    sessions.put_session(ours, builders.session(last_updated=EARLIER), source=None)
    assert drain(partner.connection).sent == 1
    sessions.put_session(ours, builders.session(kwh=5.0, last_updated=LATER), source=None)
    sessions.put_session(ours, builders.session("S2", last_updated=LATER), source=None)
    assert Delivery.objects.pending().count() == 2

    partner.put(PATH, client("OFFLINE", last_updated=LATER))
    assert not Delivery.objects.pending().exists()
    sessions.put_session(ours, builders.session(kwh=6.0, last_updated=LATEST), source=None)
    sessions.put_session(ours, builders.session("S3", last_updated=LATEST), source=None)
    assert not Delivery.objects.pending().exists()
    assert running_connection(emsp, "sessions", "RECEIVER") is None
    assert drain(partner.connection).sent == 0
    partner.put(PATH, client("SUSPENDED", last_updated=LATER))
    assert not Delivery.objects.pending().exists()

    partner.put(PATH, client(last_updated=LATEST))
    assert running_connection(emsp, "sessions", "RECEIVER") == partner.connection
    assert Delivery.objects.pending().count() == 3
    system.requests.clear()
    assert drain(partner.connection).sent == 3
    told = {seen.path.rsplit("/", 1)[1]: seen.document.get("kwh") for seen in system.requests}
    assert told["S1"] == 6.0
    partner.put(PATH, client(last_updated="2026-01-04T10:00:00Z"))
    assert not Delivery.objects.pending().exists()
    assert Event.objects.filter(name="hub.client_status").count() == 3


def test_what_was_marked_a_moment_before_is_not_sent(system: System) -> None:
    """H-008."""
    partner = hub(system.url)
    reached(partner)
    ours = Party.objects.get(party_id="ABC")
    sessions.put_session(ours, builders.session(), source=None)
    ConnectionParty.objects.filter(party__party_id="XYZ").update(hub_status="OFFLINE")
    system.requests.clear()
    drain(partner.connection)
    assert not system.requests
    assert not Delivery.objects.exists()


def test_staff_see_who_is_away_and_why_it_was_not_told() -> None:
    partner = hub()
    reached(partner)
    ours = Party.objects.get(party_id="ABC")
    sessions.put_session(ours, builders.session(), source=None)
    partner.put(PATH, client("OFFLINE", last_updated=LATER))
    browser = Browser()
    browser.force_login(get_user_model().objects.create_superuser("ada", "a@b.example", "x"))
    listed = browser.get(reverse("admin:hub_clientinfo_changelist")).content.decode()
    assert "DE*XYZ EMSP" in listed
    assert "Away" in listed
    row = ClientInfo.objects.get()
    page = browser.get(reverse("admin:hub_clientinfo_change", args=[row.pk])).content.decode()
    assert "told what it missed" in page.replace("\n", " ")
    cockpit = reverse("admin:parties_connection_change", args=[partner.connection.pk])
    shown = browser.get(cockpit).content.decode()
    assert "All behind this hub" in shown
    assert "Offline" in shown
