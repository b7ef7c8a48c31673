"""What we offer a partner: versions and their details (OCPI, versions module)."""

from __future__ import annotations

from typing import Any

import pytest

from credentials import services
from exchange import registry
from exchange.models import Exchange
from ocpi.urls import check_url
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.models import Connection, Party
from tests import builders
from tests.credentials.support import VERSIONS, Portal

pytestmark = pytest.mark.usefixtures("ours")


def as_cpo() -> list[Party]:
    return list(Party.objects.filter(role="CPO"))


def offered(portal: Portal, token: str) -> list[str]:
    return [entry["version"] for entry in portal.data("GET", "versions", token)]


def sides(portal: Portal, version: str, token: str) -> list[tuple[str, Any]]:
    listed = portal.data("GET", version, token)["endpoints"]
    return [(entry["identifier"], entry.get("role")) for entry in listed]


def of_locations(portal: Portal, version: str, token: str) -> list[tuple[str, Any]]:
    """The sides of the credentials and the locations module, whatever other modules there are."""
    shown = {"credentials", "locations"}
    return [side for side in sides(portal, version, token) if side[0] in shown]


def test_every_version_offered_leads_to_its_details(portal: Portal) -> None:
    """V-001, V-002, V-003, V-006."""
    token = services.invite("Partner", presents=as_cpo()).token
    assert offered(portal, token) == list(VERSIONS)
    for entry in portal.data("GET", "versions", token):
        check_url(entry["url"])
        path = entry["url"].removeprefix("http://portal.example/ocpi/")
        details = portal.data("GET", path, token)
        assert details["version"] == entry["version"]
        assert "credentials" in {e["identifier"] for e in details["endpoints"]}


@pytest.mark.parametrize("path", ["versions", *VERSIONS])
def test_nothing_is_offered_to_strangers(portal: Portal, path: str) -> None:
    """V-009, T-001, T-002."""
    assert portal.ask("GET", path, None) == (401, 2001)
    assert portal.ask("GET", path, "unknown") == (401, 2001)


def test_with_several_parties_or_roles_there_is_no_2_1_1(portal: Portal) -> None:
    token = services.invite("Partner").token
    assert offered(portal, token) == ["2.2.1", "2.3.0"]
    for path in ("2.1.1", "2.1.1/credentials"):
        assert portal.ask("GET", path, token) == (404, 2000)


def test_a_role_that_2_1_1_does_not_know_is_not_presented_in_it(portal: Portal) -> None:
    ptp = builders.party("NL*PTP", "PTP", ours=True)
    assert offered(portal, services.invite("Partner", presents=[ptp]).token) == ["2.2.1", "2.3.0"]


def test_staff_choose_what_a_partner_is_offered(portal: Portal) -> None:
    chosen = services.invite("Partner", presents=as_cpo(), offered_versions=["2.1.1", "2.2.1"])
    assert offered(portal, chosen.token) == ["2.1.1", "2.2.1"]
    assert portal.ask("GET", "2.3.0", chosen.token) == (404, 2000)
    assert portal.ask("POST", "2.3.0/credentials", chosen.token, {}) == (404, 2000)


@pytest.mark.parametrize(
    ("versions", "reason"), [(["2.1.1"], "exactly one party of ours"), (["1.0"], "not supported")]
)
def test_what_cannot_be_offered_is_refused_at_once(versions: list[str], reason: str) -> None:
    with pytest.raises(services.Refused, match=reason):
        services.invite("Partner", offered_versions=versions)
    assert not Connection.objects.exists()


def test_a_party_hosted_later_leaves_the_list_empty_and_says_so(portal: Portal) -> None:
    Party.objects.filter(role="EMSP").delete()
    token = services.invite("Partner", offered_versions=["2.1.1"]).token
    builders.party("NL*TWO", "CPO", ours=True)
    answer = portal.call("GET", "versions", token).json()  # type: ignore[attr-defined]
    assert answer["status_code"] == 3000
    assert "exactly one party" in answer["status_message"]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_details_list_the_sides_of_our_presented_roles(portal: Portal, version: str) -> None:
    """V-004, V-007, V-008."""
    both = services.invite("Both").token
    assert of_locations(portal, version, both) == [
        ("credentials", "SENDER"),
        ("locations", "SENDER"),
        ("locations", "RECEIVER"),
    ]
    emsp = services.invite("One", presents=Party.objects.filter(role="EMSP")).token
    assert of_locations(portal, version, emsp) == [
        ("credentials", "SENDER"),
        ("locations", "RECEIVER"),
    ]


@pytest.mark.parametrize(("role", "side"), [("CPO", "sender"), ("EMSP", "receiver")])
def test_details_of_2_1_1_name_no_role_but_the_side_of_ours(
    portal: Portal, role: str, side: str
) -> None:
    """V-005."""
    token = services.invite("Partner", presents=Party.objects.filter(role=role)).token
    endpoints = portal.data("GET", "2.1.1", token)["endpoints"]
    base = "http://portal.example/ocpi/2.1.1"
    assert endpoints[0] == {"identifier": "credentials", "url": f"{base}/credentials"}
    assert {"identifier": "locations", "url": f"{base}/{side}/locations"} in endpoints
    assert {frozenset(endpoint) for endpoint in endpoints} == {frozenset({"identifier", "url"})}
    for endpoint in endpoints[1:]:
        acting = InterfaceRole(endpoint["url"].split("/")[5].upper())
        assert role in registry.get(endpoint["identifier"]).roles(acting)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_module_of_our_own_making_is_listed(portal: Portal, version: str) -> None:
    """V-010, V-011: there is none, so that nobody gets to see one."""
    token = services.invite("Partner", presents=as_cpo()).token
    known = {"credentials", "locations", "tariffs", "sessions", "cdrs", "tokens", "commands"}
    known |= {"chargingprofiles", "hubclientinfo"}
    if version == "2.3.0":
        known.add("invoicereconciliation")
    assert {name for name, _ in sides(portal, version, token)} <= known


@pytest.mark.parametrize("version", VERSIONS)
def test_ids_are_echoed_and_the_answer_is_json(portal: Portal, version: str) -> None:
    """T-021, T-022, T-027."""
    token = services.invite("Partner", presents=as_cpo()).token
    named = {"x-request-id": "request-1", "x-correlation-id": "correlation-1"}
    portal.client.defaults |= {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in named.items()}
    for answer in (portal.call("GET", version, token), portal.call("GET", version, "unknown")):
        assert answer.headers["Content-Type"] == "application/json"
        assert {n: answer.headers[n] for n in named} == named


def test_ids_are_made_when_they_are_missing(portal: Portal) -> None:
    """T-023, T-024."""
    token = services.invite("Partner").token
    answers = [portal.call("GET", "versions", token) for _ in range(2)]
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 2
    assert Exchange.objects.filter(request_id=answers[0].headers["X-Request-ID"]).exists()


def test_a_connection_of_2_1_1_keeps_its_one_party(portal: Portal) -> None:
    Party.objects.filter(role="EMSP").delete()
    invited = services.invite("Partner", offered_versions=["2.1.1"]).connection
    assert [str(p) for p in parties.our_parties(invited)] == ["NL*ABC CPO"]
    assert parties.counterpart(invited) == "EMSP"
