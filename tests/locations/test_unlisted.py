"""A partner that takes values its version does not list gets them; others do not."""

from __future__ import annotations

import json

import pytest

from exchange.models import LossCount
from exchange.quality import suggestions
from locations import services
from locations.models import Location, Rendition
from locations.outbox import LocationsOutbox
from ocpi.dialect import TO_THE_LETTER
from tests import builders
from tests.builders import Partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def emsp() -> Partner:
    """A partner of OCPI 2.2.1 that sees a location with a connector which that version does not list."""
    owner = builders.party("NL*ABC", ours=True)
    connectors = [builders.connector("1"), builders.connector("2", standard="SAE_J3400")]
    document = builders.location(
        evses=[builders.evse(connectors=connectors)], facilities=["HOTEL", "ROOFTOP"]
    )
    services.put_location(owner, document, source=None)
    return builders.partner(speaks_for=(builders.party("DE*EMP", "EMSP"),))


def standards(partner: Partner) -> list[str]:
    location = partner.get("sender/locations").data[0]
    return [connector["standard"] for connector in location["evses"][0]["connectors"]]


def test_lists_objects_parts_and_pushes(emsp: Partner) -> None:
    plain = standards(emsp)
    kept = Rendition.objects.count()
    suggestions.set_dialect(emsp.connection, TO_THE_LETTER.but(unlisted_values=True))

    assert plain == ["IEC_62196_T2"]
    assert standards(emsp) == ["IEC_62196_T2", "SAE_J3400"]
    whole = emsp.get("sender/locations/LOC1").data
    assert whole["facilities"] == ["HOTEL", "ROOFTOP"]
    part = emsp.get("sender/locations/LOC1/3256/2")
    assert part.data["standard"] == "SAE_J3400"
    emsp.connection.refresh_from_db()
    location = Location.objects.get()
    push = LocationsOutbox().render(emsp.connection, location.pk, ["*"], whole=True)
    assert push is not None
    assert "ROOFTOP" in json.loads(push.data)["facilities"]
    # What is made for this partner is nobody else's.
    assert Rendition.objects.count() == kept


def test_what_goes_out_is_no_loss(emsp: Partner) -> None:
    suggestions.set_dialect(emsp.connection, TO_THE_LETTER.but(unlisted_values=True))
    standards(emsp)
    assert not LossCount.objects.exists()
