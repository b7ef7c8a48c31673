"""Two simulated partners at each version: what one has the other holds, whatever changes."""

from itertools import permutations
from typing import Any

import pytest
import requests

from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.headers import encode_authorization, encoding_of
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED, Role
from tests.simulator.support import Json, Peer, Running, Start, wait_until

LATER = "2030-01-01T00:00:00Z"
SIM = PartyId("NL", "SIM")


@pytest.fixture(params=SUPPORTED)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cpo(start: Start) -> Running:
    """The side that has locations and tariffs at every version."""
    return start("NL*SIM")


@pytest.fixture
def emsp(start: Start, cpo: Running, version: str) -> Running:
    """The side that takes them, registered with the other."""
    other = start("BE*SIB", seed=2, locations=5, role=Role.EMSP)
    other.connect_to(cpo, version)
    return other


def said(document: Json, kind: str, version: str) -> Json | None:
    """What is left of a canonical object that went through a version; None when it cannot."""
    try:
        there = from_canonical(version, kind, document).document
    except Refused:
        return None
    return to_canonical(version, kind, there, owner=SIM).document


def expected(cpo: Running, version: str, module: str) -> list[Json]:
    documents = (said(own, module.rstrip("s"), version) for own in cpo.lines("own", module))
    return [document for document in documents if document is not None]


def is_level(cpo: Running, emsp: Running, version: str, module: str) -> bool:
    return emsp.lines("received", module) == expected(cpo, version, module)


def test_they_register_at_the_version_wanted_and_keep_to_it_on_both_sides(
    cpo: Running, emsp: Running, version: str
) -> None:
    for side, party in ((cpo, "SIB"), (emsp, "SIM")):
        state = side.state()
        assert state["partner"]["version"] == version
        roles = {(role["role"], role["party_id"]) for role in state["partner"]["roles"]}
        if version == "2.1.1":
            assert roles == {("EMSP" if side is cpo else "CPO", party)}
        else:
            assert roles == {("CPO", party), ("EMSP", party)}
        assert side.violations() == {}
    assert is_level(cpo, emsp, version, "locations")
    assert is_level(cpo, emsp, version, "tariffs")
    assert len(emsp.lines("received", "tariffs")) == (8 if version == "2.1.1" else 14)


def test_the_best_common_version_is_taken(start: Start) -> None:
    one = start("NL*SIM", versions=("2.1.1", "2.2.1"))
    other = start("BE*SIB", role=Role.EMSP)
    other.post("connect", **one.post("invite"))
    assert other.state()["partner"]["version"] == "2.2.1"


def test_what_is_not_offered_cannot_be_agreed_on(start: Start) -> None:
    one, other = start("NL*SIM", versions=("2.1.1",)), start("BE*SIB", versions=("2.3.0",))
    invitation = one.post("invite")
    answer = other.control("POST", "connect", **invitation)
    assert "The other side does not offer 2.3.0." in answer.json()["error"]
    answer = other.control("POST", "connect", version="2.1.1", **invitation)
    assert "2.1.1 is not one of 2.3.0" in answer.json()["error"]


def test_credentials_and_details_have_the_form_of_the_version(
    cpo: Running, emsp: Running, version: str
) -> None:
    partner = emsp.simulator.registration.partner
    assert partner is not None
    with requests.Session() as session:
        peer = Peer(cpo.base_url, partner.token, session, version)
        ours = peer.send("GET", f"{version}/credentials").json()["data"]
        details = peer.send("GET", version).json()["data"]
    assert "hub_party_id" not in ours
    assert ("roles" in ours) is (version != "2.1.1")
    roles = {endpoint.get("role") for endpoint in details["endpoints"]}
    assert roles == ({None} if version == "2.1.1" else {"SENDER", "RECEIVER"})
    modules = {"locations", "tariffs", "tokens", "sessions", "cdrs", "commands"}
    later = set() if version == "2.1.1" else {"chargingprofiles"}
    if version == "2.3.0":
        later.add("invoicereconciliation")
    assert {e["identifier"] for e in details["endpoints"]} == {"credentials", *modules, *later}


