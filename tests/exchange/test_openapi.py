"""The published OpenAPI document follows from the registry and names every endpoint there is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ocpi.versioned import TYPES
from ocpi.versions import SUPPORTED


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    return json.loads(client.get("/openapi/2.2.1.json").content)  # type: ignore[no-any-return]


def routes(resolver: URLResolver, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found |= routes(entry, path)
        elif isinstance(entry, URLPattern) and path.startswith("ocpi/2.2.1/"):
            found.add(path.removeprefix("ocpi/2.2.1"))
    return found


def test_every_route_is_described(document: dict[str, Any]) -> None:
    described = {path.count("/") for path in document["paths"]}

    assert len(document["paths"]) == len(routes(get_resolver())) + 1
    assert described >= {1, 2, 3, 4, 5, 6, 7}


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    text = json.dumps(document)

    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.split('"')[0] in document["components"]["schemas"]


def test_the_receiver_side_of_locations_has_its_three_methods(document: dict[str, Any]) -> None:
    path = "/receiver/locations/{country_code}/{party_id}/{location_id}"

    assert set(document["paths"][path]) == {"get", "put", "patch"}


def test_a_patch_may_leave_out_every_field(document: dict[str, Any]) -> None:
    path = "/receiver/locations/{country_code}/{party_id}/{location_id}/{evse_uid}"
    body = document["paths"][path]["patch"]["requestBody"]["content"]["application/json"]["schema"]

    assert body == {"$ref": "#/components/schemas/EVSEPatch"}
    patch = document["components"]["schemas"]["EVSEPatch"]
    assert "required" not in patch
    assert {"type": "null"} in patch["properties"]["uid"]["anyOf"]


@pytest.mark.parametrize("version", SUPPORTED)
def test_everything_is_linked_from_one_page(client: Client, version: str) -> None:
    page = client.get("/openapi/").content.decode()
    links = re.findall(rf'href="(/(?:openapi|schemas)/{re.escape(version)}[./][^"]*)"', page)

    assert len(links) == 1 + len(TYPES[version])
    for link in links:
        assert client.get(link).status_code == 200


def test_a_published_schema_names_its_own_address(client: Client) -> None:
    answer = client.get("/schemas/2.2.1/location.json")

    assert answer["Content-Type"] == "application/schema+json"
    assert answer.json()["$id"].endswith("/schemas/2.2.1/location.json")
    assert client.get("/schemas/2.2.1/nothing.json").status_code == 404


def test_a_version_we_do_not_speak_is_not_there(client: Client) -> None:
    assert client.get("/openapi/9.9.json").status_code == 404
