"""Charging preferences: to the CPO's own system or by its rule, from partners and from staff."""

from __future__ import annotations

from typing import Any

import pytest

from charging.models import Session
from charging.sessions import services
from locations import services as locations
from parties import services as parties
from parties.choices import CommandRule, ConnectionKind
from parties.models import Connection, Event, Party
from tariffs import services as tariffs
from tests import builders
from tests.builders import Partner
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db
URL = "sender/sessions/S1/charging_preferences"
WANTED = {"profile_type": "CHEAP", "departure_time": "2026-01-02T18:00:00Z", "energy_need": 20.0}


def our_cpo(**evse: Any) -> Party:
    """A CPO of ours with a session of a partner's card at an EVSE that takes preferences."""
    ours = builders.party("NL*ABC", "CPO", ours=True)
    capable = {"capabilities": ["CHARGING_PREFERENCES_CAPABLE"], **evse}
    place = builders.location(evses=[builders.evse(**capable)])
    locations.put_location(ours, place, source=None)
    services.put_session(ours, builders.session(), source=None)
    return ours


def emsp(version: str = "2.2.1") -> Partner:
    return builders.partner("Emsp", speaks_for=(builders.party("DE*XYZ", "EMSP"),), version=version)


def office(system: System, *spoken: Party, version: str = "2.3.0") -> Connection:
    made = builders.connection(
        "Office",
        speaks_for=spoken,
        kind=ConnectionKind.BACK_OFFICE,
        version=version,
        url=system.url,
        pushes=("sessions",),
    )
    parties.pin_hosts(made, [system.url])
    return made


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@pytest.mark.parametrize(
    "answer",
    [
        "ACCEPTED",
        "DEPARTURE_REQUIRED",
        "ENERGY_NEED_REQUIRED",
        "NOT_POSSIBLE",
        "PROFILE_TYPE_NOT_SUPPORTED",
    ],
)
def test_the_cpos_system_answers(version: str, answer: str, system: System) -> None:
    """S-018, S-020, S-022: discharging is not allowed by leaving it out, so that nothing is added."""
    office(system, our_cpo())
    system.replies(Reply(answer))
    said = emsp(version).put(URL, WANTED)
    assert (said.http_status, said.code, said.data) == (200, 1000, answer)
    (seen,) = system.requests
    assert (seen.method, seen.path) == ("PUT", "/sender/sessions/S1/charging_preferences")
    assert seen.document == WANTED
    assert seen.headers["ocpi-to-party-id"] == "ABC"
    assert seen.headers["ocpi-from-party-id"] == "XYZ"
    event = Event.objects.get(subject="NL*ABC/S1")
    assert (event.detail["answer"], event.connection and event.connection.name) == (answer, "Emsp")
    assert "as cheaply as possible, 20 kWh, until 2026-01-02T18:00:00Z" in event.message


def test_what_the_cpos_system_does_not_answer(system: System) -> None:
    office(system, our_cpo())
    partner = emsp()
    for reply, code, http_status in (
        (Reply(status=404, code=2001), 2001, 404),
        (Reply(code=2002), 2002, 200),
        (Reply(code=3000), 4000, 200),
        (Reply("MAYBE"), 4000, 200),
        (None, 4003, 200),
    ):
        system.replies(reply)
        said = partner.put(URL, WANTED)
        assert (said.code, said.http_status) == (code, http_status), said.message


def test_an_evse_that_cannot_and_a_session_of_somebody_else() -> None:
    """S-019, S-026."""
    our_cpo(capabilities=["RFID_READER"])
    said = emsp().put(URL, WANTED)
    assert (said.http_status, said.code) == (404, 2001)
    assert "CHARGING_PREFERENCES_CAPABLE" in said.message
    other = builders.partner("Other", speaks_for=(builders.party("FR*EEE", "EMSP"),))
    said = other.put(URL, WANTED)
    assert (said.http_status, said.code) == (404, 2000)
    assert other.put(f"{URL}/more", WANTED).http_status == 404


def test_without_a_system_the_rule_decides() -> None:
    """S-020, S-021: a profile that has no tariff is not offered."""
    ours = our_cpo(
        connectors=[builders.connector(tariff_ids=["FAST"]), builders.connector("2")],
    )
    partner = emsp()
    assert partner.put(URL, WANTED).data == "NOT_POSSIBLE"
    Party.objects.filter(pk=ours.pk).update(command_rule=CommandRule.STAFF)
    assert partner.put(URL, WANTED).data == "ACCEPTED"
    tariffs.put_tariff(ours, builders.tariff("FAST", type="PROFILE_FAST"), source=None)
    assert partner.put(URL, WANTED).data == "PROFILE_TYPE_NOT_SUPPORTED"
    assert partner.put(URL, {"profile_type": "FAST"}).data == "ACCEPTED"
    assert partner.put(URL, {"profile_type": "REGULAR"}).data == "ACCEPTED"
    said = partner.put(URL, {"profile_type": "SLOW", "energy_need": "much"})
    assert said.code == 2001
    assert {"profile_type", "energy_need"} <= {problem["path"] for problem in said.data}
    ended = builders.session(status="COMPLETED", last_updated=builders.LATEST)
    services.put_session(ours, ended, source=None)
    assert partner.put(URL, WANTED).data == "NOT_POSSIBLE"


def test_there_are_none_at_2_1_1() -> None:
    our_cpo()
    assert emsp("2.1.1").put(URL, WANTED).http_status == 404


def test_our_emsps_back_office_reaches_a_partners_cpo(system: System) -> None:
    """To our back office the portal is a hub; where several sessions have the id, the header decides."""
    mine = builders.party("DE*XYZ", "EMSP", ours=True)
    own = builders.partner(
        "Own", speaks_for=(mine,), kind=ConnectionKind.BACK_OFFICE, version="2.3.0"
    )
    cpos = [builders.party(name, "CPO") for name in ("NL*ABC", "BE*BEC")]
    for cpo in cpos:
        services.put_session(cpo, builders.session(owner=str(cpo.identity)), source=None)
    made = builders.connection(
        "Cpo", speaks_for=(cpos[0],), url=system.url, pushes=("sessions",), version="2.2.1"
    )
    parties.pin_hosts(made, [system.url])
    system.replies(Reply("ACCEPTED"))
    assert own.put(URL, WANTED).code == 2001

    def to(party: str) -> dict[str, str]:
        return {"OCPI-to-country-code": party[:2], "OCPI-to-party-id": party[3:]}

    assert own.call("PUT", URL, WANTED, to("NL*ABC")).data == "ACCEPTED"
    assert own.call("PUT", URL, WANTED, to("BE*BEC")).code == 4003
    assert system.requests[0].headers["ocpi-from-party-id"] == "XYZ"
    assert Session.objects.count() == 2
