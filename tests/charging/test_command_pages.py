"""Staff send commands, follow them, carry them out, and find those that went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from charging.commands.choices import CommandState
from charging.models import Command, Reservation, Session
from exchange.deliveries import drain
from locations.models import EVSE
from parties.choices import CommandRule
from parties.models import Event, Party
from roaming import permissions
from tests import builders
from tests.builders import Partner
from tests.charging.commanding import (
    accepting,
    back_office,
    command,
    emsp,
    later,
    our_cpo,
    session,
    tell,
)
from tests.exchange.conftest import Reply, System
from tests.staff.conftest import LogIn, log_in
from tests.tokens.support import hold

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
LIST = "admin:charging_command_changelist"
SEND = "admin:charging_command_send"
CARD = "0123456789ABCD"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


@pytest.fixture
def card(db: None) -> None:
    builders.party("NL*MSP", "EMSP", ours=True)
    hold(builders.token(CARD))


@pytest.fixture
def office(system: System) -> Partner:
    system.replies(accepting())
    return back_office(system, our_cpo())


def text(client: Client, url: str, **query: Any) -> str:
    answer = client.get(url, query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page(row: Command) -> str:
    return reverse("admin:charging_command_change", args=[row.pk])


def send(client: Client, kind: str, about: dict[str, int], **given: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {"type": kind, **about}.items())
    return client.post(f"{reverse(SEND)}?{query}", given, follow=True)


def test_a_charge_is_started_from_the_page_of_a_location(
    client: Client, office: Partner, system: System, card: None
) -> None:
    """X-019: with a card of an eMSP of ours, and the page follows it to its session."""
    evse = EVSE.objects.get()
    location_page = text(
        client, reverse("admin:locations_location_change", args=[evse.location_id])
    )
    assert f"type=START_SESSION&amp;evse={evse.pk}" in location_page
    assert CARD in text(client, reverse(SEND), type="START_SESSION", evse=evse.pk)
    answer = send(client, "START_SESSION", {"evse": evse.pk}, card="nobody's")
    assert "None of our eMSPs has such a card" in answer.content.decode()
    assert not system.requests

    answer = send(client, "START_SESSION", {"evse": evse.pk}, card=CARD[:6])
    row = Command.objects.get()
    assert answer.redirect_chain[-1][0] == page(row)
    asked = system.requests[0]
    assert asked.document["token"]["uid"] == CARD
    assert asked.headers["ocpi-from-party-id"] == "MSP"
    assert "is still to come" in answer.content.decode()
    assert "data-live-on" in answer.content.decode()
    tell(office, asked)
    reference = row.authorization_reference
    mine = builders.cdr_token("NL*MSP", uid=CARD)
    session("S1", authorization_reference=reference, cdr_token=mine)
    shown = text(client, page(row))
    assert "The charge point has done it" in shown
    assert "appeared" in shown
    assert "data-live-on" not in shown
    assert Event.objects.filter(name="command.sent", subject=row.reference).exists()

    started = Session.objects.get()
    answer = send(client, "STOP_SESSION", {"session": started.pk})
    assert system.requests[-1].document["session_id"] == "S1"


def test_a_reservation_is_made_and_canceled(
    client: Client, office: Partner, system: System, card: None
) -> None:
    evse = EVSE.objects.get()
    send(client, "RESERVE_NOW", {"evse": evse.pk}, card=CARD, minutes="30")
    row = Command.objects.get()
    tell(office, system.requests[0])
    made = Reservation.objects.get()
    assert f"reservation={made.pk}" in text(client, page(row))
    send(client, "CANCEL_RESERVATION", {"reservation": made.pk})
    assert system.requests[-1].document["reservation_id"] == made.number
    tell(office, system.requests[-1])
    made.refresh_from_db()
    assert made.canceled_at is not None
    assert f"reservation={made.pk}" not in text(client, page(row))


def test_unlocking_takes_a_permission_of_its_own(
    client: Client, log_in: LogIn, office: Partner, system: System, card: None
) -> None:
    """X-027."""
    evse = EVSE.objects.get()
    url = f"{reverse(SEND)}?type=UNLOCK_CONNECTOR&evse={evse.pk}"
    for group in (permissions.VIEWERS, permissions.FINANCE):
        assert log_in(group).get(url).status_code == 403
    mine = Party.objects.get(party_id="MSP")
    given = {"sender": mine.pk, "connector": "1"}
    send(client, "UNLOCK_CONNECTOR", {"evse": evse.pk}, **given)
    assert system.requests[0].document["connector_id"] == "1"
    system.replies(Reply(status=502, body=b""))
    answer = send(client, "UNLOCK_CONNECTOR", {"evse": evse.pk}, **given)
    assert "may or may not have arrived" in answer.content.decode()


def test_staff_carry_out_what_a_partner_asks_of_a_cpo_without_a_back_office(
    client: Client, system: System
) -> None:
    """X-026: and can take a reservation back."""
    ours = our_cpo()
    Party.objects.filter(pk=ours.pk).update(command_rule=CommandRule.STAFF)
    partner = emsp(url=system.url)
    command(partner, "RESERVE_NOW", response_url=f"{system.url}/r/1")
    row = Command.objects.get()
    waiting = text(client, reverse(LIST), tab="staff")
    assert "Reserve" in waiting
    assert "data-countdown" in waiting
    url = reverse("admin:charging_command_report", args=[row.pk])
    assert "Report the result" in text(client, page(row))
    client.post(url, {"result": "ACCEPTED", "text": "Cone is up"})
    row.refresh_from_db()
    assert row.state == CommandState.SUCCEEDED
    drain(partner.connection)
    assert system.requests[-1].document["message"][0]["text"] == "Cone is up"
    client.post(reverse("admin:charging_command_take_back", args=[row.pk]))
    drain(partner.connection)
    assert system.requests[-1].document == {"result": "CANCELED_RESERVATION"}


def test_the_tabs_find_what_waits_failed_or_was_late(
    client: Client, office: Partner, system: System
) -> None:
    assert "No command yet" in text(client, reverse(LIST))
    command(emsp())
    first = page(Command.objects.get())
    assert first in text(client, reverse(LIST), tab="waiting")
    assert first in text(client, reverse(LIST), q="loc1")
    with later(hours=1):
        assert first in text(client, reverse(LIST), tab="late")
    tell(office, system.requests[0])
    assert first in text(client, reverse(LIST), tab="odd")
    assert "had timed out when the result came" in text(client, first)
    for tab in ("failed", "done", "staff"):
        assert first not in text(client, reverse(LIST), tab=tab)
