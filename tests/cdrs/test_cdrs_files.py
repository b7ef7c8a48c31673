"""CDRs from lists and files: each with its own bytes, never overwritten; and back into files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdrs import selectors, services
from cdrs.models import CDR, CDRConflict
from exchange import exports
from exchange.models import Delivery, Quarantined, WarningCount
from exchange.registry import Source
from ocpi import json as exact
from parties.models import Connection
from tests import builders
from tests.cdrs.support import TAXED, VERSIONS, cpo, emsp, held, hold, said

pytestmark = pytest.mark.django_db


def pulled(connection: Connection) -> Source:
    return Source("pull", connection.version, connection, frozenset({cpo().identity}))


@pytest.fixture
def partner(db: None) -> Connection:
    emsp()
    return builders.connection("CPO", speaks_for=(cpo(),))


def codes() -> dict[str, int]:
    return dict(WarningCount.objects.values_list("code", "count"))


def test_each_cdr_of_a_list_keeps_its_own_bytes(partner: Connection) -> None:
    page = (
        b'[ {"id": "C1" ,'
        + json.dumps(said(builders.cdr(), "2.2.1")).encode()[1:].replace(b'"id": "C1", ', b"")
        + b" ]"
    )
    items = [page[2:-2]]

    received = services.receive(items, pulled(partner))

    assert received.counts.created == 1
    assert selectors.original_of(held().original) == items[0]
    assert services.receive(items, pulled(partner)).counts.unchanged == 1
    assert CDR.objects.count() == 1


def test_a_list_never_overwrites_and_conflicts_are_counted(partner: Connection) -> None:
    """D-005."""
    services.receive(builders.raw(said(builders.cdr(), "2.2.1")), pulled(partner))
    other = said(builders.cdr(total_energy=11), "2.2.1")
    received = services.receive(builders.raw(other, other), pulled(partner))
    assert received.counts.as_dict() == {
        "created": 0, "updated": 0, "unchanged": 2, "rejected": 0, "warnings": 2,
    }  # fmt: skip
    assert held().energy == 10
    assert CDRConflict.objects.get().source == "pull"
    assert codes() == {"cdr_conflict": 2}


def test_two_versions_in_one_list_are_a_conflict_and_the_first_counts(partner: Connection) -> None:
    both = [said(builders.cdr(total_energy=energy), "2.2.1") for energy in (10, 11)]
    services.receive(builders.raw(*both), pulled(partner))
    assert held().energy == 10
    assert [one["path"] for one in CDRConflict.objects.get().differences] == ["total_energy"]


def test_what_concerns_nobody_here_goes_to_quarantine(partner: Connection) -> None:
    foreign = said(builders.cdr(cdr_token=builders.cdr_token("DE*OTH")), "2.2.1")
    theirs = said(builders.cdr(owner="NL*OTH"), "2.2.1")
    received = services.receive(builders.raw(foreign, theirs), pulled(partner))
    assert received.counts.rejected == 2
    assert sorted(row.problems[0]["code"] for row in Quarantined.objects.all()) == [
        "foreign_emsp",
        "foreign_owner",
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"charging_periods": [builders.period("2026-01-01T09:59:00Z", ENERGY=10)]},
         "period_before_start"),
        ({"total_cost": {"excl_vat": 0}}, "free_without_tariff"),
        ({"total_energy": 0, "total_time": 0.0003,
          "charging_periods": [builders.period(ENERGY=0, TIME=0.0003)]}, ""),
        ({"cdr_token": {"uid": "1", "type": "RFID", "contract_id": "whatever it is"}},
         "token_owner_assumed"),
    ],
)  # fmt: skip
def test_odd_cdrs_are_kept(partner: Connection, fields: dict[str, Any], code: str) -> None:
    document = {**said(builders.cdr(), "2.2.1"), **fields}
    assert services.receive(builders.raw(document), pulled(partner)).counts.created == 1
    assert code in {"", *codes()}
    assert held().emsp == emsp()


def test_a_file_of_ours_is_hosted_here_and_one_for_our_drivers_is_a_partners() -> None:
    emsp()
    services.receive(builders.raw(builders.cdr()), Source("file", "2.3.0"))
    foreign = builders.cdr("C2", "NL*OWN", cdr_token=builders.cdr_token("DE*OTH"))
    services.receive(builders.raw(foreign), Source("file", "2.3.0"))
    assert not held("C1").owner.is_ours
    assert held("C2").owner.is_ours


def test_credit_and_original_find_each_other_whichever_comes_first() -> None:
    """D-006."""
    credit = builders.cdr(
        "C1-C", credit=True, credit_reference_id="c1", total_cost={"before_taxes": -2.5}
    )
    hold(credit)
    assert selectors.credited_by(held("C1-C")) is None
    hold(builders.cdr())
    assert selectors.credited_by(held("C1-C")) == held("C1")
    assert selectors.credits_of(held("C1")) == [held("C1-C")]


@pytest.mark.parametrize("version", VERSIONS)
def test_export_writes_what_the_version_can_say(version: str) -> None:
    credit = builders.cdr("C2", credit=True, credit_reference_id="C1")
    hold(builders.cdr(), credit)
    written: list[bytes] = []

    exported = exports.export("cdrs", written.append, version=version)

    found = json.loads(b"".join(written))
    assert [one["id"] for one in found] == (["C1"] if version == "2.1.1" else ["C1", "C2"])
    assert exported.refused == (1 if version == "2.1.1" else 0)
    assert not Delivery.objects.exists()
    if version != "2.1.1":
        again = services.receive(builders.raw(*found), Source("file", version))
        assert again.counts.unchanged == 2


def test_a_cdr_that_comes_again_in_a_later_version_contradicts_nothing() -> None:
    """D-028."""
    emsp()
    partner = builders.connection("CPO", speaks_for=(cpo(),), version="2.1.1")
    rich = builders.cdr(
        total_cost=TAXED, total_energy_cost={"before_taxes": 2.5}, auth_method="COMMAND"
    )
    poor = Source("pull", "2.1.1", partner, frozenset({cpo().identity}), cpo().identity)
    services.receive([exact.dumps(said(rich, "2.1.1"))], poor)

    for version in ("2.2.1", "2.3.0"):
        later = Source("pull", version, partner, frozenset({cpo().identity}))
        assert services.receive([exact.dumps(said(rich, version))], later).counts.unchanged == 1
    assert not CDRConflict.objects.exists()

    services.receive([exact.dumps(said({**rich, "total_energy": 11}, version))], later)
    assert [one["path"] for one in CDRConflict.objects.get().differences] == ["total_energy"]
