"""Our own back office as a connection: to it the portal is a hub."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from credentials import services
from exchange import registry
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.choices import ConnectionKind, ConnectionState, Environment
from parties.models import Connection, ConnectionParty, Party
from parties.services import PartyTaken
from tests import builders
from tests.credentials.support import Partner, Portal, role

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


@pytest.fixture
def world(db: None) -> dict[str, Party]:
    """A CPO of ours and an eMSP of ours, and an eMSP and a CPO of partners."""
    found = {
        "our_cpo": builders.party("NL*ABC", ours=True),
        "our_emsp": builders.party("NL*ABE", "EMSP", ours=True),
        "emsp": builders.party("DE*EMP", "EMSP"),
        "cpo": builders.party("DE*CHA"),
    }
    builders.connection("German drivers", speaks_for=(found["emsp"],))
    builders.connection("German chargers", speaks_for=(found["cpo"],))
    # Known by name only, nobody's connection speaks for it; and one of another environment.
    builders.party("FR*OLD")
    elsewhere = builders.connection("Live", speaks_for=(builders.party("FR*LIV"),))
    Connection.objects.filter(pk=elsewhere.pk).update(environment=Environment.PRODUCTION)
    return found


def invited(**options: Any) -> services.Invitation:
    return services.invite("Backend", kind=ConnectionKind.BACK_OFFICE, **options)


def registered(portal: Portal, partner: Partner, version: str, **options: Any) -> Any:
    invitation = invited(**options)
    answer = portal.call(
        "POST", f"{version}/credentials", invitation.token, partner.credentials(version)
    ).json()  # type: ignore[attr-defined]
    assert answer["status_code"] == 1000, answer
    return answer["data"]


def declared(data: Any) -> set[tuple[str, str]]:
    return {(f"{r['country_code']}*{r['party_id']}", r["role"]) for r in data["roles"]}


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_all_sides_of_all_modules_are_there(
    portal: Portal, world: dict[str, Party], version: str
) -> None:
    """V-004."""
    endpoints = portal.data("GET", version, invited().token)["endpoints"]
    listed = {(e["identifier"], e["role"]) for e in endpoints}
    assert listed == {("credentials", "SENDER")} | {
        (module.identifier, side.value)
        for module in registry.modules(version)
        for side in InterfaceRole
        if module.routes(side) and module.identifier != "hubclientinfo"
    }


def test_2_3_0_names_the_hub_and_lists_who_is_behind_it(
    portal: Portal, world: dict[str, Party], partner: Partner, settings: Settings
) -> None:
    """C-023, C-024."""
    settings.PORTAL_PARTY_ID = "NL*HUB"
    partner.roles, partner.versions = [role("NL*ABC", "CPO")], ("2.3.0",)
    services.invite("Other", presents=[world["our_cpo"]])
    data = registered(portal, partner, "2.3.0")
    assert data["hub_party_id"] == "NLHUB"
    everybody = {("DE*EMP", "EMSP"), ("DE*CHA", "CPO"), ("NL*ABE", "EMSP"), ("NL*ABC", "CPO")}
    # The answer is made when it has said what it runs.
    assert declared(data) == everybody - {("NL*ABC", "CPO")}
    connection = Connection.objects.get(name="Backend")
    assert [str(p) for p in parties.spoken_parties(connection)] == ["NL*ABC CPO"]


def test_2_2_1_has_a_role_for_the_hub(
    portal: Portal, world: dict[str, Party], partner: Partner
) -> None:
    """C-025: without a setting it is HUB in the country of our first party."""
    partner.roles = [role("NL*ABC", "CPO")]
    data = registered(portal, partner, "2.2.1")
    assert declared(data) == {("NL*HUB", "HUB")}
    assert "hub_party_id" not in data


@pytest.mark.parametrize(
    ("chosen", "named", "side", "runs"),
    [
        ("", "NL*HUB", "receiver", "CPO"),
        ("emsp", "DE*EMP", "receiver", "CPO"),
        ("cpo", "DE*CHA", "sender", "EMSP"),
    ],
)
def test_at_2_1_1_one_party_stands_for_all(
    portal: Portal,
    world: dict[str, Party],
    partner: Partner,
    chosen: str,
    named: str,
    side: str,
    runs: str,
) -> None:
    """The one staff chose, else the portal itself, opposite to what the back office runs."""
    party = {"CPO": "NL*ABC", "EMSP": "NL*ABE"}[runs]
    partner.roles, partner.versions = [role(party, runs)], ("2.1.1",)
    data = registered(portal, partner, "2.1.1", presents=[world[chosen]] if chosen else [])
    assert f"{data['country_code']}*{data['party_id']}" == named
    assert "roles" not in data
    connection = Connection.objects.get(name="Backend")
    assert connection.presents.count() == bool(chosen)
    assert [str(p) for p in parties.spoken_parties(connection)] == [f"{party} {runs}"]
    endpoints = portal.data("GET", "2.1.1", data["token"])["endpoints"]
    sides = {e["identifier"]: e["url"].split("/")[5] for e in endpoints}
    assert sides["locations"] == side
    assert sides["tokens"] != side


def test_what_is_not_ours_waits_and_becomes_ours_when_staff_approve(
    portal: Portal, world: dict[str, Party], partner: Partner
) -> None:
    partner.roles = [role("NL*ABC", "CPO"), role("BE*NEW", "CPO")]
    registered(portal, partner, "2.2.1")
    new = ConnectionParty.objects.get(party__party_id="NEW")
    assert new.waits
    assert not new.party.is_ours
    services.approve(new, actor=None)
    new.refresh_from_db()
    assert new.approved
    assert new.party.is_ours


def test_it_cannot_have_a_partners_party(
    portal: Portal, world: dict[str, Party], partner: Partner
) -> None:
    partner.roles = [role("NL*ABC", "CPO"), role("DE*CHA", "CPO")]
    token = invited().token
    answer = portal.call("POST", "2.2.1/credentials", token, partner.credentials()).json()  # type: ignore[attr-defined]
    assert answer["status_code"] == 2001
    assert "already speaks through another connection" in answer["status_message"]
    assert not Connection.objects.get(name="Backend").is_connected


def test_nor_a_party_that_another_back_office_runs(world: dict[str, Party]) -> None:
    kind = ConnectionKind.BACK_OFFICE
    builders.connection("First", kind=kind, speaks_for=(world["our_cpo"],))
    second = parties.create_connection("Second", kind=kind)
    ours = world["our_cpo"]
    with pytest.raises(PartyTaken):
        parties.declare_parties(second, [(ours.identity, "CPO", "")])
    Connection.objects.filter(name="First").update(state=ConnectionState.UNREGISTERED)
    assert parties.declare_parties(second, [(ours.identity, "CPO", "")])[0].approved


def test_we_register_with_it_as_well(
    world: dict[str, Party], partner: Partner, settings: Settings
) -> None:
    settings.PORTAL_PARTY_ID = "LU*POR"
    partner.roles = [role("NL*ABC", "CPO")]
    handshake = services.prepare_registration(
        "Backend",
        versions_url=partner.versions_url,
        token="the-one-time-token",
        kind=ConnectionKind.BACK_OFFICE,
    )
    done = services.run(handshake)
    assert done.succeeded, done.diagnosis
    sent = next(a.body for a in partner.asked if a.method == "POST")
    assert declared(sent) == {("LU*POR", "HUB")}
    assert [str(p) for p in parties.spoken_parties(done.connection)] == ["NL*ABC CPO"]
