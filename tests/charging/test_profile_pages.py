"""The charging profile of a session, as staff see and set it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from charging.charts import limits
from charging.models import Command, Session
from charging.profiles import selectors, services
from charging.sessions import services as sessions
from locations import services as locations
from parties.models import Connection
from roaming import permissions
from tests import builders
from tests.builders import EARLIER, LATER
from tests.exchange.conftest import Reply, System
from tests.staff.conftest import LogIn, log_in

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, 10, tzinfo=UTC)


def active(*steps: tuple[int, float], start: str = EARLIER, **fields: Any) -> dict[str, Any]:
    periods = [{"start_period": second, "limit": limit} for second, limit in steps]
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods, **fields}
    return {"start_date_time": start, "charging_profile": profile}


@pytest.fixture
def cpo(system: System) -> Connection:
    """A partner's CPO at which a driver of ours charges."""
    owner = builders.party("NL*ABC")
    made = builders.connection(
        "Cpo", speaks_for=(owner,), pushes=("chargingprofiles",), url=system.url
    )
    builders.party("DE*XYZ", "EMSP", ours=True)
    locations.put_location(owner, builders.location(), source=None)
    sessions.put_session(owner, builders.session(), source=made)
    return made


def pages(verb: str = "") -> str:
    name = f"admin:charging_session_profile{verb and '_' + verb}"
    return reverse(name, args=[Session.objects.get().pk])


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_profile_holds_until_the_next_one() -> None:
    first = active((0, 16), (600, 8.1), duration=1200)["charging_profile"]
    second = active((0, 6))["charging_profile"]
    later = START + timedelta(seconds=900)
    found = limits.limits([(later, later, second), (START, START, first)])
    seconds = [(one.start - START, one.end and one.end - START, one.limit) for one in found]
    assert seconds == [
        (timedelta(0), timedelta(seconds=600), 16.0),
        (timedelta(seconds=600), timedelta(seconds=900), 8.1),
        (timedelta(seconds=900), None, 6.0),
    ]
    drawn = limits.chart(found, None, START)
    assert drawn.count("limits-area") == 3
    assert drawn.count("M") >= 1
    assert limits.chart([], None, START) == ""


def test_a_profile_without_a_start_counts_from_the_start_of_charging(cpo: Connection) -> None:
    """P-014."""
    session = Session.objects.get()
    assert selectors.begin_of({}, session) == session.started_at
    assert selectors.begin_of({"start_date_time": LATER}, session) > session.started_at


def test_staff_set_a_limit_and_see_what_is_in_force(
    cpo: Connection, system: System, log_in: LogIn
) -> None:
    client = log_in(permissions.OPERATIONS)
    assert "Ask what is planned, or set a limit" in text(client, pages())
    system.replies(Reply({"result": "ACCEPTED", "timeout": 30}))
    answer = client.post(pages("set"), {"unit": "A", "limit": "8.15", "minutes": ""})
    assert "decimal place" in answer.content.decode()
    answer = client.post(pages("set"), {"unit": "A", "limit": "8.1", "minutes": "30"}, follow=True)
    assert "comes later" in answer.content.decode()
    (asked,) = system.requests
    assert asked.method == "PUT"
    profile = asked.document["charging_profile"]
    assert (profile["duration"], profile["charging_rate_unit"]) == (1800, "A")
    assert profile["charging_profile_period"] == [{"start_period": 0, "limit": 8.1}]
    assert "8.1 A per phase for 30 min" in text(client, pages())

    session = Session.objects.get()
    services.tell(session.owner, "S1", active((0, 8.1), (900, 16)), source=cpo)
    shown = text(client, pages())
    assert "limits-line" in shown
    assert "16 A per phase" in shown
    assert "2026-01-01 11:15:00 CET" in shown
    command = Command.objects.get()
    assert "Set a charging profile" in text(
        client, reverse("admin:charging_command_change", args=[command.pk])
    )
    assert pages() in text(client, reverse("admin:charging_session_change", args=[session.pk]))


def test_clearing_and_asking_are_confirmed(cpo: Connection, system: System, log_in: LogIn) -> None:
    client = log_in(permissions.OPERATIONS)
    system.replies(Reply({"result": "TOO_OFTEN", "timeout": 0}))
    for verb, method in (("clear", "DELETE"), ("ask", "GET")):
        assert "taken away" in text(client, pages(verb)) or verb == "ask"
        assert len(system.requests) == (verb == "ask")
        answer = client.post(pages(verb), follow=True)
        assert "asked too often" in answer.content.decode()
        assert system.requests[-1].method == method


def test_old_profiles_are_forgotten(cpo: Connection) -> None:
    services.tell(Session.objects.get().owner, "S1", active((0, 8)), source=cpo)
    assert services.forget_old() == 0
    assert services.forget_old(timezone.now() + timedelta(days=91)) == 1


def test_it_says_why_nothing_can_be_asked(cpo: Connection, log_in: LogIn) -> None:
    client = log_in(permissions.OPERATIONS)
    cpo.endpoints = []
    cpo.save()
    assert "takes no charging profiles" in text(client, pages())
    Session.objects.update(status="COMPLETED")
    assert "has ended" in text(client, pages("set"))
    viewer = log_in(permissions.VIEWERS)
    assert viewer.get(pages()).status_code == 200
    assert viewer.post(pages("clear")).status_code == 403
