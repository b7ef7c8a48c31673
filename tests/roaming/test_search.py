"""The search box finds what an ID names, however it is spelled."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from locations import services as locations
from tests import builders
from tokens import services as tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("ada", password="long-enough-1"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def found(client: Client, term: str) -> str:
    answer = client.get(reverse("admin:search"), {"s": term, "extended": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "term", ["NL*ABC*E12*1", "NLABCE12*1", "NL.ABC.E12.1", "nl-abc-e12-1", "NLABCE121", "nlabce12"]
)
def test_an_evse(client: Client, term: str) -> None:
    owner = builders.party("NL*ABC", ours=True)
    document = builders.location(evses=[builders.evse("1", evse_id="NL*ABC*E12*1")])
    locations.save_location(owner, document)
    page = found(client, term)
    assert "NL*ABC*E12*1" in page
    assert "NL*ABC CPO" in page


@pytest.mark.parametrize(
    "stored", ["NL-TNM-C00122045-K", "NLTNMC00122045", "NL-TNM-012204-5", "NL*TNM*C00122045*K"]
)
@pytest.mark.parametrize(
    "term",
    [
        *("NL-TNM-C00122045-K", "nltnmc00122045", "NL*TNM*C00122045*K", "NL-TNM-C00122045-X"),
        *("NL-TNM-012204-5", "NLTNM012204"),
    ],
)
def test_a_contract(client: Client, stored: str, term: str) -> None:
    """eMI3, ISO and DIN spellings of one contract, with a check character, without, or with a wrong one."""
    owner = builders.party("NL*TNM", "EMSP", ours=True)
    tokens.save_token(owner, builders.token("CARD77", contract_id=stored))
    assert "CARD77" in found(client, term)


@pytest.mark.parametrize("term", ["NL*XYZ", "nl-xyz", "NLXYZ", "nl.xyz", "NL * XYZ", "NL*XYZ*E9"])
def test_a_party(client: Client, term: str) -> None:
    builders.party("NL*XYZ")
    assert "NL*XYZ CPO" in found(client, term)
