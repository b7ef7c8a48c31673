"""A whole charge through the gateway, for each pair of versions, over real HTTP.

Portal A hosts the CPO, whose back office speaks one version with it; portal B hosts the eMSP and speaks another
with A.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ocpi import convert, json
from ocpi.compare import Difference, differences, is_explained
from ocpi.convert import Beside
from ocpi.errors import Problem
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId
from ocpi.versioned import Kind
from ocpi.versions import WITHOUT_ROUTING
from tests import builders
from tests.portals import back_office
from tests.portals.back_office import BackOffice, Command
from tests.portals.support import Portal, wait_until

Json = dict[str, Any]
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
CPO, EMSP = "NL*GCP", "DE*GMS"
LINK, OFFICE = "Gateway link", "Gateway back office"
LISTED = "LISTED"
"""A card whose whitelist lets A answer; about those of the charges their eMSP wants to be asked each time."""


@dataclass
class Scene:
    """The two portals, connected, and the back office of A's CPO."""

    a: Portal
    b: Portal
    office: BackOffice
    versions_url: str
    invitation: Json
    table: list[str] = field(default_factory=list)
    charges: int = 0

    def speak(self, office: str, partners: str) -> None:
        """Have the back office speak one version with A, and the portals another with each other."""
        if self.b.connection(LINK)["version"] != partners:
            done = self.b.do("change_version", name=LINK, version=partners)
            assert done["state"] == "done", done
        if not self.office.version:
            self.office.register(**self.invitation, version=office)
        elif self.office.version != office:
            self.office.switch(self.versions_url, office)
        assert self.a.connection(LINK)["version"] == partners
        assert self.a.connection(OFFICE)["version"] == office

    def wait_for(self, portal: Portal, module: str, identifier: str, **values: Any) -> None:
        """Wait until a portal holds an object of the CPO's with these values."""

        def is_there() -> bool:
            found = self.held(portal, module, identifier) or {}
            return all(found.get(name) == value for name, value in values.items())

        wait_until(is_there, lambda: f"{values}: {self.held(portal, module, identifier)}")

    def held(self, portal: Portal, module: str, identifier: str) -> Json | None:
        """The canonical document of an object of the CPO's."""
        found = portal.do("said", module=module, party=CPO, version="2.3.0").get(identifier)
        return found["document"] if found else None


