"""Every body that we give out, at each version, against the schemas of that version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.utils import timezone

from exchange import deliveries, registry
from exchange.models import Delivery
from exchange.registry import Route
from locations import services as locations
from locations.models import EVSE
from ocpi.status import StatusCode
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.choices import PrivateLocations, TokenKind
from parties.models import Party
from parties.services import agreements
from parties.services.agreements import Terms
from roaming import demo_locations, demo_tariffs
from tariffs import services as tariffs
from tariffs.models import Tariff
from tests import builders
from tests.builders import LATER, Partner
from tests.conformance import rich
from tests.conformance.world import (
    LOCATIONS,
    TARIFFS,
    TOKENS,
    VERSIONS,
    pusher,
    reader,
    token_reader,
)
from tests.exchange.conftest import Seen, System

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("version", VERSIONS)]
# Sessions and CDRs, which are told to one partner each, have tests of their own.
HELD = ("locations", "tariffs", "tokens")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z?$"


def envelope(data: dict[str, Any] | None, *, success: bool = True) -> Any:
    """The schema of an answer; ``data`` is that of what is in it."""
    codes = {"enum": [1000]} if success else {"enum": [int(c) for c in StatusCode if c >= 2000]}
    fields = {
        "status_code": {"type": "integer", **codes},
        "status_message": {"type": "string"},
        "timestamp": {"type": "string", "pattern": MOMENT},
        **({"data": data} if data is not None else {}),
    }
    needed = ["status_code", "timestamp", *(["data"] if data is not None and success else [])]
    schema = {
        "type": "object",
        "properties": fields,
        "required": needed,
        "additionalProperties": False,
    }
    return jsonschema_rs.validator_for(schema)


@pytest.fixture
def ours(db: None) -> Party:
    """NL*ABC and the demo's party, with all kinds of locations and tariffs."""
    LOCATIONS.hold(
        rich.location(),
        rich.location("PLAIN", evses=[], parking_places=[]),
        rich.location(
            "PRIVATE", publish=False, publish_allowed_to=[{"uid": "CARD1", "type": "RFID"}]
        ),
        builders.location("MINIMAL"),
        *demo_locations.documents(NOW),
    )
    TARIFFS.hold(*rich.tariffs(), *demo_tariffs.documents(demo_locations.PARTY, NOW))
    return Party.objects.get(country_code="NL", party_id="ABC", role="CPO")


def trusted(ours: Party, partner: builders.Partner) -> None:
    """The partner sees private locations as well."""
    theirs = Party.objects.get(party_id="EMP")
    agreements.save(ours, theirs, Terms(private_locations=PrivateLocations.ALWAYS))
    assert partner.connection.pk


def addresses(partner: Partner, module: registry.Module, route: Route) -> list[str]:
    """Of every object of a route that the partner finds in the list."""
    listed = partner.get(f"sender/{module.identifier}?limit=1000").data
    found = []
    for document in listed:
        values = {"location_id": document["id"], "tariff_id": document["id"]}
        for evse in (document.get("evses") or [{}])[:1]:
            values["evse_uid"] = evse.get("uid", "")
            values["connector_id"] = (evse.get("connectors") or [{"id": ""}])[0]["id"]
        path = route.pattern
        for name, value in values.items():
            path = path.replace(f"<ci:{name}>", value)
        if "<" not in path and not path.endswith("/") and "//" not in path:
            found.append(f"sender/{module.identifier}/{path}")
    return found


def test_what_partners_read(version: str, ours: Party) -> None:
    """T-027, T-030, T-031, T-032, T-034, T-035, T-090, T-094, T-100, T-102, T-112, T-113, T-118.

    Lists and single objects of every module; there are no fields beside those of the version.
    """
    emsp, cpo = reader(version), token_reader(version)
    trusted(ours, emsp)
    TOKENS.hold(*rich.tokens())
    for module in registry.modules(version):
        partner = cpo if module.identifier == "tokens" else emsp
        for route in module.routes(InterfaceRole.SENDER):
            paths = [f"sender/{module.identifier}?limit=1000&date_from=2000-01-01T00:00:00Z"]
            if "get" not in route.view.methods(version):
                continue
            paths = paths if route.many else addresses(partner, module, route)
            assert paths or module.identifier not in HELD, route.name
            for path in paths:
                answer = partner.client.get(f"/ocpi/{version}/{path}", headers=partner.headers())
                assert answer.headers["Content-Type"] == "application/json"
                body = rich.read(answer.content)
                envelope({"type": "array" if route.many else "object"}).validate(body)
                documents = body["data"] if route.many else [body["data"]]
                assert documents or module.identifier not in HELD, path
                for document in documents:
                    assert rich.faults(version, route.kind, document) == [], path


