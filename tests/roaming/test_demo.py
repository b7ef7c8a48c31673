"""The demo: its content, and the page that steers the simulated partner."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from locations import services as locations
from locations.choices import Status
from locations.models import EVSE, Location
from ocpi.tariff_checks import check_tariff
from ocpi.versioned import validate_document
from parties import services as parties
from parties.choices import ConnectionKind, ConnectionState
from parties.models import Agreement, Connection, Event, Party
from roaming import demo, demo_charges, demo_locations, demo_tariffs
from roaming.simulator_accents import ACCENTS
from roaming.simulator_faults import BY_MODE, Fault
from simulator.application import Settings as SimulatorSettings
from simulator.application import Simulator
from tests import builders
from tokens.models import Token

PAGE = "/admin/simulated-partner/"
KEY = "a key of this test"
DEADLINE_SECONDS = 15.0


@pytest.fixture
def demo_on(settings: Settings) -> Settings:
    """The settings of a demo whose partner does not run: nothing listens at port 9."""
    settings.DEMO = True
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    settings.SIMULATOR_CONTROL_KEY = KEY
    cache.clear()
    return settings


@pytest.fixture
def simulator(demo_on: Settings, tmp_path: Path) -> Iterator[Simulator]:
    """A simulated partner that stands still, in this process."""
    running = Simulator(
        SimulatorSettings(tmp_path, locations=3, changes_per_minute=0.0, control_key=KEY)
    )
    running.start()
    demo_on.SIMULATOR_URL = running.identity.base_url
    yield running
    running.stop()


def staff(group: str = "operations") -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def connected() -> Connection:
    """The demo's connection as it is after the partner registered."""
    connection = demo.partner()
    assert connection is not None
    connection.state = ConnectionState.CONNECTED
    connection.versions_url = "http://127.0.0.1:9/ocpi/versions"
    connection.save()
    return connection


def wait_until(condition: Callable[[], bool], what: str) -> None:
    pause, end = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"Waited in vain: {what}"
        pause.wait(0.02)


# --- What it fills in --------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_first_start_fills_the_portal_and_invites_the_partner(demo_on: Settings) -> None:
    invitation = demo.prepare()

    assert invitation is not None
    assert invitation["versions_url"].endswith("/ocpi/versions")
    assert invitation["token"]
    assert {str(party) for party in Party.objects.ours()} == {"NL*DEM CPO", "NL*DEM EMSP"}
    assert Location.objects.count() == 40
    assert Location.objects.filter(publish=False).count() == 1
    assert EVSE.objects.count() == 109
    assert EVSE.objects.filter(status=Status.OUTOFORDER).count() == 1
    assert {*Location.objects.values_list("country", flat=True)} == {"NLD", "BEL", "DEU"}
    connection = Connection.objects.get(name="Simulated partner")
    assert (connection.state, connection.body_sample_percent) == (ConnectionState.INVITED, 100)
    assert connection.contacts
    assert connection.notes


def test_the_locations_are_the_same_each_time_and_valid_in_every_version() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    documents = demo_locations.documents(now)
    assert documents == demo_locations.documents(now)
    for document in documents:
        for version in ("2.2.1", "2.3.0"):
            validate_document(version, "location", document)


