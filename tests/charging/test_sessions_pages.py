"""Staff pages of sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from charging.commands.choices import CommandType
from charging.models import Command, Session, SessionReading
from charging.sessions import readings, services
from locations import services as locations
from ocpi.datetimes import format_datetime
from parties import services as parties
from parties.models import Event, Party
from roaming import permissions
from tariffs import services as tariffs
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, period
from tests.exchange.conftest import Reply, System
from tests.staff.conftest import LogIn, log_in
from tokens import services as tokens

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
LIST = "admin:charging_session_changelist"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def cpo() -> Party:
    return builders.party("NL*ABC", "CPO")


def told(identifier: str = "S1", **fields: Any) -> Session:
    """A session of a partner's CPO and our eMSP, as pushed."""
    builders.party("DE*XYZ", "EMSP", ours=True)
    services.put_session(cpo(), builders.session(identifier, **fields), source=None)
    return Session.objects.get(session_id=identifier)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(session: Session) -> str:
    return reverse("admin:charging_session_change", args=[session.pk])


def listed(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"{reverse(LIST)}?{query}")
    assert answer.status_code == 200
    return {row.session_id for row in answer.context["cl"].result_list}


def test_live_ones_come_first_and_each_tab_has_its_own(client: Client) -> None:
    told("A")
    told("P", status="PENDING", kwh=0)
    told("R", status="RESERVATION", kwh=0, evse_uid="#NA", connector_id="#NA")
    told("D", status="COMPLETED", end_date_time=LATER, total_cost={"before_taxes": 2.5})
    told("I", status="INVALID")
    Session.objects.update(started_at=timezone.now() - timedelta(days=2))
    Session.objects.filter(session_id="A").update(heard_at=timezone.now() - timedelta(days=1))
    for query, found in (
        ("", {"A", "P", "R"}),
        ("state=charging", {"A"}),
        ("state=waiting", {"P", "R"}),
        ("state=silent", {"A"}),
        ("state=done", {"D", "I"}),
        ("state=all", {"A", "P", "R", "D", "I"}),
        ("q=nl*abc/d", {"D"}),
        ("q=012345678", {"A", "P", "R", "D", "I"}),
        ("q=loc1&state=done", {"D", "I"}),
        ("look=invalid", {"I"}),
        ("look=cost&state=done", {"I"}),
        ("whose=ours", set()),
        (f"owner__id__exact={cpo().pk}&state=charging", {"A"}),
    ):
        assert listed(client, query) == found, query
    shown = text(client, reverse(LIST))
    for words in ("Silent", "4.2 kWh", "not said", "NL*ABC", "DE*XYZ", "LOC1"):
        assert words in shown
    lines = client.get(reverse("admin:charging_session_csv"), {"state": "done"})
    assert b"2.5" in b"".join(lines.streaming_content)  # type: ignore[attr-defined]


def test_a_list_costs_the_same_however_long_it_is(client: Client) -> None:
    told("S0")
    client.get(reverse(LIST))

    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            client.get(reverse(LIST))
        return len(captured)

    before = queries()
    for number in range(1, 6):
        told(f"S{number}")
    assert queries() == before


def test_a_page_says_what_it_came_to_and_what_belongs_to_it(client: Client) -> None:
    """S-013, S-017."""
    emsp = builders.party("DE*XYZ", "EMSP", ours=True)
    session = told(authorization_reference="AUTH-1")
    shown = text(client, page_of(session))
    assert "cost not said so far" in shown
    assert "That does not mean that it is free." in shown
    assert "There has been no second news of it yet." in shown
    for missing in ("locations", "EVSEs", "tokens"):
        assert f"Not among the {missing} here." in shown

    locations.put_location(cpo(), builders.location(), source=None)
    tariffs.put_tariff(cpo(), builders.tariff(), source=None)
    tokens.put_token(emsp, builders.token("012345678", owner="DE*XYZ"), source=None)
    services.patch_session(
        cpo(),
        "S1",
        {
            "kwh": 7.5,
            "total_cost": {"before_taxes": 1.9, "taxes": [{"name": "VAT", "amount": 0.4}]},
            "authorization_reference": "AUTH-2",
            "charging_periods": [period(EARLIER, "T1", ENERGY=7.5)],
            "last_updated": LATEST,
        },
        source=None,
    )
    shown = text(client, page_of(session))
    for words in (
        "7.5 kWh in 48 h 00 min at Gent Zuid, EUR 1.90 before tax so far",
        "VAT: EUR 0.40",
        "Times in Europe/Brussels",
        'aria-label="Energy over time, up to 7.5 kWh, cost up to EUR 1.90; 2 readings"',
        "2026-01-03 11:00:00 CET",
        "AUTH-2, which is not here",
        "T1</a>",
        "NL*ABC*E3256",
    ):
        assert words in shown, words
    assert "AUTH-1" not in shown
    assert "Not among" not in shown

    live = client.get(reverse("admin:charging_session_live", args=[session.pk])).content.decode()
    assert "7.5 kWh" in live
    assert "data-settled" not in live
    services.patch_session(
        cpo(), "S1", {"status": "COMPLETED", "end_date_time": LATEST}, source=None
    )
    live = client.get(reverse("admin:charging_session_live", args=[session.pk])).content.decode()
    assert "data-settled" in live
    assert "Not here yet" in live


