"""Charging profiles and ClientInfo in both versions that have them."""

from __future__ import annotations

from typing import Any

import pytest

from ocpi import lenient
from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.errors import InvalidParameters
from ocpi.versioned import TYPES, validate_document

URL = "https://emsp.example/profiles/result/1?id=7"
PROFILE: dict[str, Any] = {
    "start_date_time": "2026-01-01T10:00:00Z",
    "duration": 900,
    "charging_rate_unit": "A",
    "min_charging_rate": 6,
    "charging_profile_period": [
        {"start_period": 0, "limit": 16},
        {"start_period": 300, "limit": 8.1},
    ],
}
ACTIVE = {"start_date_time": "2026-01-01T10:00:00Z", "charging_profile": PROFILE}
CLIENT = {
    "party_id": "XYZ",
    "country_code": "DE",
    "role": "CPO",
    "status": "CONNECTED",
    "last_updated": "2026-01-01T10:00:00Z",
}


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("set_charging_profile", {"charging_profile": PROFILE, "response_url": URL}),
        ("charging_profile_response", {"result": "TOO_OFTEN", "timeout": 30}),
        ("charging_profile_result", {"result": "ACCEPTED"}),
        ("clear_profile_result", {"result": "UNKNOWN"}),
        ("active_charging_profile", ACTIVE),
        ("active_charging_profile_result", {"result": "ACCEPTED", "profile": ACTIVE}),
        ("client_info", CLIENT),
    ],
)
def test_it_comes_back_as_it_was(version: str, kind: Any, document: dict[str, Any]) -> None:
    """H-005 H-011."""
    assert validate_document("2.3.0", kind, document) == document
    said, losses = from_canonical(version, kind, document)
    assert validate_document(version, kind, said) == document
    assert losses == []
    assert to_canonical(version, kind, said).document == document
    assert kind not in TYPES["2.1.1"]


@pytest.mark.parametrize(
    ("kind", "document", "named"),
    [
        ("charging_profile_result", {"result": "FAILED"}, "result"),
        ("charging_profile_response", {"result": "ACCEPTED"}, "timeout"),
        ("active_charging_profile_result", {"result": "REJECTED", "profile": ACTIVE}, "profile"),
        ("set_charging_profile", {"charging_profile": PROFILE}, "response_url"),
        ("client_info", {**CLIENT, "status": "GONE"}, "status"),
        ("client_info", {k: v for k, v in CLIENT.items() if k != "last_updated"}, "last_updated"),
    ],
)
def test_faults_are_named(kind: Any, document: dict[str, Any], named: str) -> None:
    """P-012 H-005 H-011."""
    with pytest.raises(InvalidParameters, match=named):
        validate_document("2.2.1", kind, document)


@pytest.mark.parametrize(
    ("field", "value"), [("limit", 8.15), ("limit", -1), ("unit", "kW"), ("unit", None)]
)
def test_limits_have_one_decimal_and_a_unit(field: str, value: Any) -> None:
    """P-011."""
    period = {"start_period": 0, "limit": value if field == "limit" else 8.1}
    unit = value if field == "unit" else "W"
    profile = {**PROFILE, "charging_rate_unit": unit, "charging_profile_period": [period]}
    with pytest.raises(InvalidParameters, match=r"limit|charging_rate_unit"):
        validate_document(
            "2.3.0", "set_charging_profile", {"charging_profile": profile, "response_url": URL}
        )


def test_roles_that_a_version_lacks() -> None:
    said, losses = from_canonical("2.2.1", "client_info", {**CLIENT, "role": "PTP"})
    assert said["role"] == "OTHER"
    assert [loss.path for loss in losses] == ["role"]
    with pytest.raises(Refused, match="hub_party_id"):
        from_canonical("2.3.0", "client_info", {**CLIENT, "role": "HUB"})


def test_a_client_without_time_is_taken_from_a_list() -> None:
    """H-011: the specification's own example lacks it."""
    sent = b'{"country_code": "NL", "party_id": "ALL", "role": "CPO", "status": "PLANNED"}'
    found = lenient.accept("client_info", sent, version="2.2.1")
    assert not found.fatal
    assert found.document["last_updated"]
    assert [warning.code for warning in found.warnings] == ["last_updated_assumed"]