def test_what_partners_are_pushed(version: str, ours: Party, system: System) -> None:
    """T-020, T-023, T-025, T-026, T-090, T-094, T-100, T-101, T-102, T-112, T-113, T-118, T-130, T-131, R-001.

    What is there, a change of status, a withdrawal and a deletion.
    """
    taker = builders.connection(
        "Taker",
        speaks_for=(builders.party("DE*EMP", "EMSP"),),
        url=system.url,
        pushes=("locations", "tariffs"),
        version=version,
    )
    LOCATIONS.hold(
        rich.location(last_updated=LATER), builders.location("MINIMAL", last_updated=LATER)
    )
    TARIFFS.hold(*({**document, "last_updated": LATER} for document in rich.tariffs()))
    seen = delivered(taker, system)
    assert {request.method for request in seen} == {"PUT"}
    said = {request.path.rpartition("/")[2] for request in seen}
    assert said >= {"RICH", "MINIMAL", "T1", "GROSS"}
    assert (
        not Delivery.objects.exclude(last_result="delivered").exclude(last_result="dead").exists()
    )
    locations.set_status(EVSE.objects.get(location__location_id="MINIMAL"), "CHARGING")
    tariffs.withdraw(Tariff.objects.get(tariff_id="T1"))
    hidden = builders.location("MINIMAL", publish=False, last_updated=rich.PRECISE)
    more = delivered(taker, system)
    locations.put_location(ours, {**hidden, "last_updated": "2027-01-01T00:00:00Z"}, source=None)
    more += delivered(taker, system)

    assert {request.method for request in more} == {"PATCH", "DELETE", "PUT"}
    for request in (*seen, *more):
        check_push(version, request)
    assert len({request.headers["x-request-id"] for request in (*seen, *more)}) == len(seen + more)


def delivered(taker: Any, system: System) -> list[Seen]:
    """The requests that everything due comes to."""
    before = len(system.requests)
    for _ in range(20):
        Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        if not deliveries.drain(taker).sent:
            break
    return system.requests[before:]


def check_push(version: str, request: Seen) -> None:
    _, side, module, country_code, party_id, *segments = request.path.split("/")
    assert (side, country_code, party_id) == ("receiver", "NL", "ABC")
    names = {name for name in request.headers if name.startswith("ocpi-")}
    assert bool(names) is (version != "2.1.1")
    assert len(names) in (0, 4)
    if request.method == "DELETE":
        assert (module, request.body) == ("tariffs", b"")
        assert "content-type" not in request.headers
        return
    assert request.headers["content-type"] == "application/json"
    kinds = {"locations": ("location", "evse", "connector"), "tariffs": ("tariff",)}
    kind, partial = kinds[module][len(segments) - 1], request.method == "PATCH"
    assert rich.faults(version, kind, rich.read(request.body), partial=partial) == []


def test_versions_details_and_credentials(version: str, ours: Party) -> None:
    """T-030, T-031, T-032, T-118, V-001, V-003, V-004, V-005, C-013, C-019, C-020, C-021, C-022."""
    emsp = reader(version)
    emsp.connection.presents.set([ours])
    listed = rich.read(Client().get("/ocpi/versions", headers=emsp.headers()).content)
    url = {"type": "string", "pattern": "^https?://", "maxLength": 255}
    envelope({"type": "array", "minItems": 1, "items": exactly(version=True, url=url)}).validate(
        listed
    )
    role = {} if version == "2.1.1" else {"role": {"enum": ["SENDER", "RECEIVER"]}}
    endpoint = exactly(identifier={"type": "string"}, url=url, **role)
    details = {
        **exactly(version={"const": version}, endpoints={"type": "array", "items": endpoint})
    }
    envelope(details).validate(emsp.get("").envelope)
    answer = emsp.get("credentials")
    envelope({"type": "object"}).validate(answer.envelope)
    assert rich.faults(version, "credentials", answer.data) == []


def exactly(**properties: Any) -> dict[str, Any]:
    """The schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def test_refusals_are_envelopes_too(version: str, ours: Party) -> None:
    """T-011, T-027, T-030, T-034, T-035: HTTP 400, 401, 404, 405 and OCPI 2001, 2003, with known codes only."""
    cpo = pusher(version)
    cpo.put(LOCATIONS.address(), LOCATIONS.said(version))
    _, one_time = parties.issue_token(cpo.connection, TokenKind.REGISTRATION)
    calls: list[tuple[int, str, str, Any]] = [
        (400, "PUT", LOCATIONS.address(), b"{"),
        (404, "GET", LOCATIONS.address("NOWHERE"), None),
        (404, "GET", "sender/chess", None),
        (405, "POST", LOCATIONS.address(), {}),
        (405, "POST", "credentials", {}),
        (200, "PUT", LOCATIONS.address(), {"id": 7}),
        (200, "GET", "sender/locations?limit=x", None),
    ]
    for http_status, method, path, body in calls:
        check_refusal(cpo, http_status, method, path, body)
    if version != "2.1.1":
        unknown = LOCATIONS.address("NOWHERE") + "/1"
        evse = builders.evse("1")
        assert check_refusal(cpo, 200, "PUT", unknown, evse) == StatusCode.UNKNOWN_LOCATION
    for token in ("unknown", one_time):
        stranger = Partner(cpo.connection, token, Client())
        for path in ("sender/locations", LOCATIONS.address(), "sender/tariffs"):
            check_refusal(stranger, 401, "GET", path, None)


def check_refusal(who: Partner, http_status: int, method: str, path: str, body: Any) -> int:
    answer = who.call(method, path, body)
    assert answer.http_status == http_status, (method, path)
    assert answer.headers["Content-Type"] == "application/json"
    envelope({}, success=False).validate(answer.envelope)
    assert len(str(answer.code)) == 4
    return answer.code


def test_no_code_of_our_own_making_exists(version: str) -> None:
    """T-034, T-035: there is nothing to answer with but what the specification lists."""
    assert version
    assert all(1000 <= code <= 4999 and code // 100 % 10 != 9 for code in StatusCode)
