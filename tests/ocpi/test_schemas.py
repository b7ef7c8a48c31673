"""The JSON Schemas say of an object what the types say of it, field by field."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from ocpi import schemas
from ocpi.errors import InvalidParameters
from ocpi.versioned import TYPES, validate_document
from tests.builders import location

BASE = "https://portal.example/schemas"
VERSIONS = sorted(TYPES)


def validator(version: str, kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schemas.document(version, kind, f"{BASE}/{version}"), validate_formats=True
    )


@pytest.mark.parametrize(
    ("version", "kind"), [(version, kind) for version in VERSIONS for kind in TYPES[version]]
)
def test_every_schema_is_one_and_holds_what_it_refers_to(version: str, kind: str) -> None:
    document = schemas.document(version, kind, f"{BASE}/{version}")

    jsonschema_rs.meta.validate(document)
    assert document["$id"] == f"{BASE}/{version}/{kind}.json"
    validator(version, kind)


def changed(path: str, value: Any) -> dict[str, Any]:
    document = deepcopy(location())
    part: Any = document
    *way, last = path.split(".")
    for key in way:
        part = part[int(key)] if isinstance(part, list) else part[key]
    part[last] = value
    return document


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("city", None),
        ("city", "x" * 46),
        ("name", "Malmö"),
        ("name", "two\nlines"),
        ("country", "NL"),
        ("coordinates.latitude", 51.04),
        ("coordinates.latitude", "51.04"),
        ("evses.0.status", "BROKEN"),
        ("evses.0.status", "CHARGING"),
        ("evses.0.connectors", []),
        ("evses.0.connectors.0.max_voltage", "230"),
        ("evses.0.connectors.0.terms_and_conditions", "ftp://x.example"),
        ("evses.0.connectors.0.terms_and_conditions", "HTTPS://x.example/terms"),
        ("images", None),
        ("anything_else", {"of": "ours"}),
        ("last_updated", "2026-02-30T00:00:00Z"),
        ("last_updated", "2026-02-28T00:00:00.123"),
    ],
)
def test_a_schema_and_its_type_agree(version: str, path: str, value: Any) -> None:
    """T-107, T-109: a schema refuses what the type refuses, and lets pass what it lets pass."""
    document = changed(path, value)
    try:
        validate_document(version, "location", document)
        passes = True
    except InvalidParameters:
        passes = False

    assert validator(version, "location").is_valid(document) is passes


def test_an_open_enumeration_lists_what_is_known_and_lets_the_rest_pass() -> None:
    """T-110."""
    standard = schemas.definitions("2.3.0")["Connector"]["properties"]["standard"]

    assert "SAE_J3400" in standard["examples"]
    assert "enum" not in standard
    assert "SAE_J3400" not in str(schemas.definitions("2.2.1")["Connector"])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_name_of_a_field_is_in_snake_case(version: str) -> None:
    """T-118."""
    names = {
        name
        for schema in schemas.definitions(version).values()
        for name in schema.get("properties", ())
    }

    assert names
    assert all(name == name.lower() and name.replace("_", "").isalnum() for name in names)


def test_a_partial_schema_asks_for_nothing_but_what_it_is_told() -> None:
    patch = schemas.partial(schemas.definitions("2.2.1")["EVSE"], ("last_updated",))
    check = jsonschema_rs.Draft202012Validator(
        {**patch, "$defs": schemas.definitions("2.2.1")}
    ).is_valid

    assert check({"status": "CHARGING", "last_updated": "2026-01-01T00:00:00Z"})
    assert check({"floor_level": None, "last_updated": "2026-01-01T00:00:00Z"})
    assert not check({"status": "CHARGING"})
