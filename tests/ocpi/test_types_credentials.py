from __future__ import annotations

from typing import Any

import pytest

from ocpi.errors import InvalidParameters
from ocpi.versioned import validate_credentials
from tests.ocpi.samples import credentials, role

BOTH = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])


@BOTH
def test_plain_credentials(version: str) -> None:
    """C-021."""
    document = credentials(roles=[role(), role(role="EMSP"), role(party_id="DEF")])
    assert validate_credentials(version, document) == document


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"token": "x" * 65}, "token"),
        ({"token": ""}, "token"),
        ({"token": "a b"}, "token"),
        ({"token": "ä"}, "token"),
        ({"url": "example.com"}, "url"),
        ({"url": "https://" + "x" * 248}, "url"),
        ({"roles": []}, "roles"),
        ({"roles": None}, "roles"),
        ({"roles": [role(business_details={})]}, "roles.0.business_details.name"),
        ({"roles": [role(party_id="ABCD")]}, "roles.0.party_id"),
        ({"roles": [role(country_code="N")]}, "roles.0.country_code"),
        ({"roles": [role(), role(party_id="abc")]}, "roles.1"),
    ],
)
@BOTH
def test_what_credentials_do_not_allow(version: str, fields: dict[str, Any], path: str) -> None:
    """C-019, C-020, C-021."""
    with pytest.raises(InvalidParameters) as caught:
        validate_credentials(version, credentials(**fields))
    assert [problem.path for problem in caught.value.problems] == [path]


def test_roles_are_closed_at_2_2_1_and_taken_as_they_come_at_2_3_0() -> None:
    document = credentials(roles=[role(role="PTP")], hub_party_id="NLHUB")
    assert validate_credentials("2.3.0", document) == document
    with pytest.raises(InvalidParameters, match=r"roles\.0\.role"):
        validate_credentials("2.2.1", document)


def test_the_hub_is_five_characters() -> None:
    with pytest.raises(InvalidParameters, match="hub_party_id"):
        validate_credentials("2.3.0", credentials(hub_party_id="HUB"))
