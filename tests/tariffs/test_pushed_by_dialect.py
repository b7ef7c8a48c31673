"""Pushed tariffs are read by the partner's dialect, as locations are."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.models import Quarantined, WarningCount
from exchange.quality import retake, suggestions
from ocpi.dialect import TO_THE_LETTER
from tariffs.models import Tariff
from tests import builders
from tests.builders import Partner

pytestmark = pytest.mark.django_db
PATH = "receiver/tariffs/NL/ABC/T1"


@pytest.fixture
def cpo() -> Partner:
    return builders.partner(speaks_for=(builders.party("NL*ABC"),))


def prices_as_text() -> dict[str, Any]:
    return {
        "country_code": "NL",
        "party_id": "ABC",
        "id": "T1",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": "0.25", "step_size": 1}]}],
        "last_updated": builders.EARLIER,
    }


def test_refused_kept_suggested_accepted(cpo: Partner) -> None:
    """T-102."""
    refused = cpo.put(PATH, prices_as_text())
    assert refused.code == 2001
    assert Quarantined.objects.get().module == "tariffs"
    assert WarningCount.objects.get().module == "tariffs"

    suggestions.apply(cpo.connection, "lenient_pushes")
    accepted = cpo.put(PATH, prices_as_text())

    assert (accepted.http_status, accepted.code) == (201, 1000)
    assert accepted.message.startswith("Accepted with ")
    component = Tariff.objects.get().document["elements"][0]["price_components"][0]
    assert component["price"] == 0.25


def test_what_was_refused_can_be_taken_in_later(cpo: Partner) -> None:
    cpo.put(PATH, prices_as_text())
    retake.take_in(Quarantined.objects.get(), None, "tester")
    assert Tariff.objects.get().tariff_id == "T1"


def test_a_patch_is_repaired_too(cpo: Partner) -> None:
    partner = builders.partner("Old", speaks_for=(builders.party("BE*OLD"),), version="2.1.1")
    path = "receiver/tariffs/BE/OLD/T1"
    whole = {
        "id": "T1",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "step_size": 1}]}],
        "last_updated": builders.EARLIER,
    }
    assert partner.put(path, whole).code == 1000
    patch = {"currency": "eur ", "last_updated": builders.LATER}
    assert partner.patch(path, patch).code == 2001
    suggestions.set_dialect(partner.connection, TO_THE_LETTER.but(lenient_pushes=True))
    assert partner.patch(path, patch).code == 1000
    assert Tariff.objects.get().document["currency"] == "EUR"


@pytest.mark.parametrize("price", [0.25, "0.25"])
def test_vat_as_a_fraction(cpo: Partner, price: Any) -> None:
    suggestions.set_dialect(
        cpo.connection, TO_THE_LETTER.but(lenient_pushes=True, vat_as_fraction=True)
    )
    body = prices_as_text()
    body["elements"][0]["price_components"][0] |= {"vat": 0.21, "price": price}
    cpo.put(PATH, body)
    component = Tariff.objects.get().document["elements"][0]["price_components"][0]
    assert component["vat"] == 21