@pytest.fixture(scope="module")
def scene(
    _portals: tuple[Portal, Portal], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    a, b = _portals
    for portal in _portals:
        portal.start()
    a.do("host", party=CPO, roles=["CPO"])
    b.do("host", party=EMSP, roles=["EMSP"])
    b.do("agree", ours=EMSP, theirs=CPO)
    folder = tmp_path_factory.mktemp("gateway")
    a.do("take_in", file=written(folder / "l.json", location()), version="2.3.0")
    a.do("take_in", file=written(folder / "t.json", tariff()), module="tariffs", version="2.3.0")
    invitation = a.do("invite", name=LINK, party=CPO)
    done = b.do("connect", name=LINK, party=EMSP, version=VERSIONS[0], **invitation)
    assert done["state"] == "done", done
    # One for each charge: about a card of a command nobody is asked for a while.
    cards = [card(f"ASKED{n}", whitelist="NEVER") for n in range(1, len(VERSIONS) ** 2 + 1)]
    cards.append(card(LISTED, whitelist="ALLOWED"))
    b.do("take_in", file=written(folder / "c.json", *cards), module="tokens", version="2.3.0")
    with back_office.running(PartyId.parse(CPO)) as office:
        invited = a.do("invite", name=OFFICE, kind="back_office")
        made = Scene(a, b, office, invited["versions_url"], invited)
        yield made
        lines = ["What is lost on the way, of sessions and CDRs:", *made.table, ""]
        sys.stdout.write("\n".join(lines))
        a.do("unregister", name=LINK)


def written(path: Path, *documents: Json) -> str:
    path.write_bytes(json.dumps(list(documents)))
    return str(path)


def location() -> Json:
    evse = builders.evse("G1", evse_id="NL*GCP*E1", connectors=[builders.connector("1")])
    return builders.location("GLOC", CPO, evses=[evse])


def tariff() -> Json:
    return builders.tariff("GT1", CPO)


def card(uid: str, **fields: Any) -> Json:
    return builders.token(uid, EMSP, contract_id=f"DE-GMS-C0{uid}", **fields)


def cdr_token(uid: str) -> Json:
    return builders.cdr_token(EMSP, uid=uid, contract_id=f"DE-GMS-C0{uid}")


def session(number: int, updates: int, status: str, **fields: Any) -> Json:
    """The canonical session of a charge after so many updates; each brings a charging period and 2.5 kWh."""
    kwh = 2.5 * updates
    return builders.session(
        f"S{number}",
        CPO,
        start_date_time=at(0),
        **({"end_date_time": at(updates)} if status == "COMPLETED" else {}),
        kwh=kwh,
        cdr_token=cdr_token(f"ASKED{number}"),
        auth_method="COMMAND",
        location_id="GLOC",
        evse_uid="G1",
        connector_id="1",
        meter_id="METER-1",
        charging_periods=[
            builders.period(at(quarter), "GT1", ENERGY=2.5, MAX_CURRENT=16.0)
            for quarter in range(updates)
        ],
        total_cost={"before_taxes": round(kwh * 0.25, 4)},
        status=status,
        last_updated=at(updates),
        **fields,
    )


def cdr(number: int, **fields: Any) -> Json:
    """The canonical CDR of that session."""
    return builders.cdr(
        f"C{number}",
        CPO,
        start_date_time=at(0),
        end_date_time=at(4),
        session_id=f"S{number}",
        cdr_token=cdr_token(f"ASKED{number}"),
        auth_method="COMMAND",
        cdr_location={
            **builders.cdr()["cdr_location"],
            "id": "GLOC",
            "evse_uid": "G1",
            "evse_id": "NL*GCP*E1",
        },
        tariffs=[tariff()],
        charging_periods=[builders.period(at(quarter), "GT1", ENERGY=2.5) for quarter in range(4)],
        total_cost={"before_taxes": 2.5, "taxes": [{"name": "VAT", "amount": 0.53}]},
        total_energy=10.0,
        total_energy_cost={"before_taxes": 2.5},
        total_time=1.0,
        remark="Thank you",
        last_updated=at(5),
        **fields,
    )


def at(quarters: int) -> str:
    """So many quarters of an hour after the start."""
    hours, quarter = divmod(quarters, 4)
    return f"2026-11-02T{10 + hours}:{quarter * 15:02}:00Z"


def said_by(version: str, kind: Kind, document: Json) -> tuple[Json, list[Problem]]:
    """What the back office writes at a version, and what that loses."""
    return convert.from_canonical(version, kind, document, beside=Beside(location=location()))


@pytest.mark.parametrize("partners", VERSIONS)
@pytest.mark.parametrize("office", VERSIONS)
def test_a_whole_charge(scene: Scene, office: str, partners: str) -> None:
    """R-005, R-018, R-019, R-028, P-003, P-010: from far away a charge is started, limited, stopped and paid for."""
    scene.speak(office, partners)
    scene.charges += 1
    number = scene.charges
    authorize(scene, f"ASKED{number}")
    started = remotely(scene, "START_SESSION", card=f"ASKED{number}", location="GLOC", evse="G1")
    assert started.body["token"]["uid"] == f"ASKED{number}"
    reference = started.body.get("authorization_reference")
    told = {"authorization_reference": reference} if reference else {}
    charge(scene, number, **told)
    scene.wait_for(scene.b, "sessions", f"S{number}", kwh=10)
    limit(scene, number)
    stopped = remotely(scene, "STOP_SESSION", session=f"S{number}", owner=CPO)
    assert stopped.body["session_id"] == f"S{number}"
    meant = end(scene, number, **told)
    bill = cdr(number, **told)
    said, _ = said_by(office, "cdr", bill)
    answer = scene.office.tell("POST", "cdrs", data=said, to=PartyId.parse(EMSP))
    assert answer.headers["Location"]
    pairs: tuple[tuple[Kind, str, Json], ...] = (
        ("session", f"S{number}", meant),
        ("cdr", f"C{number}", bill),
    )
    for kind, identifier, document in pairs:
        compare(scene, kind, identifier, document, office, partners)


def authorize(scene: Scene, card: str) -> None:
    """Both cards may charge: one by B's answer, one by its whitelist; the back office knows both."""
    for uid in (card, LISTED):
        wait_until(partial(scene.office.knows, uid), f"the back office knows {uid}")
        asked_before = asked(scene)
        place = {"location_id": "GLOC", "evse_uids": ["G1"]}
        info = scene.office.ask("tokens", uid, "authorize", data=place, to=PartyId.parse(EMSP))
        assert info["allowed"] == "ALLOWED", info
        assert asked(scene) - asked_before == (uid == card)


def asked(scene: Scene) -> int:
    """How often B was asked about a card."""
    return int(
        scene.b.value(
            "SELECT count(*) FROM exchange_exchange WHERE direction = 'in' AND method = 'POST'"
            " AND position('/authorize' IN url) > 0"
        )
    )


def remotely(scene: Scene, name: str, **about: Any) -> Command:
    """Staff of B send a command; A passes it on, and what comes of it comes back to B."""
    sent = scene.b.do(name.lower(), **about)
    assert sent["state"] == "accepted", sent
    command = scene.office.next_command()
    assert command.name == name
    assert command.correlation_id == sent["correlation_id"]
    assert command.body["response_url"].startswith(f"{scene.a.url}/ocpi/{scene.office.version}/")
    if scene.office.version not in WITHOUT_ROUTING:
        assert command.routing == RoutingHeaders(PartyId.parse(CPO), PartyId.parse(EMSP))
    scene.office.report(command, "ACCEPTED")
    for portal in (scene.a, scene.b):
        wait_until(
            lambda: commanded(portal, sent["correlation_id"]) == "succeeded",  # noqa: B023
            lambda: f"{name} succeeds at {portal.url}: {waiting(scene.a)}",  # noqa: B023
        )
    # Asked of A, of the back office, told A, told B: four requests of one thing that was done. A writes the
    # last one down when B has answered, which is after B knows.
    wait_until(
        lambda: len(requests_about(scene.a, sent["correlation_id"])) >= 4,
        f"A has written down that it told B of {name}",
    )
    assert len(requests_about(scene.a, sent["correlation_id"])) == 4
    return command


def requests_about(portal: Portal, correlation_id: str) -> list[tuple[Any, ...]]:
    """The requests of one thing that was done, as a portal's log has them."""
    return portal.rows(
        "SELECT DISTINCT request_id FROM exchange_exchange WHERE correlation_id = %s",
        correlation_id,
    )


def waiting(portal: Portal) -> list[tuple[Any, ...]]:
    """What a portal has not told yet, and why."""
    return portal.rows(
        "SELECT c.name, c.deliveries_stopped, c.hold_until, d.module, d.last_result, d.last_error"
        " FROM exchange_delivery d JOIN parties_connection c ON c.id = d.connection_id"
        " WHERE d.wanted_version > d.sent_version ORDER BY d.id DESC LIMIT 5"
    )


def limit(scene: Scene, number: int) -> None:
    """Staff of B limit the charge, and see what the charge point plans; 2.1.1 on the way cannot."""
    about = {"session": f"S{number}", "owner": CPO, "limit": 8.1}
    versions = {scene.office.version, scene.b.connection(LINK)["version"]}
    if versions & WITHOUT_ROUTING:
        refused = scene.b.do("set_profile", **about)
        assert (refused["state"], refused["response"]) == ("refused", "NOT_SUPPORTED")
        return
    set_up = remotely(scene, "SET_PROFILE", **about)
    profile = set_up.body["charging_profile"]
    assert [float(step["limit"]) for step in profile["charging_profile_period"]] == [8.1]
    active = {"start_date_time": at(number), "charging_profile": {**profile, "duration": 900}}
    scene.office.plan(f"S{number}", active, PartyId.parse(EMSP))
    told = partial(
        scene.b.rows,
        "SELECT document::text FROM charging_activeprofile WHERE session_id = %s",
        f"S{number}",
    )
    wait_until(told, "B is told what the charge point plans")
    assert [json.loads(document.encode()) for (document,) in told()] == [active]


def commanded(portal: Portal, correlation_id: str) -> str:
    """How a command ended at a portal, or where it stands."""
    statement = "SELECT state FROM charging_command WHERE correlation_id = %s"
    return str(portal.value(statement, correlation_id))


def charge(scene: Scene, number: int, **fields: Any) -> None:
    """A session begins, and comes to something four times."""
    office = scene.office
    path = (*PartyId.parse(CPO), f"S{number}")
    first, _ = said_by(office.version, "session", session(number, 0, "ACTIVE", **fields))
    office.tell("PUT", "sessions", *path, data=first, to=PartyId.parse(EMSP))
    for updates in range(1, 5):
        patch = update(office.version, session(number, updates, "ACTIVE", **fields))
        office.tell("PATCH", "sessions", *path, data=patch, to=PartyId.parse(EMSP))


def end(scene: Scene, number: int, **fields: Any) -> Json:
    """The session is over; returns it as the CPO means it."""
    meant = session(number, 4, "COMPLETED", **fields)
    last, _ = said_by(scene.office.version, "session", meant)
    path = (*PartyId.parse(CPO), f"S{number}")
    scene.office.tell("PUT", "sessions", *path, data=last, to=PartyId.parse(EMSP))
    return meant


def update(version: str, document: Json) -> Json:
    """What a session has come to: with the newest charging period alone, or at 2.1.1 with all of them."""
    said, _ = said_by(version, "session", document)
    periods = said["charging_periods"]
    changed = {name: said[name] for name in ("kwh", "total_cost", "status", "last_updated")}
    return {
        **changed,
        "charging_periods": periods if version in WITHOUT_ROUTING else periods[-1:],
    }


def compare(
    scene: Scene, kind: Kind, identifier: str, meant: Json, office: str, partners: str
) -> None:
    """Both portals hold the same, but for what a version on the way cannot say and says so."""
    module = f"{kind}s"
    at_a = scene.held(scene.a, module, identifier)
    assert at_a is not None
    _, lost_before = said_by(office, kind, meant)
    said = scene.a.do("said", module=module, party=CPO, version=partners)[identifier]
    lost_behind = [Problem(*loss) for loss in said["losses"]]

    def rest() -> list[Difference]:
        at_b = scene.held(scene.b, module, identifier)
        if at_b is None:
            return [Difference("", at_a, None, "B does not have it.")]
        return [d for d in differences(at_a, at_b, kind) if not is_explained(d, lost_behind)]

    wait_until(lambda: not rest(), lambda: f"B holds what A holds: {rest()}")
    at_b = scene.held(scene.b, module, identifier)
    assert at_b is not None
    found = differences(meant, at_a, kind)
    unexplained = [d for d in found if not is_explained(d, lost_before)]
    assert not unexplained, unexplained
    for way, version, gone in (
        ("back office to A", office, found),
        ("A to B", partners, differences(at_a, at_b, kind)),
    ):
        fields = sorted({without_indexes(each.path) for each in gone})
        scene.table.append(f"{office} to {partners} | {kind} | {way} at {version} | {fields}")


def without_indexes(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdigit())
