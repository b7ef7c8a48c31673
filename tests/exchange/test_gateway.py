"""Our back office behind the portal: what partners send goes on to it, and what it sends of ours to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import deliveries
from exchange.models import Delivery
from ocpi import convert
from ocpi.convert import Beside
from ocpi.ids import PartyId
from ocpi.versioned import Kind, validate_document
from ocpi.versions import WITHOUT_ROUTING
from parties.choices import ConnectionKind
from parties.models import Connection, Party
from parties.services import agreements
from parties.services.agreements import Terms
from tests import builders
from tests.builders import Partner
from tests.exchange.conftest import Reply, Seen, System

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
PAIRS = [(x, y) for x in VERSIONS for y in VERSIONS]
MODULES = ("locations", "tariffs", "tokens", "sessions", "commands")
Document = dict[str, Any]


@dataclass
class World:
    """Our back office, and a CPO and two eMSPs as partners; each with a system that takes everything."""

    back_office: Partner
    chargers: Partner
    drivers: Partner
    strangers: Partner
    systems: dict[int, System]

    def got(self, who: Partner) -> list[Seen]:
        """What delivering everything that is due to somebody comes to."""
        system = self.systems[who.connection.pk]
        before = len(system.requests)
        Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        deliveries.drain(who.connection)
        return system.requests[before:]


def ours(role: str) -> Party:
    return builders.party("NL*ABC" if role == "CPO" else "NL*ABE", role, ours=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> Iterator[World]:
    theirs, partners = request.param
    systems: list[System] = []

    def made(name: str, version: str, *spoken: Party, **options: Any) -> Partner:
        systems.append(System())
        return builders.partner(
            name,
            speaks_for=spoken,
            version=version,
            pushes=MODULES,
            url=systems[-1].url,
            **options,
        )

    cpo, emsp = builders.party("DE*CHA"), builders.party("DE*EMP", "EMSP")
    four = (
        made("Backend", theirs, ours("CPO"), ours("EMSP"), kind=ConnectionKind.BACK_OFFICE),
        made("Chargers", partners, cpo),
        made("Drivers", partners, emsp),
        made("Strangers", partners, builders.party("FR*STR", "EMSP")),
    )
    # Tokens are shared where that is agreed.
    agreements.save(ours("EMSP"), cpo, Terms())
    yield World(*four, {p.connection.pk: s for p, s in zip(four, systems, strict=True)})
    for system in systems:
        system.close()


def put(who: Partner, kind: Kind, document: Document, location: Document | None = None) -> None:
    """A push of a canonical object, in the words of the caller's version."""
    version = who.connection.version
    beside = Beside(location=location)
    said = convert.from_canonical(version, kind, document, beside=beside).document
    owner = f"{document['country_code']}/{document['party_id']}"
    identifier = document["uid" if kind == "token" else "id"]
    answer = who.put(f"receiver/{kind}s/{owner}/{identifier}", said)
    assert answer.code == 1000, answer.envelope


def places(requests: list[Seen]) -> set[str]:
    return {f"{seen.method} {seen.path}" for seen in requests}


def check(
    requests: list[Seen], who: Connection, sender: dict[str, str], to: dict[str, str]
) -> None:
    """Each is valid at the version, and names the party it comes from and the one it is for."""
    for seen in requests:
        module = seen.path.split("/")[2]
        kind: Any = module.removesuffix("s")
        validate_document(who.version, kind, seen.document)
        named = (
            "".join(seen.headers.get(f"ocpi-{way}-{part}", "") for part in _PARTS)
            for way in ("from", "to")
        )
        expected = ("", "") if who.version in WITHOUT_ROUTING else (sender[module], to[module])
        assert tuple(named) == expected, seen.path


_PARTS = ("country-code", "party-id")


