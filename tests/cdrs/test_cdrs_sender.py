"""What partners fetch from us (OCPI 2.3.0, mod_cdrs, Sender interface)."""

from __future__ import annotations

from typing import Any

import pytest

from cdrs.models import CDR
from exchange.models import LossCount
from locations.services import put_location
from parties.choices import ConnectionKind
from tests import builders
from tests.builders import Partner
from tests.cdrs.support import RECEIVER, SENDER, TAXED, VERSIONS, cpo, emsp, hold, poster, said

pytestmark = pytest.mark.django_db


def reader(version: str = "2.2.1", payer: str = "DE*XYZ") -> Partner:
    """A partner's eMSP; our CPO is there before, so that 2.1.1 can be about it alone."""
    cpo(ours=True)
    return builders.partner(
        f"EMSP {payer} {version}", speaks_for=(builders.party(payer, "EMSP"),), version=version
    )


def ids(partner: Partner, query: str = "") -> list[str]:
    answer = partner.get(SENDER + query)
    assert answer.code == 1000
    return [one["id"] for one in answer.data]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_list_says_each_cdr_as_the_version_writes_it(version: str) -> None:
    """D-004, D-023, D-029."""
    hold(builders.cdr(total_cost=TAXED))
    put_location(cpo(), builders.location(), source=None)
    answer = reader(version).get(SENDER)
    assert answer.data == [said(builders.cdr(total_cost=TAXED), version)]
    assert answer.headers["X-Total-Count"] == "1"


def test_the_list_is_paged_and_filtered_by_last_updated() -> None:
    """D-004, D-005."""
    hold(*(builders.cdr(f"C{day}", last_updated=f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 3)))
    partner = reader()
    first = partner.get(f"{SENDER}?limit=2")
    assert [one["id"] for one in first.data] == ["C1", "C2"]
    assert 'rel="next"' in first.headers["Link"]
    assert ids(partner, "?offset=2") == ["C3"]
    assert ids(partner, "?date_from=2026-01-02T00:00:00Z&date_to=2026-01-03T00:00:00Z") == ["C2"]
    assert partner.get(f"{SENDER}?limit=2").data == first.data


def test_a_partner_sees_the_cdrs_of_its_own_drivers_alone() -> None:
    """D-027."""
    builders.party("DE*OTH", "EMSP")
    hold(builders.cdr("C1"), builders.cdr("C2", cdr_token=builders.cdr_token("DE*OTH")))
    assert ids(reader(payer="DE*XYZ")) == ["C1"]
    assert ids(reader(payer="DE*OTH")) == ["C2"]
    assert ids(reader(payer="DE*NON")) == []


def test_a_partner_does_not_see_what_another_partner_told_us() -> None:
    poster().call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    assert ids(reader(payer="DE*NON")) == []
    assert CDR.objects.count() == 1


def test_our_back_office_sees_what_partners_bill_its_drivers() -> None:
    poster().call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    back_office = builders.partner(
        "Back office", speaks_for=(emsp(),), kind=ConnectionKind.BACK_OFFICE
    )
    assert ids(back_office) == ["C1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"credit": True, "credit_reference_id": "C0"},
        {"cdr_location": {**builders.cdr()["cdr_location"], "evse_uid": "#NA", "evse_id": "#NA",
                          "connector_id": "#NA"}},
    ],
)  # fmt: skip
def test_what_2_1_1_would_take_for_something_else_is_not_there(fields: dict[str, Any]) -> None:
    """D-006, D-020, D-021."""
    hold(builders.cdr(**fields))
    assert ids(reader("2.1.1")) == []
    assert ids(reader("2.2.1", "DE*XYZ")) == ["C1"]


def test_losses_are_counted() -> None:
    hold(builders.cdr(total_cost=TAXED))
    partner = reader("2.1.1")
    partner.get(SENDER)
    lost = set(
        LossCount.objects.filter(connection=partner.connection).values_list("path", flat=True)
    )
    assert "total_cost.taxes" in lost


def test_there_is_no_address_of_a_single_cdr_at_the_sender() -> None:
    hold(builders.cdr())
    assert reader().get(f"{SENDER}/C1").http_status == 404
