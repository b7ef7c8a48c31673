"""A platform that is wrong on purpose connects and works, once staff choose what its page suggests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from credentials import services as credentials
from exchange import deliveries, pulls
from exchange.models import Delivery, Quarantined
from exchange.quality import retake
from locations import services
from locations.models import EVSE, Location
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection
from simulator.accents import ALL
from simulator.application import Settings, Simulator
from tests import builders
from tests.simulator.support import Running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SIX = 6


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Running]:
    """A partner with every accent: raw tokens, slashes, numbers as text, local times, nameless pushes."""
    simulator = Simulator(
        Settings(
            tmp_path,
            party=PartyId.parse("NL*SIM"),
            locations=SIX,
            changes_per_minute=0.0,
            accent=ALL,
        )
    )
    simulator.start()
    yield Running(simulator)
    simulator.stop()


class Staff:
    """Somebody of operations at the pages of the one connection."""

    def __init__(self) -> None:
        self.client = Client()
        user = User.objects.create_superuser("operator", password="long-enough-1")
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    @property
    def connection(self) -> Connection:
        return Connection.objects.get()

    def page(self) -> str:
        url = reverse("admin:parties_connection_change", args=[self.connection.pk])
        return self.client.get(url).content.decode()

    def quality(self) -> str:
        url = reverse("admin:exchange_warningcount_partner", args=[self.connection.pk])
        return self.client.get(url).content.decode()

    def apply(self, field: str) -> str:
        """Press “Apply” of a suggestion, which has to be on both pages; the page that follows."""
        url = reverse("admin:parties_connection_suggestion_apply", args=[self.connection.pk, field])
        assert f'action="{url}"' in self.page()
        assert f'action="{url}"' in self.quality()
        return self.client.post(url, follow=True).content.decode()


def register(platform: Running, invitation: Any) -> str:
    """Let the platform register; what it says in the end."""
    answer = platform.control(
        "POST", "connect", versions_url=invitation.versions_url, token=invitation.token
    )
    return str(answer.json().get("error", ""))


def one_evse(platform: Running) -> tuple[str, str]:
    location = platform.lines("own")[0]
    return location["id"], location["evses"][0]["uid"]


def push(platform: Running, status: str) -> None:
    """The platform changes the status of an EVSE, and has told us."""
    location_id, evse_uid = one_evse(platform)
    platform.post("status", location_id=location_id, evse_uid=evse_uid, status=status)
    wait_until(lambda: platform.state()["own"]["pending_pushes"] == 0, "it has pushed")


def test_it_works_after_staff_chose_what_the_page_suggests(
    live_server: Any, settings: Any, platform: Running
) -> None:
    """T-006: what is wrong is told and can be put up with, partner by partner."""
    settings.BASE_URL = live_server.url
    ours = parties.host_party(PartyId("NL", "ABC"), ["CPO", "EMSP"])
    invitation = credentials.invite("Wrong on purpose", presents=ours)
    staff = Staff()

    # Its token comes raw.
    assert "401" in register(platform, invitation)
    assert "The token is right, but in the other spelling" in staff.page()
    assert "may send its token raw or as Base64" in staff.apply("token_in")

    # Its addresses want a slash.
    assert register(platform, invitation)
    shown = staff.page()
    assert "It redirects our requests to the same address with a slash at the end." in shown
    assert "addresses end in a slash" in staff.apply("trailing_slash")

    # Now it registers; that it wants our token raw was found out in the handshake.
    assert register(platform, invitation) == ""
    assert staff.connection.is_connected
    assert "wants our token raw" in staff.page()

    # Its list is read, numbers as text and all.
    job = pulls.start_pull(staff.connection, "locations")
    pulls.run(job)
    job.refresh_from_db()
    assert (job.state, job.created_count, job.rejected_count) == ("done", SIX, 0), job.message
    assert "A number was sent as text." in staff.quality()

    # Its pushes are refused, kept, and what would let them in is suggested.
    before = status_here(platform)
    push(platform, "RESERVED")
    assert Quarantined.objects.get().place["kind"] == "evse"
    shown = staff.page()
    assert "A push was refused that would have been taken in with repairs." in shown
    assert "A push did not name its object; only its address did." in shown
    assert "number_spelling" in shown
    assert "its pushes are repaired instead of refused" in staff.apply("lenient_pushes")
    push(platform, "BLOCKED")
    assert status_here(platform) == before
    assert "identifiers missing in its pushes come from the address" in staff.apply("ids_from_url")
    push(platform, "INOPERATIVE")
    assert status_here(platform) == "INOPERATIVE"

    # Its times are an hour or two ahead: they are local.
    assert "A time without Z lies in the future, unless it is a local time." in staff.page()
    assert "its times without Z are local times" in staff.apply("local_times")
    push(platform, "OUTOFORDER")
    assert status_here(platform) == "OUTOFORDER"
    assert evse_here(platform).last_updated.isoformat()[:19] == time_there(platform)[:19]

    # What waited in quarantine is tried again.
    retake.run(retake.start(Quarantined.objects.all(), "Again"))
    assert not Quarantined.objects.filter(state="open").exists()
    assert status_here(platform) == "OUTOFORDER"

    # It lacks PATCH: it gets the whole object, and from then on only that.
    owner = parties.our_parties(staff.connection).get(role="CPO")
    services.put_location(owner, builders.location(), source=None)
    deliver(staff.connection)
    change_ours("CHARGING")
    deliver(staff.connection)
    assert "It does not know PATCH." in staff.page()
    assert "gets whole objects, never a PATCH" in staff.apply("whole_objects")
    change_ours("BLOCKED")
    deliver(staff.connection)
    assert Delivery.objects.get().last_result == "delivered"
    received = platform.lines("received")
    assert [evse["status"] for evse in received[0]["evses"]] == ["BLOCKED"]

    # Nothing is left to suggest, and everything that was chosen has its event.
    assert "Suggested" not in staff.page()
    events = staff.connection.events.filter(name="connection.dialect", actor="operator")
    assert events.count() == 6


def evse_here(platform: Running) -> EVSE:
    location_id, evse_uid = one_evse(platform)
    return EVSE.objects.get(location__location_key=location_id.upper(), uid_key=evse_uid.upper())


def status_here(platform: Running) -> str:
    return evse_here(platform).status


def time_there(platform: Running) -> str:
    return str(platform.lines("own")[0]["evses"][0]["last_updated"])


def deliver(connection: Connection) -> None:
    connection.refresh_from_db()
    deliveries.drain(connection)


def change_ours(status: str) -> None:
    evse = EVSE.objects.select_related("location__owner").get(
        location=Location.objects.get(location_key="LOC1")
    )
    services.set_status(evse, status)
