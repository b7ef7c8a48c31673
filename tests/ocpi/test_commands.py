"""Commands, their answers and results in every version."""

from __future__ import annotations

from typing import Any

import pytest

from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId
from ocpi.versioned import validate_document
from tests import builders

URL = "https://emsp.example/commands/START_SESSION/1?id=7"
OWNER = PartyId("NL", "MSP")
RESULTS = (
    *("ACCEPTED", "CANCELED_RESERVATION", "EVSE_OCCUPIED", "EVSE_INOPERATIVE", "FAILED"),
    *("NOT_SUPPORTED", "REJECTED", "TIMEOUT", "UNKNOWN_RESERVATION"),
)


def start(**fields: Any) -> dict[str, Any]:
    return {"response_url": URL, "token": builders.token(), "location_id": "LOC1", **fields}


def reserve(**fields: Any) -> dict[str, Any]:
    return {
        **start(),
        "expiry_date": "2026-01-01T10:00:00Z",
        "reservation_id": "17",
        **fields,
    }


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("start_session", start(evse_uid="3256")),
        ("reserve_now", reserve(evse_uid="3256")),
        ("stop_session", {"response_url": URL, "session_id": "S1"}),
        (
            "unlock_connector",
            {
                "response_url": URL,
                "location_id": "LOC1",
                "evse_uid": "3256",
                "connector_id": "1",
            },
        ),
        ("command_result", {"result": "ACCEPTED"}),
    ],
)
def test_a_command_comes_back_as_it_was(version: str, kind: Any, document: dict[str, Any]) -> None:
    validate_document("2.3.0", kind, document)
    said, losses = from_canonical(version, kind, document)
    validate_document(version, kind, said)
    assert losses == []
    assert to_canonical(version, kind, said, owner=OWNER).document == document


def test_what_2_1_1_cannot_say_is_listed_or_refused() -> None:
    """X-029."""
    said, losses = from_canonical(
        "2.1.1",
        "start_session",
        start(evse_uid="1", connector_id="2", authorization_reference="R1"),
    )
    assert [loss.path for loss in losses] == ["connector_id", "authorization_reference"]
    assert said["token"]["auth_id"] == "NL-MSP-C12345678-5"
    assert from_canonical("2.1.1", "reserve_now", reserve()).document["reservation_id"] == 17
    with pytest.raises(Refused):
        from_canonical("2.1.1", "reserve_now", reserve(reservation_id="R-17"))
    with pytest.raises(Refused):
        from_canonical("2.1.1", "cancel_reservation", {"response_url": URL, "reservation_id": "17"})
    with pytest.raises(InvalidParameters, match="reservation_id"):
        validate_document("2.1.1", "reserve_now", {**said, "reservation_id": "17"})


def test_a_token_keeps_its_owner_on_the_way_through_2_1_1() -> None:
    said = from_canonical("2.1.1", "start_session", start()).document
    assert "party_id" not in said["token"]
    with pytest.raises(Refused):
        to_canonical("2.1.1", "start_session", said)


def test_the_direct_answer() -> None:
    """X-003, X-004: 2.1.1 knows no timeout of the command, and TIMEOUT as an answer."""
    for version in ("2.2.1", "2.3.0"):
        with pytest.raises(InvalidParameters, match="timeout"):
            validate_document(version, "command_response", {"result": "ACCEPTED"})
        with pytest.raises(InvalidParameters, match="result"):
            validate_document(version, "command_response", {"result": "TIMEOUT", "timeout": 3})
    assert validate_document("2.1.1", "command_response", {"result": "TIMEOUT"})
    answer = to_canonical("2.1.1", "command_response", {"result": "TIMEOUT"}).document
    assert answer["result"] == "REJECTED"
    assert answer["timeout"] > 0
    said, losses = from_canonical(
        "2.1.1", "command_response", {"result": "UNKNOWN_SESSION", "timeout": 30}
    )
    assert said == {"result": "UNKNOWN_SESSION"}
    assert [loss.path for loss in losses] == ["timeout"]


@pytest.mark.parametrize("result", RESULTS)
def test_every_result_is_said_at_2_1_1_or_refused(result: str) -> None:
    """X-006, X-007, X-028."""
    told = [{"language": "en", "text": "The charge point said so."}]
    document = {"result": result, "message": told}
    for version in ("2.2.1", "2.3.0"):
        assert from_canonical(version, "command_result", document).document == document
        with pytest.raises(InvalidParameters, match="message"):
            validate_document(version, "command_result", {**document, "message": "text"})
    if result == "CANCELED_RESERVATION":
        with pytest.raises(Refused):
            from_canonical("2.1.1", "command_result", document)
        return
    said = from_canonical("2.1.1", "command_result", document).document
    assert validate_document("2.1.1", "command_result", said) == said
    assert set(said) == {"result"}
    kept = result in ("ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TIMEOUT")
    assert said["result"] == (result if kept else "REJECTED")


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_connector_needs_its_evse(version: str) -> None:
    """X-021."""
    with pytest.raises(InvalidParameters, match="evse_uid"):
        validate_document(version, "start_session", start(connector_id="1"))
