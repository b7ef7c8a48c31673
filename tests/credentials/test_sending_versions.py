"""We register with partners of each version, change versions, and look at them again."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from credentials import services
from credentials.choices import StepState
from credentials.models import Handshake
from exchange.models import Delivery, Job, PullState
from locations import services as locations
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection, ConnectionParty, Event, InboundToken, Party
from tests import builders
from tests.credentials.support import THEIR_TOKEN, VERSIONS, Asked, Partner, bad, good, role

pytestmark = pytest.mark.django_db
TOKEN_A = "one-time-token-of-the-partner"


@pytest.fixture
def ours(db: None) -> list[Party]:
    """The party hosted here, in one role, so that every version can be spoken."""
    return parties.host_party(PartyId("NL", "ABC"), ["CPO"], name="Our Company")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest, ours: list[Party], partner: Partner) -> str:
    """The only version of the partner, which is strict about how tokens are spelled in it."""
    partner.versions = (request.param,)
    partner.roles = [role(name="EMSP")]
    partner.wants = "raw" if request.param == "2.1.1" else "base64"
    return str(request.param)


def prepare(partner: Partner, **options: Any) -> Handshake:
    given = {"versions_url": partner.versions_url, "token": TOKEN_A, **options}
    return services.prepare_registration("Partner", **given)


def connected(partner: Partner, **options: Any) -> Connection:
    handshake = services.run(prepare(partner, **options))
    assert handshake.succeeded, handshake.diagnosis
    partner.asked.clear()
    return Connection.objects.get()


def sent(partner: Partner, method: str) -> Asked:
    return next(asked for asked in partner.asked if asked.method == method)


def test_we_register_in_the_partners_version(partner: Partner, version: str) -> None:
    """C-004, T-004, T-005, T-020, T-025, V-013, R-002."""
    handshake = services.run(prepare(partner))
    assert handshake.succeeded, handshake.diagnosis
    connection = Connection.objects.get()
    assert connection.version == version
    assert connection.partner_versions == [version]
    assert [str(p) for p in parties.spoken_parties(connection)] == ["DE*PAR EMSP"]
    assert not connection.dialect_settings
    post = sent(partner, "POST")
    assert ("roles" in post.body) == (version != "2.1.1")
    assert post.headers["Content-Type"] == "application/json"
    assert partner.asked[-1].token == THEIR_TOKEN
    named = {name.lower() for asked in partner.asked for name in asked.headers}
    assert not [name for name in named if name.startswith("ocpi-")]
    ids = [asked.headers["X-Request-ID"] for asked in partner.asked]
    assert len(set(ids)) == len(ids)


def test_our_credentials_at_2_1_1_are_flat(partner: Partner, ours: list[Party]) -> None:
    """C-022."""
    partner.versions, partner.wants = ("2.1.1",), "raw"
    connection = connected(partner)
    assert [str(p) for p in connection.presents.all()] == ["NL*ABC CPO"]
    ours_there = services.run(services.prepare_rotation(connection))
    assert ours_there.succeeded, ours_there.diagnosis
    body = sent(partner, "PUT").body
    assert sorted(body) == ["business_details", "country_code", "party_id", "token", "url"]
    assert (body["country_code"], body["party_id"]) == ("NL", "ABC")


def test_the_best_common_version_is_taken(partner: Partner, ours: list[Party]) -> None:
    """V-013."""
    partner.versions = ("2.0", "2.1.1", "2.2", "2.2.1", "2.3.0", "3.0")
    assert connected(partner).version == "2.3.0"


def test_staff_may_ask_for_another_or_offer_fewer(partner: Partner, ours: list[Party]) -> None:
    partner.versions = VERSIONS
    handshake = services.run(prepare(partner, offered_versions=["2.1.1", "2.2.1"]))
    assert Connection.objects.get().version == "2.2.1"
    assert handshake.steps.get(title="Choose a version").detail.startswith("OCPI 2.2.1, the best")
    assert services.run(services.prepare_unregistration(Connection.objects.get())).succeeded
    assert connected(partner, version="2.1.1").version == "2.1.1"


def test_outdated_versions_are_named_with_what_to_ask_for(
    partner: Partner, ours: list[Party]
) -> None:
    """V-013."""
    partner.versions = ("2.0", "2.1", "2.2")
    handshake = services.run(prepare(partner))
    assert handshake.problem == "no_common_version"
    assert "2.1.1 instead of 2.1 and 2.2.1 instead of 2.2" in handshake.diagnosis


@pytest.mark.parametrize("wanted", ["2.1.1", "2.3.0"])
def test_a_version_that_is_not_offered_to_it_is_refused_before_anything_is_sent(
    partner: Partner, ours: list[Party], wanted: str
) -> None:
    with pytest.raises(services.Refused, match=f"{wanted} is not among those"):
        prepare(partner, version=wanted, offered_versions=["2.2.1"])
    builders.party("NL*TWO", "CPO", ours=True)
    with pytest.raises(services.Refused, match="exactly one party"):
        prepare(partner, version="2.1.1")


def test_a_required_module_that_is_missing_ends_it_before_the_post(
    partner: Partner, version: str
) -> None:
    """C-017."""
    handshake = services.run(prepare(partner, required_modules=["cdrs", "tokens", "locations"]))
    assert handshake.problem == "missing_module"
    assert "cdrs, tokens." in handshake.diagnosis
    assert partner.calls()[-1] == f"GET /{version}"
    assert "POST" not in {asked.method for asked in partner.asked}


def test_roles_that_2_2_1_lacks_get_a_stand_in(partner: Partner, ours: list[Party]) -> None:
    ptp = builders.party("NL*PTP", "PTP", ours=True)
    partner.versions = ("2.2.1", "2.3.0")
    connection = connected(partner, presents=[ptp], version="2.2.1")
    assert services.run(services.prepare_version_change(connection, "2.3.0")).succeeded
    assert sent(partner, "PUT").body["roles"][0]["role"] == "PTP"
    connection.refresh_from_db()
    assert services.run(services.prepare_version_change(connection, "2.2.1")).succeeded
    assert partner.asked[-2].body["roles"][0]["role"] == "OTHER"


@pytest.mark.parametrize("to", VERSIONS)
def test_staff_change_the_version(partner: Partner, version: str, to: str) -> None:
    """C-011: what the partner may see is told again, what it offers fetched again."""
    connection = connected(partner)
    locations.put_location(
        Party.objects.get(role="CPO", is_ours=True), builders.location(), source=None
    )
    Delivery.objects.update(sent_version=10**9, known="confirmed")
    Job.objects.update(state="done")
    PullState.objects.update_or_create(
        connection=connection,
        module="locations",
        party=None,
        defaults={"watermark": timezone.now()},
    )
    partner.versions, partner.wants = VERSIONS, ""
    if to == version:
        with pytest.raises(services.Refused, match="already"):
            services.prepare_version_change(connection, to)
        return
    handshake = services.run(services.prepare_version_change(connection, to))
    assert handshake.succeeded, handshake.diagnosis
    connection.refresh_from_db()
    assert connection.version == to
    assert partner.calls()[:3] == ["GET /versions", f"GET /{to}", f"PUT /{to}/credentials"]
    assert sent(partner, "PUT").is_raw == (to == "2.1.1")
    assert Delivery.objects.pending().count() == 1
    event = Event.objects.get(name="connection.version_changed")
    assert event.detail == {"before": version, "after": to}
    assert not PullState.objects.exclude(watermark=None).exists()
    job = Job.objects.exclude(state="done").filter(kind="pull").first()
    offers = connection.endpoint_url("locations", "SENDER")
    assert (job is not None and job.parameters["full"]) == bool(offers)


def test_a_change_that_fails_changes_nothing(partner: Partner, ours: list[Party]) -> None:
    partner.versions = VERSIONS
    connection = connected(partner)
    partner.scripts["PUT /2.2.1/credentials"] = lambda asked: bad(3000)
    handshake = services.run(services.prepare_version_change(connection, "2.2.1"))
    assert not handshake.succeeded
    connection.refresh_from_db()
    assert (connection.version, parties.outbound_token(connection)) == ("2.3.0", THEIR_TOKEN)
    assert InboundToken.objects.valid().count() == 1


# --- How the token is spelled ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "wants", "dialect"),
    [
        ("2.2.1", "raw", {"token_out": "raw"}),
        ("2.3.0", "raw", {"token_out": "raw"}),
        ("2.1.1", "base64", {"token_out": "base64"}),
        ("2.2.1", "base64", {}),
        ("2.1.1", "raw", {}),
    ],
)
def test_the_spelling_that_is_accepted_sticks(
    partner: Partner, ours: list[Party], version: str, wants: str, dialect: dict[str, str]
) -> None:
    """T-006."""
    partner.versions, partner.wants = (version,), wants
    connection = connected(partner)
    assert connection.dialect_settings == dialect
    assert Event.objects.filter(name="connection.token_spelling").exists() == bool(dialect)
    assert services.run(services.prepare_test(connection)).succeeded
    assert {asked.is_raw for asked in partner.asked} == {wants == "raw"}


def test_a_partner_that_takes_both_gets_what_the_version_says(
    partner: Partner, ours: list[Party]
) -> None:
    """T-003, T-005: also when its version list took the other."""
    partner.scripts["GET /versions"] = lambda asked: (
        good([{"version": "2.2.1", "url": f"{partner.url}/2.2.1"}])
        if asked.is_raw
        else bad(2001, 401)
    )
    connection = connected(partner)
    assert connection.dialect_settings == {}
    services.run(services.prepare_rotation(connection))
    assert not sent(partner, "PUT").is_raw


def test_a_token_that_was_entered_encoded_works_nevertheless(
    partner: Partner, ours: list[Party]
) -> None:
    decoded = "one-time-secret-x"
    partner.scripts["GET /versions"] = lambda asked: (
        good([{"version": "2.2.1", "url": f"{partner.url}/2.2.1"}])
        if asked.token == decoded
        else bad(2001, 401)
    )
    partner.scripts["GET /2.2.1"] = lambda asked: (
        good({"version": "2.2.1", "endpoints": partner.endpoints()})
        if asked.token == decoded
        else bad(2001, 401)
    )
    connection = connected(partner, token="b25lLXRpbWUtc2VjcmV0LXg=")
    assert connection.dialect_settings == {}


def test_staff_may_settle_the_spelling(partner: Partner, ours: list[Party]) -> None:
    partner.wants = "raw"
    connection = connected(partner, token_encoding="raw")
    assert connection.dialect_settings == {"token_in": "raw", "token_out": "raw"}
    assert services.run(services.prepare_test(connection)).succeeded


def test_the_transcript_names_version_spelling_and_each_token(
    partner: Partner, version: str
) -> None:
    connected(partner)
    details = {step.title: step.detail for step in Handshake.objects.get().steps.all()}
    spelled = "as it is" if version == "2.1.1" else "in Base64"
    assert f"Token {TOKEN_A[:4]}… (token A, " in details["Fetch the versions"]
    assert details["Fetch the versions"].endswith(f"was sent {spelled}.")
    assert details["Choose a version"].startswith(f"OCPI {version}")
    assert "(token B, " in details["Prepare a token for the partner"]
    assert f"Token {THEIR_TOKEN[:4]}… (token C, " in details["Store the partner's credentials"]


# --- Looking again -----------------------------------------------------------------------------------


def test_a_second_look_keeps_what_changed(partner: Partner, version: str) -> None:
    """V-014."""
    connection = connected(partner)
    partner.modules = ("credentials", "cdrs")
    if version != "2.1.1":
        partner.modules = ("credentials", "cdrs", "locations")
        moved = [{**e, "url": f"{e['url']}/v2"} for e in partner.endpoints(version)]
        partner.scripts[f"GET /{version}"] = lambda asked: good(
            {"version": version, "endpoints": moved}
        )
    else:
        partner.modules = ("credentials", "cdrs", "locations")
    handshake = services.run(services.prepare_discovery(connection))
    assert handshake.succeeded, handshake.diagnosis
    assert "cdrs" in handshake.diagnosis
    assert "PUT" not in {asked.method for asked in partner.asked}
    connection.refresh_from_db()
    assert connection.endpoint_url("cdrs", "RECEIVER")
    event = Event.objects.get(name="connection.endpoints_changed")
    assert "cdrs (RECEIVER)" in event.detail["endpoints"]["new"]
    if version != "2.1.1":
        assert "locations (SENDER)" in event.detail["endpoints"]["moved"]


def test_modules_that_vanish_and_come_back(partner: Partner, ours: list[Party]) -> None:
    connection = connected(partner)
    locations.put_location(
        Party.objects.get(role="CPO", is_ours=True), builders.location(), source=None
    )
    sender_only = [e for e in partner.endpoints() if e["role"] != "RECEIVER" or "cred" in e["url"]]
    partner.scripts["GET /2.2.1"] = lambda asked: good(
        {"version": "2.2.1", "endpoints": sender_only}
    )
    services.run(services.prepare_discovery(connection))
    connection.refresh_from_db()
    assert connection.push_modules == []
    Delivery.objects.all().delete()
    partner.scripts.clear()
    services.run(services.prepare_discovery(connection))
    connection.refresh_from_db()
    assert connection.push_modules == ["locations"]
    assert Delivery.objects.pending().count() == 1


def test_nothing_changed_says_so_and_leaves_no_event(partner: Partner, version: str) -> None:
    connection = connected(partner)
    handshake = services.run(services.prepare_discovery(connection))
    assert handshake.diagnosis == "Partner: Nothing has changed."
    assert not Event.objects.filter(name="connection.endpoints_changed").exists()


def test_a_version_that_is_gone_fails_and_changes_nothing(
    partner: Partner, ours: list[Party]
) -> None:
    connection = connected(partner)
    partner.versions = ("2.3.0",)
    handshake = services.run(services.prepare_discovery(connection))
    assert handshake.problem == "no_common_version"
    connection.refresh_from_db()
    assert connection.version == "2.2.1"
    assert connection.endpoints


# --- Hubs --------------------------------------------------------------------------------------------


def test_a_hub_of_2_3_0_lists_whom_it_reaches(partner: Partner, ours: list[Party]) -> None:
    partner.versions = ("2.3.0",)
    partner.roles = [
        role("DE*HUB", "OTHER"),
        role("FR*ONE"),
        role("FR*TWO", "EMSP"),
        role("NL*ABC"),
    ]
    partner.scripts["POST /2.3.0/credentials"] = lambda asked: good(
        partner.credentials("2.3.0", hub_party_id="dehub")
    )
    connection = connected(partner)
    assert (connection.kind, connection.hub_party_id) == ("hub", "DEHUB")
    assert Event.objects.filter(name="connection.is_hub").count() == 1
    rows = ConnectionParty.objects.select_related("party")
    assert {(str(r.party), r.source, r.approved) for r in rows} == {
        ("DE*HUB HUB", "declared", True),
        ("DE*HUB OTHER", "declared", True),
        ("FR*ONE CPO", "hub", True),
        ("FR*TWO EMSP", "hub", True),
    }


def test_a_hub_of_2_2_1_says_it_by_its_role(partner: Partner, ours: list[Party]) -> None:
    partner.roles = [role("DE*HUB", "HUB")]
    connection = connected(partner)
    assert (connection.kind, connection.hub_party_id) == ("hub", "DEHUB")
    assert [str(p) for p in parties.spoken_parties(connection)] == ["DE*HUB HUB"]


def test_whom_a_hub_adds_later_waits_and_whom_it_drops_is_gone(
    partner: Partner, ours: list[Party]
) -> None:
    partner.versions = ("2.3.0",)

    def answer(asked: Asked) -> tuple[int, Any]:
        return good(partner.credentials("2.3.0", hub_party_id="DEHUB"))

    partner.scripts |= {f"{m} /2.3.0/credentials": answer for m in ("POST", "PUT")}
    partner.roles = [role("FR*ONE"), role("FR*TWO")]
    connection = connected(partner)
    direct = builders.party("FR*NEW", "CPO")
    builders.connection("Direct", speaks_for=(direct,))
    partner.roles = [role("FR*TWO"), role("FR*NEW")]
    services.run(services.prepare_rotation(connection))
    rows = connection.connection_parties.select_related("party")
    assert {(str(r.party), r.waits) for r in rows} == {
        ("DE*HUB HUB", False),
        ("FR*TWO CPO", False),
        ("FR*NEW CPO", True),
    }
    with pytest.raises(parties.PartyTaken):
        services.approve(connection.connection_parties.get(party=direct), actor=None)


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_as_a_hub_we_name_ourselves_as_the_version_does(
    partner: Partner, ours: list[Party], version: str
) -> None:
    """C-023, C-025, C-026: a party hosted here beside the hub is no client of it."""
    hub = builders.party("NL*HUB", "HUB", ours=True)
    partner.versions = (version,)
    connected(partner, presents=[hub, *ours])
    connection = Connection.objects.get()
    services.run(services.prepare_rotation(connection))
    body = sent(partner, "PUT").body
    roles = {(r["party_id"], r["role"]) for r in body["roles"]}
    if version == "2.3.0":
        assert (body["hub_party_id"], roles) == ("NLHUB", {("ABC", "CPO")})
    else:
        assert "hub_party_id" not in body
        assert roles == {("HUB", "HUB"), ("ABC", "CPO")}


def test_a_hub_that_is_nothing_else_has_a_role_at_2_3_0(
    partner: Partner, ours: list[Party]
) -> None:
    """C-020, C-026."""
    hub = builders.party("NL*HUB", "HUB", ours=True)
    partner.versions = ("2.3.0",)
    services.run(prepare(partner, presents=[hub]))
    body = sent(partner, "POST").body
    assert [(r["party_id"], r["role"]) for r in body["roles"]] == [("HUB", "OTHER")]


def test_steps_of_a_change_are_all_done(partner: Partner, ours: list[Party]) -> None:
    partner.versions = VERSIONS
    connection = connected(partner)
    handshake = services.run(services.prepare_version_change(connection, "2.2.1"))
    assert set(handshake.steps.values_list("state", flat=True)) <= {
        StepState.DONE,
        StepState.SKIPPED,
    }


def test_a_version_that_is_offered_no_more_stays_in_use_until_it_is_changed(
    partner: Partner, ours: list[Party]
) -> None:
    connection = connected(partner)
    connection.offered_versions = ["2.3.0"]
    connection.save()
    for prepared in (services.prepare_test, services.prepare_discovery, services.prepare_rotation):
        handshake = services.run(prepared(connection))
        assert handshake.succeeded, handshake.diagnosis
