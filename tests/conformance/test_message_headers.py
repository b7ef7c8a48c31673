"""The headers of requests to us and of our answers, at each version."""

from __future__ import annotations

import base64
import http.client
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from parties import services as parties
from parties.choices import TokenKind
from tests import builders
from tests.builders import Partner
from tests.conformance.world import LOCATIONS, VERSIONS, pusher, reader

pytestmark = pytest.mark.django_db
AT_ALL = pytest.mark.parametrize("version", VERSIONS)
SINCE_2_2_1 = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
PATHS = ("", "credentials", "sender/locations", "sender/tariffs", LOCATIONS.address())
ROUTING = {
    "OCPI-from-country-code": "nl",
    "OCPI-from-party-id": "abc",
    "OCPI-to-country-code": "DE",
    "OCPI-to-party-id": "OUR",
}


@pytest.fixture(autouse=True)
def _somebody_is_hosted_here(db: None) -> None:
    builders.party("DE*OUR", "EMSP", ours=True)


@AT_ALL
@pytest.mark.parametrize("path", PATHS)
def test_without_a_good_token_nothing_opens(version: str, path: str) -> None:
    """T-001, T-002, T-011, T-013, V-009, C-031."""
    pusher(version)
    unknown = base64.b64encode(b"unknown").decode()
    for header in (None, "", "Token", "Token unknown", f"Token {unknown}", "Token %%%", "Bearer x"):
        headers = {} if header is None else {"Authorization": header}
        answer = Client().get(f"/ocpi/{version}/{path}", headers=headers)
        assert (answer.status_code, answer.json()["status_code"]) == (401, 2001), header
        assert answer.headers["WWW-Authenticate"] == "Token"


@AT_ALL
def test_a_one_time_token_opens_versions_and_credentials_only(version: str) -> None:
    """T-007, T-008."""
    cpo = pusher(version)
    _, one_time = parties.issue_token(cpo.connection, TokenKind.REGISTRATION)
    newcomer = Partner(cpo.connection, one_time, Client())
    versions = newcomer.client.get("/ocpi/versions", headers=newcomer.headers())

    assert versions.status_code == 200
    assert [newcomer.get(path).http_status for path in PATHS] == [200, 200, 401, 401, 401]


@AT_ALL
def test_the_token_is_spelled_as_the_version_says(version: str) -> None:
    """T-003, T-005, T-006."""
    cpo = pusher(version)
    encoded = base64.b64encode(cpo.token.encode()).decode()
    spellings = {"raw": cpo.token, "base64": encoded}
    right = "raw" if version == "2.1.1" else "base64"
    for name, spelled in spellings.items():
        answer = Client().get(
            f"/ocpi/{version}/sender/locations", headers={"Authorization": f"Token {spelled}"}
        )
        assert answer.status_code == (200 if name == right else 401), name


@SINCE_2_2_1
@pytest.mark.parametrize("path", [*PATHS, "nowhere", "sender/locations?limit=x"])
def test_ids_come_back_and_are_made_where_they_are_missing(version: str, path: str) -> None:
    """T-021, T-022, T-023, T-024: in errors too."""
    cpo = pusher(version)
    ids = {"X-Request-ID": str(uuid.uuid4()), "X-Correlation-ID": str(uuid.uuid4())}
    for who in (cpo, Partner(cpo.connection, "unknown", Client())):
        answer = who.get(path, **ids)
        assert {name: answer.headers[name] for name in ids} == ids
        answer = who.get(path)
        assert all(uuid.UUID(answer.headers[name]) for name in ids)


@SINCE_2_2_1
def test_the_parties_of_a_message_change_places_in_its_answer(version: str) -> None:
    """R-001, R-003, R-004: at the functional modules, whatever the case."""
    cpo = pusher(version)
    cpo.put(LOCATIONS.address(), LOCATIONS.said(version))
    for path in ("sender/locations", "sender/tariffs", LOCATIONS.address()):
        answer = cpo.get(path, **ROUTING)
        assert (answer.http_status, answer.code) == (200, 1000)
        assert {name: value for name, value in answer.headers.items() if "OCPI" in name} == {
            "OCPI-from-country-code": "DE",
            "OCPI-from-party-id": "OUR",
            "OCPI-to-country-code": "NL",
            "OCPI-to-party-id": "ABC",
        }


@SINCE_2_2_1
def test_versions_and_credentials_have_no_parties(version: str) -> None:
    """R-002: what somebody sends there nevertheless is passed over."""
    cpo = pusher(version)
    nonsense = {**ROUTING, "OCPI-from-party-id": "nonsense"}
    for path in ("", "credentials"):
        answer = cpo.get(path, **nonsense)
        assert (answer.http_status, answer.code) == (200, 1000)
        assert not [name for name in answer.headers if "ocpi" in name.lower()]


@SINCE_2_2_1
def test_who_names_no_party_is_the_one_it_speaks_for(version: str) -> None:
    """R-027."""
    cpo = pusher(version)
    assert cpo.put(LOCATIONS.address(), LOCATIONS.said(version)).http_status == 201
    assert cpo.get(LOCATIONS.address()).code == 1000


@SINCE_2_2_1
def test_nobody_speaks_for_another(version: str) -> None:
    """R-026."""
    builders.party("FR*XXX")
    stranger = {**ROUTING, "OCPI-from-country-code": "FR", "OCPI-from-party-id": "XXX"}
    answer = pusher(version).call(
        "PUT", LOCATIONS.address(), LOCATIONS.said(version), headers=stranger
    )
    assert (answer.http_status, answer.code) == (200, 2001)
    assert not LOCATIONS.held().exists()


@AT_ALL
def test_a_get_needs_no_content_type(version: str) -> None:
    """T-026, T-027."""
    emsp = reader(version)
    answer = emsp.client.get(f"/ocpi/{version}/sender/locations", headers=emsp.headers())

    assert "CONTENT_TYPE" not in answer.wsgi_request.META or not answer.wsgi_request.content_type
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spelled", [str.lower, str.upper], ids=["lower", "upper"])
def test_names_of_headers_have_no_case(live_server: Any, spelled: Any) -> None:
    """T-012: over a real line."""
    builders.party("DE*OUR", "EMSP", ours=True)
    cpo = pusher("2.2.1")
    given = {
        **cpo.headers(),
        **ROUTING,
        "X-Request-ID": "request-1",
        "X-Correlation-ID": "correlation-1",
        "Content-Type": "application/json",
    }
    line = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=10)
    headers = {spelled(name): value for name, value in given.items()}
    body = json.dumps(LOCATIONS.said("2.2.1"))
    line.request("PUT", f"/ocpi/2.2.1/{LOCATIONS.address()}", body, headers)
    answer = line.getresponse()
    envelope = json.loads(answer.read())
    line.close()

    assert (answer.status, envelope["status_code"]) == (201, 1000)
    assert answer.headers["x-request-id"] == "request-1"
    assert answer.headers["ocpi-to-party-id"] == "ABC"
