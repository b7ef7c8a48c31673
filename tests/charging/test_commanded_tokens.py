"""A card that was just commanded is not asked about (OCPI 2.3.0, mod_commands, StartSession)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from charging.models import Command
from tests import builders
from tests.builders import Partner
from tests.charging.commanding import accepting, back_office, command, emsp, our_cpo
from tests.exchange.conftest import Reply, System
from tests.tokens.authorizing import UNKNOWN

pytestmark = pytest.mark.django_db
UID = "04AA"


@pytest.fixture
def office(system: System) -> Partner:
    return back_office(system, our_cpo())


@pytest.fixture
def partner(system: System, office: Partner) -> Partner:
    """An eMSP that could be asked, and knows no card."""
    made = emsp(url=system.url)
    made.connection.endpoints = [
        *made.connection.endpoints,
        {"identifier": "tokens", "role": "SENDER", "url": f"{system.url}/sender/tokens"},
    ]
    made.connection.save()
    system.handler = lambda seen: (
        accepting() if seen.path.startswith("/receiver/commands") else UNKNOWN
    )
    return made


def commanded(partner: Partner, kind: str, **token: Any) -> None:
    url = f"{partner.connection.endpoints[0]['url']}/{kind}"
    given = builders.token(UID, "DE*XYZ", whitelist="NEVER", **token)
    answer = command(partner, kind, response_url=url, token=given, authorization_reference="REF-1")
    assert answer.data["result"] == "ACCEPTED"


def authorized(office: Partner, type_: str = "RFID", evse: str = "3256") -> Any:
    """What the charge point gets to hear about the card."""
    place = {"location_id": "LOC1", "evse_uids": [evse]}
    return office.call("POST", f"sender/tokens/{UID}/authorize?type={type_}", place)


def questions(system: System) -> list[str]:
    return [seen.path for seen in system.requests if seen.path.endswith("/authorize")]


@pytest.mark.parametrize("kind", ["START_SESSION", "RESERVE_NOW"])
def test_a_card_is_not_asked_about_where_it_was_just_commanded(
    office: Partner, partner: Partner, system: System, kind: str
) -> None:
    """X-018: at another EVSE, and after 15 minutes, it is."""
    commanded(partner, kind)
    answer = authorized(office)
    assert answer.data["allowed"] == "ALLOWED"
    assert answer.data["authorization_reference"] == "REF-1"
    assert questions(system) == []
    assert authorized(office, evse="9").http_status == 404
    assert len(questions(system)) == 1
    Command.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    authorized(office)
    assert len(Command.objects.all()) == 1


def test_an_app_user_is_never_asked_about(
    office: Partner, partner: Partner, system: System
) -> None:
    """X-017."""
    commanded(partner, "START_SESSION", type="APP_USER")
    Command.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert authorized(office, "APP_USER").data["allowed"] == "ALLOWED"
    assert questions(system) == []


def test_a_command_that_was_refused_lets_nobody_charge(
    office: Partner, partner: Partner, system: System
) -> None:
    system.handler = lambda seen: (
        Reply({"result": "REJECTED", "timeout": 0})
        if seen.path.startswith("/receiver/commands")
        else UNKNOWN
    )
    command(partner, token=builders.token(UID, "DE*XYZ"), response_url=f"{system.url}/r")
    assert authorized(office).http_status == 404
    assert len(questions(system)) == 1