@pytest.mark.parametrize("world", PAIRS, indirect=True, ids="-".join)
def test_what_partners_send_goes_on_to_our_back_office(world: World) -> None:
    """R-003, R-013: in its version, from the partner's party, for the party of ours that it concerns."""
    location = builders.location(owner="DE*CHA")
    put(world.chargers, "location", location)
    put(world.chargers, "tariff", builders.tariff(owner="DE*CHA"))
    put(world.drivers, "token", builders.token("CARD9", "DE*EMP"))
    put(world.back_office, "token", builders.token("CARD1", "NL*ABE", contract_id="NL-ABE-C1"))
    card = builders.cdr_token("NL*ABE", uid="CARD1", contract_id="NL-ABE-C1")
    session = builders.session(owner="DE*CHA", cdr_token=card)
    put(world.chargers, "session", session, location)
    got = world.got(world.back_office)
    assert places(got) == {
        "PUT /receiver/locations/DE/CHA/LOC1",
        "PUT /receiver/tariffs/DE/CHA/T1",
        "PUT /receiver/tokens/DE/EMP/CARD9",
        "PUT /receiver/sessions/DE/CHA/S1",
    }
    check(
        got,
        world.back_office.connection,
        {"locations": "DECHA", "tariffs": "DECHA", "sessions": "DECHA", "tokens": "DEEMP"},
        {"locations": "NLABE", "tariffs": "NLABE", "sessions": "NLABE", "tokens": "NLABC"},
    )
    # Nothing of a partner's goes to another partner; the card of ours goes where that is agreed.
    assert places(world.got(world.chargers)) == {"PUT /receiver/tokens/NL/ABE/CARD1"}
    assert world.got(world.drivers) == [] == world.got(world.strangers)


@pytest.mark.parametrize("world", PAIRS, indirect=True, ids="-".join)
def test_what_our_back_office_sends_goes_on_to_partners(world: World) -> None:
    """What is public to everybody, a session to the eMSP whose card it is, a status as a status."""
    location = builders.location()
    put(world.drivers, "token", builders.token("012345678", "DE*EMP", contract_id="DE-EMP-C1"))
    put(world.back_office, "location", location)
    put(world.back_office, "tariff", builders.tariff())
    card = builders.cdr_token("DE*EMP", contract_id="DE-EMP-C1")
    put(world.back_office, "session", builders.session(cdr_token=card), location)
    public = {"PUT /receiver/locations/NL/ABC/LOC1", "PUT /receiver/tariffs/NL/ABC/T1"}
    drivers, strangers = world.got(world.drivers), world.got(world.strangers)
    assert places(drivers) == {*public, "PUT /receiver/sessions/NL/ABC/S1"}
    assert places(strangers) == public
    everything = dict.fromkeys(MODULES, "NLABC")
    check(drivers, world.drivers.connection, everything, dict.fromkeys(MODULES, "DEEMP"))
    check(strangers, world.strangers.connection, everything, dict.fromkeys(MODULES, "FRSTR"))
    # What it told us it is not told; the card of the partner it is.
    assert places(world.got(world.back_office)) == {"PUT /receiver/tokens/DE/EMP/012345678"}
    status = {"status": "CHARGING", "last_updated": builders.LATEST}
    answer = world.back_office.patch("receiver/locations/NL/ABC/LOC1/3256", status)
    assert answer.code == 1000, answer.envelope
    assert places(world.got(world.drivers)) == {"PATCH /receiver/locations/NL/ABC/LOC1/3256"}
    assert world.got(world.back_office) == []


@pytest.mark.parametrize("world", [("2.2.1", "2.2.1")], indirect=True, ids="-".join)
def test_what_our_back_office_reads_is_everybodys(world: World) -> None:
    """R-016, R-017: as from a hub, all that it does not own itself, without any agreement, private ones too."""
    put(world.chargers, "location", builders.location(owner="DE*CHA", publish=False))
    put(world.drivers, "token", builders.token("CARD9", "DE*EMP"))
    put(world.back_office, "location", builders.location("OWN1"))
    put(world.strangers, "token", builders.token("CARD8", "FR*STR"))
    hub = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "HUB"}
    answer = world.back_office.get("sender/tokens", **hub)
    assert [(one["party_id"], one["uid"]) for one in answer.data] == [
        ("EMP", "CARD9"),
        ("STR", "CARD8"),
    ]
    assert answer.headers["OCPI-from-party-id"] == "HUB"
    listed = world.back_office.get("sender/locations").data
    assert [(one["party_id"], one["id"]) for one in listed] == [("CHA", "LOC1")]
    assert [one["id"] for one in world.drivers.get("sender/locations").data] == ["OWN1"]
    chosen = Party.objects.identified(PartyId("DE", "EMP"))
    world.back_office.connection.presents.set(chosen)
    assert world.back_office.get("sender/locations").data == []
    assert [one["uid"] for one in world.back_office.get("sender/tokens").data] == ["CARD9"]