def test_status_changes_arrive(cpo: Running, emsp: Running, version: str) -> None:
    location, evse = cpo.evse()
    cpo.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: is_level(cpo, emsp, version, "locations"), "the pushed status")
    assert emsp.state()["requests"]["locations.receiver"] == {"PATCH": 1}
    assert emsp.violations() == cpo.violations() == {}


def test_tariffs_that_change_begin_and_end_arrive(
    cpo: Running, emsp: Running, version: str
) -> None:
    before = len(emsp.lines("received", "tariffs"))
    for what, count in (("change", before), ("create", before + 1), ("delete", before)):
        tariff = cpo.post("tariffs", what=what)["tariff"]
        wait_until(lambda: is_level(cpo, emsp, version, "tariffs"), f"the {what} of {tariff}")
        assert emsp.state()["received"]["tariffs"] == count
    assert cpo.post("tariffs", what="delete") == {"tariff": None}
    own = cpo.state()["own"]
    assert own["tariffs_put"] + own["tariffs_deleted"] in (2, 3)
    assert own["failed"] == 0
    assert emsp.violations() == {}


@pytest.fixture
def peer(cpo: Running, emsp: Running, version: str) -> Any:
    """Speaks to the eMSP as its CPO does."""
    partner = cpo.simulator.registration.partner
    assert partner is not None
    with requests.Session() as session:
        yield Peer(emsp.base_url, partner.token, session, version)


@pytest.fixture
def location(cpo: Running, version: str) -> Json:
    return from_canonical(version, "location", cpo.evse()[0]).document


@pytest.fixture
def tariff(cpo: Running, version: str) -> Json:
    tariff = next(t for t in cpo.lines("own", "tariffs") if t["id"] == "DAY-NIGHT-EUR")
    return from_canonical(version, "tariff", tariff).document


def path(document: Json, *parts: str) -> str:
    return "/".join((*SIM, document["id"], *parts))


def test_what_is_pushed_whole_is_answered_as_it_came(
    peer: Peer, emsp: Running, location: Json, tariff: Json, version: str
) -> None:
    for module, document in (("locations", location), ("tariffs", tariff)):
        new = {**document, "id": "NEW"}
        assert peer.push("PUT", path(new), new, module).status_code == 201
        assert peer.held(path(new), module) == new
        answer = emsp.control("GET", f"received/{path(new)}?module={module}&as=sent")
        assert answer.json() == new
    assert emsp.violations().keys() <= {"request_id_missing", "correlation_id_missing",
                                        "routing_missing"}  # fmt: skip


def test_parts_are_replaced_and_patched(peer: Peer, location: Json, version: str) -> None:
    evse = {**location["evses"][0], "uid": "ADDED", "last_updated": LATER}
    assert peer.push("PUT", path(location, "ADDED"), evse).status_code == 201
    changes = {"status": "OUTOFORDER", "last_updated": LATER}
    assert peer.push("PATCH", path(location, "ADDED"), changes).status_code == 200
    assert peer.held(path(location, "ADDED")) == {**evse, **changes}
    answer = peer.push("PATCH", path(location), {"city": "Delft", "last_updated": LATER})
    assert answer.json()["status_code"] == 1000
    assert peer.held(path(location))["city"] == "Delft"


def test_tariffs_are_patched_at_2_1_1_only_and_deleted_at_each(
    peer: Peer, tariff: Json, version: str
) -> None:
    answer = peer.push("PATCH", path(tariff), {"currency": "GBP", "last_updated": LATER}, "tariffs")
    assert answer.status_code == (200 if version == "2.1.1" else 405)
    if version == "2.1.1":
        assert peer.held(path(tariff), "tariffs")["currency"] == "GBP"
    assert peer.push("DELETE", path(tariff), module="tariffs").status_code == 200
    assert peer.push("DELETE", path(tariff), module="tariffs").status_code == 404
    assert peer.push("GET", path(tariff), module="tariffs").status_code == 404