def test_commands_that_belong_to_it_are_listed(client: Client) -> None:
    session = told(start_date_time=format_datetime(timezone.now()))
    emsp = session.emsp
    shown = text(client, page_of(session))
    assert "No command through this portal started it" in shown
    assert "Stop the charge" in shown
    assert "Follow the charge" in shown
    about: dict[str, Any] = {"owner": cpo(), "sender": emsp, "document": {}, "actor": "Ann"}
    Command.objects.create(type="STOP_SESSION", session_key="S1", **about)
    Command.objects.create(
        type="START_SESSION", token_key="RFID:012345678", location_key="LOC1", **about
    )
    Command.objects.create(type="STOP_SESSION", session_key="S2", **about)
    found = client.get(page_of(session)).context["commands"]
    assert [str(command["link"]).split(">")[1].split("<")[0] for command in found] == [
        found_label("STOP_SESSION"),
        found_label("START_SESSION"),
    ]
    services.patch_session(cpo(), "S1", {"status": "COMPLETED"}, source=None)
    assert "Stop the charge" not in text(client, page_of(session))


def found_label(kind: str) -> str:
    return str(CommandType(kind).label)


def test_what_is_invalid_is_not_billed(client: Client) -> None:
    """S-016."""
    shown = text(client, page_of(told(status="INVALID")))
    assert "None: what is invalid is not billed" in shown


def test_readings_are_kept_for_a_while_and_never_from_the_future() -> None:
    session = told(last_updated="2099-01-01T00:00:00Z")
    assert SessionReading.objects.get().at <= timezone.now()
    for day in (1, 2, 3):
        at = datetime(2026, 1, day, tzinfo=UTC)
        SessionReading.objects.create(session=session, at=at, kwh=1, status="ACTIVE")
    assert len(readings.of_session(session)) == 3, "of equal ones the first and the last"
    assert readings.forget_old(datetime(2026, 4, 2, 12, tzinfo=UTC)) == 2
    assert SessionReading.objects.count() == 2


def test_staff_send_what_a_driver_of_ours_wants(client: Client, system: System) -> None:
    """S-018, S-022."""
    session = told()
    url = reverse("admin:charging_session_preferences", args=[session.pk])
    assert "No connected system of NL*ABC takes" in text(client, url)
    made = builders.connection("Cpo", speaks_for=(cpo(),), url=system.url, pushes=("sessions",))
    parties.pin_hosts(made, [system.url])
    assert "Charging preferences" in text(client, page_of(session))
    filled = {"profile_type": "GREEN", "departure_time": "2026-01-01T10:00", "energy_need": "20.5"}
    assert b"This is over." in client.post(url, filled).content
    assert system.requests == []

    filled["departure_time"] = ""
    system.replies(Reply("DEPARTURE_REQUIRED"), Reply(status=404, code=2001), Reply("ACCEPTED"))
    shown = client.post(url, filled)
    assert b"needs to know when the driver leaves" in shown.content
    assert b"The CPO did not take them." in client.post(url, filled).content
    answer = client.post(url, {**filled, "departure_time": "2099-01-01T10:00"}, follow=True)
    assert b"will try to meet them" in answer.content
    seen = system.requests[-1].document
    assert seen == {
        "profile_type": "GREEN",
        "departure_time": "2099-01-01T10:00:00Z",
        "energy_need": 20.5,
    }
    event = Event.objects.filter(subject="NL*ABC/S1").first()
    assert event is not None
    assert event.detail == {"answer": "ACCEPTED"}
    assert event.actor.startswith("operations")


def test_who_may_look_may_not_send(log_in: LogIn) -> None:
    session = told()
    viewer = log_in(permissions.VIEWERS)
    url = reverse("admin:charging_session_preferences", args=[session.pk])
    assert viewer.get(url).status_code == 403
    assert "charging_session_preferences" not in text(viewer, page_of(session))
    assert log_in("").get(page_of(session)).status_code == 403