@pytest.mark.parametrize("to", [None, "NL*HUB", "DE*EMP"])
@pytest.mark.parametrize("world", [("2.2.1", "2.3.0")], indirect=True, ids="-".join)
def test_a_question_about_a_card_goes_to_its_emsp(world: World, to: str | None) -> None:
    """R-005, R-014, R-019: named, or found by the card; the same correlation ID on another request of ours."""
    card = builders.token("CARD9", "DE*EMP", whitelist="NEVER")
    put(world.drivers, "token", card)
    system = world.systems[world.drivers.connection.pk]
    system.handler = lambda seen: Reply({"allowed": "ALLOWED", "token": card})
    headers = {"X-Request-ID": "request-1", "X-Correlation-ID": "correlation-1"}
    if to:
        named = PartyId.parse(to)
        headers |= {"OCPI-to-country-code": named[0], "OCPI-to-party-id": named[1]}
    answer = world.back_office.call("POST", "sender/tokens/CARD9/authorize", None, headers)
    assert answer.data["allowed"] == "ALLOWED", answer.envelope
    seen = system.requests[-1]
    assert seen.path == "/sender/tokens/CARD9/authorize"
    assert (seen.headers["ocpi-from-party-id"], seen.headers["ocpi-to-party-id"]) == ("ABC", "EMP")
    assert seen.headers["x-correlation-id"] == "correlation-1"
    assert seen.headers["x-request-id"] != "request-1"


@pytest.mark.parametrize(
    "world", [("2.2.1", "2.1.1"), ("2.3.0", "2.2.1")], indirect=True, ids="-".join
)
def test_our_back_office_starts_a_charge_at_a_partners(world: World) -> None:
    """R-028: as an eMSP; the partner answers us, at our address, and its result goes back to the back office."""
    put(world.chargers, "location", builders.location(owner="DE*CHA"))
    card = builders.token("CARD1", "NL*ABE", contract_id="NL-ABE-C1")
    put(world.back_office, "token", card)
    office, chargers = (world.systems[who.connection.pk] for who in _two(world))
    chargers.handler = lambda seen: Reply({"result": "ACCEPTED", "timeout": 30})
    version = world.back_office.connection.version
    order = {"token": card, "location_id": "LOC1", "response_url": f"{office.url}/results/7?x=1"}
    said = convert.from_canonical(version, "start_session", order).document
    headers = {
        "OCPI-from-country-code": "NL",
        "OCPI-from-party-id": "ABE",
        "OCPI-to-country-code": "DE",
        "OCPI-to-party-id": "CHA",
        "X-Correlation-ID": "correlation-7",
    }
    path = "receiver/commands/START_SESSION"
    answer = world.back_office.call("POST", path, said, headers)
    assert answer.data["result"] == "ACCEPTED", answer.envelope
    seen = chargers.requests[-1]
    assert seen.path == "/receiver/commands/START_SESSION"
    assert seen.document["token"]["uid"] == "CARD1"
    assert seen.headers["x-correlation-id"] == "correlation-7"
    ours_to_answer = seen.document["response_url"]
    assert office.url not in ours_to_answer, "neither side learns the other's address"
    below = ours_to_answer.partition(f"/ocpi/{world.chargers.connection.version}/")[2]
    assert world.chargers.call("POST", below, {"result": "ACCEPTED"}).code == 1000
    (result,) = [one for one in world.got(world.back_office) if "results" in one.path]
    assert (result.path, result.query, result.document["result"]) == (
        "/results/7",
        {"x": "1"},
        "ACCEPTED",
    )
    assert result.headers["x-correlation-id"] == "correlation-7"


def _two(world: World) -> tuple[Partner, Partner]:
    return world.back_office, world.chargers


@pytest.mark.parametrize("world", [("2.2.1", "2.2.1")], indirect=True, ids="-".join)
def test_a_party_that_is_not_here_is_an_unknown_receiver(world: World) -> None:
    """R-021."""
    headers = {"OCPI-to-country-code": "ZZ", "OCPI-to-party-id": "ZZZ"}
    answer = world.back_office.call("POST", "sender/tokens/CARD9/authorize", None, headers)
    assert answer.code == 4001