@pytest.mark.parametrize("module", ["locations", "tariffs"])
def test_what_is_not_valid_at_the_version_is_refused_and_counted(
    peer: Peer, emsp: Running, location: Json, tariff: Json, module: str
) -> None:
    document = location if module == "locations" else tariff
    bad = {**document, "last_updated": "yesterday"}
    answer = peer.push("PUT", path(document), bad, module)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert emsp.violations()["invalid_object"] == 1
    kind = emsp.state()["violations"]["kinds"][0]
    assert path(document) in kind["example"] or len(emsp.violations()) > 1
    emsp.post("reset-counters")
    assert emsp.violations() == {}


FOREIGN = {
    "2.1.1": {"parking_type": "ON_STREET"},
    "2.2.1": {"help_phone": "+31205550100"},
    "2.3.0": {"type": "ON_STREET"},
}


def test_fields_of_another_version_are_counted(
    peer: Peer, emsp: Running, location: Json, version: str
) -> None:
    peer.push("PUT", path(location), {**location, **FOREIGN[version]})
    assert emsp.violations()["field_of_other_version"] == 1


def test_headers_that_do_not_belong_or_are_missing_are_counted(
    emsp: Running, cpo: Running, version: str
) -> None:
    partner = cpo.simulator.registration.partner
    assert partner is not None
    wrong = "2.2.1" if version == "2.1.1" else "2.1.1"
    headers = {
        "Authorization": encode_authorization(partner.token, encoding_of(wrong)),
        "X-Request-ID": "again",
        "OCPI-from-party-id": "SIM",
        "OCPI-from-country-code": "NL",
    }
    for _ in range(2):
        requests.get(f"{emsp.base_url}/ocpi/{version}/credentials", headers=headers, timeout=30)
    found = emsp.violations()
    assert found["token_spelling"] == 2
    assert found["request_id_repeated"] == 1
    routing = "routing_before_2_2" if version == "2.1.1" else "routing_on_configuration"
    assert found[routing] == 2


def test_another_version_than_agreed_on_is_not_served(
    peer: Peer, emsp: Running, location: Json, version: str
) -> None:
    for other in SUPPORTED:
        answer = peer.send("GET", f"{other}/receiver/locations/{path(location)}")
        assert answer.status_code == (200 if other == version else 404)
    assert emsp.violations()["other_version"] == 2


@pytest.mark.parametrize(("before", "after"), list(permutations(SUPPORTED, 2)))
def test_either_side_switches_to_another_version(
    start: Start, cpo: Running, before: str, after: str
) -> None:
    emsp = start("BE*SIB", seed=2, locations=5, role=Role.EMSP)
    emsp.connect_to(cpo, before)
    switch(emsp, cpo, emsp, after)
    switch(cpo, cpo, emsp, before)
    answer = emsp.control("POST", "switch", version=before)
    assert f"at {before} already" in answer.json()["error"]
    assert cpo.violations() == emsp.violations() == {}


def switch(side: Running, cpo: Running, emsp: Running, version: str) -> None:
    """Let one of the two switch; then both are at the version and hold the same."""
    number = emsp.state()["pull"]["last"]["number"]
    side.post("switch", version=version)
    assert {s.state()["partner"]["version"] for s in (cpo, emsp)} == {version}
    wait_until(lambda: emsp.state()["pull"]["last"]["number"] > number, "another pull")
    emsp.wait_for_pull()
    for module in ("locations", "tariffs"):
        assert is_level(cpo, emsp, version, module)
    location, evse = cpo.evse()
    cpo.post("status", location_id=location["id"], evse_uid=evse["uid"], status="RESERVED")
    wait_until(lambda: is_level(cpo, emsp, version, "locations"), "a push after it")


def test_tokens_are_tried_in_both_spellings_when_we_begin(start: Start, cpo: Running) -> None:
    other = start("BE*SIB", role=Role.EMSP)
    cpo.post("accent", raw_tokens=True)
    other.post("connect", version="2.1.1", **cpo.post("invite"))
    assert other.state()["partner"]["version"] == "2.1.1"
