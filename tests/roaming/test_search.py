"""The search box finds what an ID names, however it is spelled."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from locations import services as locations
from registers.minting import assigning
from registers.minting.models import MintedId
from staff.links import page_url
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
    "term", ["NL*ABC*P000001", "nlabcp000001", "NL-ABC-P000001", "nl.abc.s000001", "NLABCS000001"]
)
def test_a_pool_and_a_station(client: Client, term: str) -> None:
    owner = builders.party("NL*ABC", ours=True)
    place = locations.save_location(owner, builders.location("LOC9"))
    for kind in ("pool", "station"):
        assigning.assign(owner, kind, [place.pk], actor="ada")
    letter = "P" if "p" in term.lower() else "S"
    page = found(client, term)
    assert f"NL*ABC*{letter}000001" in page
    given = MintedId.objects.get(value=f"NL*ABC*{letter}000001")
    assert client.get(page_url(given)).headers["Location"] == page_url(place)


@pytest.mark.parametrize("term", ["NL*ABC*P7", "nlabcp7", "nl-abc-p7"])
def test_a_location_that_is_called_by_its_pool_id(client: Client, term: str) -> None:
    owner = builders.party("NL*ABC", ours=True)
    place = locations.save_location(owner, builders.location("NL*ABC*P7"))
    assert page_url(place) in found(client, term)


@pytest.mark.parametrize("term", ["+49*810*000*438", "49*810*000*438", "49810000438"])
def test_an_evse_of_din(client: Client, term: str) -> None:
    owner = builders.party("NL*ABC", ours=True)
    document = builders.location(evses=[builders.evse("1", evse_id="+49*810*000*438")])
    locations.save_location(owner, document)
    assert "+49*810*000*438" in found(client, term)


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