def test_every_connector_names_a_tariff_that_there_is() -> None:
    """L-031."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    tariffs = demo_tariffs.documents(demo_locations.PARTY, now)
    for document in tariffs:
        assert validate_document("2.3.0", "tariff", document) == document
        assert check_tariff(document) == []
    named = {
        name
        for location in demo_locations.documents(now)
        for evse in location["evses"]
        for connector in evse["connectors"]
        for name in connector["tariff_ids"]
    }
    assert named == {document["id"] for document in tariffs}


@pytest.mark.django_db
def test_later_starts_keep_what_staff_changed(demo_on: Settings) -> None:
    demo.prepare()
    evse = EVSE.objects.filter(status=Status.AVAILABLE).first()
    assert evse is not None
    locations.set_status(evse, Status.BLOCKED)
    Connection.objects.update(name="Sim", notes="ours", body_sample_percent=1)
    Party.objects.update(name="Renamed")

    again = demo.prepare()

    assert again is not None
    assert again["token"]
    evse.refresh_from_db()
    assert evse.status == Status.BLOCKED
    assert Location.objects.count() == 40
    connection = Connection.objects.get()
    assert (connection.name, connection.notes, connection.body_sample_percent) == ("Sim", "ours", 1)
    assert {*Party.objects.values_list("name", flat=True)} == {"Renamed"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state",
    [ConnectionState.CONNECTED, ConnectionState.SUSPENDED, ConnectionState.UNREGISTERED],
)
def test_a_partner_that_registered_or_that_staff_ended_gets_no_new_invitation(
    demo_on: Settings, state: str
) -> None:
    demo.prepare()
    connection = connected()
    connection.state = state
    connection.save()

    assert demo.prepare() == {}
    connection.refresh_from_db()
    assert connection.state == state


@pytest.mark.django_db
def test_a_partner_on_another_port_is_invited_anew(demo_on: Settings) -> None:
    demo.prepare()
    connected()
    demo_on.SIMULATOR_URL = "http://127.0.0.1:10"

    invitation = demo.prepare()

    assert invitation is not None
    assert invitation["token"]
    assert Connection.objects.get().state == ConnectionState.INVITED


@pytest.mark.django_db
def test_without_demo_nothing_happens(settings: Settings) -> None:
    settings.DEMO = False
    assert demo.prepare() is None
    assert not Party.objects.exists()
    assert not Location.objects.exists()
    assert not Connection.objects.exists()


@pytest.mark.django_db
def test_a_portal_with_data_of_its_own_stays_as_it_is(demo_on: Settings) -> None:
    builders.party("NL*ABC", ours=True)
    assert demo.prepare() is None
    assert Party.objects.count() == 1
    assert not Connection.objects.exists()


@pytest.mark.django_db
def test_cards_an_agreement_and_a_back_office_are_ready_once(
    demo_on: Settings, tmp_path: Path
) -> None:
    demo_on.VAR_DIR = tmp_path
    demo.prepare()
    first = demo_charges.prepare()
    again = demo_charges.prepare()

    assert first
    assert again
    assert first["token"] != again["token"]
    assert Token.objects.count() == 30
    assert Token.objects.filter(valid=False).count() == 3
    agreement = Agreement.objects.get()
    assert (str(agreement.ours), str(agreement.theirs)) == ("NL*DEM EMSP", "NL*SIM CPO")
    connection = demo_charges.back_office()
    assert connection is not None
    assert connection.kind == ConnectionKind.BACK_OFFICE
    content = json.loads((tmp_path / demo_charges.FILE_NAME).read_bytes())
    assert {name: len(objects) for name, objects in content.items()} == {
        "locations": 40,
        "tariffs": 3,
        "tokens": 30,
    }


@pytest.mark.django_db
def test_a_portal_that_is_no_demo_gets_no_back_office(demo_on: Settings) -> None:
    assert demo_charges.prepare() is None
    assert not Token.objects.exists()


# --- The page ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["operations", "administration"])
def test_the_page_is_for_operations_and_administration(demo_on: Settings, group: str) -> None:
    demo.prepare()
    client = staff(group)
    assert client.get(PAGE).status_code == 200
    assert PAGE in client.get("/admin/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["finance", "viewers"])
def test_others_have_no_such_page(demo_on: Settings, group: str) -> None:
    demo.prepare()
    client = staff(group)
    for address in (PAGE, f"{PAGE}state/"):
        assert client.get(address).status_code == 403
    assert client.post(f"{PAGE}fault/", {"mode": "500"}).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_strangers_are_sent_to_the_login(demo_on: Settings) -> None:
    answer = Client().get(PAGE)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.django_db
def test_without_demo_there_is_no_page(settings: Settings) -> None:
    settings.DEMO = False
    client = staff()
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}pull/").status_code == 404
    assert PAGE not in client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_a_partner_that_does_not_run_is_named_as_such(demo_on: Settings) -> None:
    demo.prepare()
    client = staff()
    assert "The simulated partner is not running." in client.get(PAGE).content.decode()

    answer = client.post(f"{PAGE}pull/", follow=True).content.decode()

    assert "Nothing answers at http://127.0.0.1:9." in answer
    assert not Event.objects.filter(name="simulator.pull").exists()


@pytest.mark.django_db
def test_a_get_changes_nothing(simulator: Simulator) -> None:
    demo.prepare()
    assert staff().get(f"{PAGE}fault/", {"mode": "500"}).status_code == 405
    assert simulator.control.state()["faults"]["mode"] == "none"


@pytest.mark.django_db
def test_a_form_of_another_site_is_refused(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    assert careful.post(f"{PAGE}fault/", {"mode": "500"}).status_code == 403
    assert simulator.control.state()["faults"]["mode"] == "none"


@pytest.mark.django_db
def test_a_fault_is_switched_on_shown_on_every_page_and_switched_off(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    form = {"mode": "late", "scope": "all", "share": "0.5"}

    answer = client.post(f"{PAGE}fault/", form, follow=True).content.decode()

    fault = simulator.control.state()["faults"]
    assert (fault["mode"], fault["scope"]) == ("late", "all")
    assert (fault["probability"], fault["delay_seconds"]) == (0.5, 20.0)
    assert "misbehaves now: Answer too late" in answer
    assert Event.objects.get(name="simulator.fault").actor == "operations"
    assert "misbehaves on purpose" in client.get("/admin/").content.decode()

    client.post(f"{PAGE}fault/", {"mode": "none"})

    assert simulator.control.state()["faults"]["mode"] == "none"
    assert "misbehaves on purpose" not in client.get("/admin/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("fault", BY_MODE.values(), ids=lambda fault: fault.mode)
def test_the_simulator_knows_every_fault(simulator: Simulator, fault: Fault) -> None:
    demo.prepare()
    staff().post(f"{PAGE}fault/", {"mode": fault.mode})
    assert simulator.control.state()["faults"]["mode"] == fault.mode


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("fault", {"mode": "explode"}),
        ("fault", {"mode": "500", "scope": "elsewhere"}),
        ("fault", {"mode": "500", "share": "7"}),
        ("accent", {"accent": "lisp"}),
        ("switch", {"version": "2.2"}),
        ("tariff", {"what": "explode"}),
        ("rate", {"rate": "61"}),
        ("rate", {"rate": "x"}),
        ("pace", {"rate": "7", "seconds": "50"}),
        ("swipe", {"side": "elsewhere"}),
        ("charge-faults", {"side": "partner", "charge_fault": "explode"}),
        ("bills", {"side": "partner", "share": "126"}),
        ("bills", {"side": "elsewhere", "share": "125"}),
    ],
)
def test_what_no_button_sends_changes_nothing(
    simulator: Simulator, action: str, form: dict[str, str]
) -> None:
    demo.prepare()
    before = simulator.control.state()
    answer = staff().post(f"{PAGE}{action}/", form, follow=True).content.decode()
    assert "There is no such" in answer
    after = simulator.control.state()
    assert after["faults"] == before["faults"]
    assert after["own"]["changes_per_minute"] == before["own"]["changes_per_minute"]


@pytest.mark.django_db
def test_it_can_be_made_to_speak_with_an_accent(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    chosen = {"accent": ["no_patch", "local_times"]}
    shown = client.post(f"{PAGE}accent/", chosen, follow=True).content.decode()
    wrong = client.post(f"{PAGE}accent/", {"accent": "lisp"}, follow=True).content.decode()

    assert "speaks with an accent now: no patch, local times." in shown
    assert "There is no such accent." in wrong
    spoken = simulator.control.state()["accent"]
    assert {name for name, on in spoken.items() if on} == set(chosen["accent"])
    assert {accent.name for accent in ACCENTS} == set(spoken)
    client.post(f"{PAGE}accent/")
    assert not any(simulator.control.state()["accent"].values())


@pytest.mark.django_db
def test_its_tariffs_change_begin_and_end(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    answer = client.post(f"{PAGE}tariff/", {"what": "delete"}, follow=True).content.decode()
    assert "It has no such tariff" in answer
    for what, count in (("create", 15), ("change", 15), ("delete", 14)):
        client.post(f"{PAGE}tariff/", {"what": what})
        assert simulator.control.state()["own"]["tariffs"] == count
    assert "tariffs of its own" in client.get(f"{PAGE}state/").content.decode()


@pytest.mark.django_db
def test_a_version_cannot_be_changed_before_it_is_registered(simulator: Simulator) -> None:
    demo.prepare()
    answer = staff().post(f"{PAGE}switch/", {"version": "2.3.0"}, follow=True).content.decode()
    assert "did not do it: Not registered." in answer


@pytest.mark.django_db
def test_what_we_did_wrong_is_shown_with_an_example(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    assert "Nothing so far" in client.get(f"{PAGE}state/").content.decode()
    token = simulator.registration.invite()
    url = f"{simulator.identity.base_url}/ocpi/2.1.1"
    requests.get(
        url, headers={"Authorization": f"Token {token}", "OCPI-to-party-id": "SIM"}, timeout=30
    )
    shown = client.get(f"{PAGE}state/").content.decode()
    assert "A request at OCPI 2.1.1, which has no routing headers, has some." in shown
    assert "GET /ocpi/2.1.1" in shown


@pytest.mark.django_db
def test_the_rate_of_changes_is_set(simulator: Simulator) -> None:
    demo.prepare()
    client = staff()
    client.post(f"{PAGE}rate/", {"rate": "600"})
    assert simulator.control.state()["own"]["changes_per_minute"] == 600
    assert 'data-rate="600"' in client.get(f"{PAGE}state/").content.decode()


@pytest.mark.django_db
def test_bills_are_made_wrong_and_right_again(simulator: Simulator) -> None:
    demo.prepare()
    client, pace = staff(), simulator.charging.pace
    assert pace.now.wrong_bills == 0
    client.post(f"{PAGE}bills/", {"side": "partner", "share": "125"})
    assert pace.now.wrong_bills == 0.125
    assert '<option value="125" selected>one in eight</option>' in client.get(PAGE).content.decode()
    assert "one in eight of its CDRs" in Event.objects.get(name="simulator.bills").message
    client.post(f"{PAGE}bills/", {"side": "partner", "share": "0"})
    assert pace.now.wrong_bills == 0


@pytest.mark.django_db
def test_charges_are_begun_paced_and_made_to_go_wrong(
    demo_on: Settings, simulator: Simulator
) -> None:
    demo.prepare()
    client, pace = staff(), simulator.charging.pace
    demo_on.BACK_OFFICE_URL = demo_on.SIMULATOR_URL
    client.post(f"{PAGE}pace/", {"rate": "30", "seconds": "300"})
    assert (pace.now.charges_per_minute, pace.now.charge_seconds) == (30, 300)
    chosen = {"side": "partner", "charge_fault": ["cdr-twice", "no-result"]}
    client.post(f"{PAGE}charge-faults/", chosen)
    assert pace.as_json()["faults"] == ["cdr-twice", "no-result"]
    assert ">CDR twice<" in client.get(PAGE).content.decode()
    # Nobody is registered, so that nobody can be asked about the card.
    client.post(f"{PAGE}swipe/", {"side": "partner"})
    assert Event.objects.get(name="simulator.swipe").message.endswith("(Not registered.).")


@pytest.mark.django_db
def test_what_staff_suspended_stays_suspended(simulator: Simulator) -> None:
    demo.prepare()
    parties.suspend(connected(), "Trouble.")
    answer = staff().post(f"{PAGE}connect/", follow=True).content.decode()
    assert "suspended" in answer
    assert Connection.objects.get().state == ConnectionState.SUSPENDED


@pytest.mark.django_db
def test_some_of_our_own_evses_change(demo_on: Settings) -> None:
    demo.prepare()
    before = dict(EVSE.objects.values_list("id", "status"))
    staff().post(f"{PAGE}change/")
    after = dict(EVSE.objects.values_list("id", "status"))
    assert sum(after[key] != status for key, status in before.items()) == 10


@pytest.mark.django_db(transaction=True)
def test_the_partner_registers_comes_back_and_renews_its_tokens(
    demo_on: Settings, simulator: Simulator, live_server: LiveServer
) -> None:
    demo_on.BASE_URL, demo_on.ALLOW_PRIVATE_ADDRESSES = live_server.url, True
    invitation = demo.prepare()
    assert invitation
    simulator.connect_when_possible(invitation["versions_url"], invitation["token"], demo.VERSION)
    wait_until(lambda: simulator.control.state()["received"]["locations"] == 39, "its pull")
    client = staff()
    connection = Connection.objects.get()
    assert connection.is_connected
    assert connection.version == "2.2.1"
    assert demo.prepare() == {}

    client.post(f"{PAGE}rotate/")
    assert Event.objects.filter(name="connection.rotated").exists()

    parties.disconnect(connection, "Ended by staff.")
    answer = client.post(f"{PAGE}connect/", follow=True).content.decode()
    assert "registered anew" in answer
    connection.refresh_from_db()
    assert connection.is_connected
