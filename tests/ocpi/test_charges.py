"""Sessions and CDRs in every version, there and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocpi.convert import Beside, Refused, from_canonical, to_canonical
from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId
from ocpi.lenient import accept
from ocpi.versioned import validate_document
from tests import builders
from tests.builders import EARLIER

OWNER = PartyId("NL", "ABC")
TAXED = {"before_taxes": 2.5, "taxes": [{"name": "VAT", "amount": 0.53}]}
BESIDE = Beside(location=builders.location(), token_of=lambda contract: builders.cdr_token())


def there_and_back(version: str, kind: Any, document: dict[str, Any]) -> tuple[Any, list[str]]:
    validate_document("2.3.0", kind, document)
    said, losses = from_canonical(version, kind, document, beside=BESIDE)
    checked = validate_document(version, kind, json.loads(json.dumps(said, default=float)))
    back = to_canonical(version, kind, checked, owner=OWNER, beside=BESIDE).document
    validate_document("2.3.0", kind, back)
    return back, [loss.path for loss in losses]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_session_and_a_cdr_come_back_as_they_were(version: str) -> None:
    """S-023, D-023, D-025."""
    for kind, document in (
        (
            "session",
            builders.session(total_cost=TAXED, charging_periods=[builders.period(ENERGY=1)]),
        ),
        ("cdr", builders.cdr(total_cost=TAXED, tariffs=[builders.tariff()])),
    ):
        back, losses = there_and_back(version, kind, document)
        assert json.loads(json.dumps(back, default=float)) == document
        assert losses == []


def test_a_session_at_2_1_1_holds_the_location_and_its_losses_are_listed() -> None:
    """S-024: and what 2.1.1 cannot say of it is known."""
    document = builders.session(
        total_cost=TAXED,
        status="RESERVATION",
        auth_method="COMMAND",
        authorization_reference="R1",
        charging_periods=[builders.period(ENERGY=1, STATE_OF_CHARGE=50), builders.period(POWER=3)],
    )
    said, _ = from_canonical("2.1.1", "session", document, beside=BESIDE)
    assert [evse["uid"] for evse in said["location"]["evses"]] == ["3256"]
    assert said["location"]["evses"][0]["connectors"][0]["voltage"] == 230
    assert (said["auth_id"], said["total_cost"], said["status"]) == (
        "DE-XYZ-C12345678-7",
        2.5,
        "PENDING",
    )
    back, losses = there_and_back("2.1.1", "session", document)
    assert losses == [
        "authorization_reference",
        "cdr_token.uid",
        "cdr_token.type",
        "auth_method",
        "charging_periods.0.dimensions.1",
        "charging_periods.1.dimensions.0",
        "total_cost.taxes",
        "status",
    ]
    assert (back["location_id"], back["evse_uid"]) == ("LOC1", "3256")
    assert back["charging_periods"] == [builders.period(ENERGY=1)]


@pytest.mark.parametrize(
    ("fields", "beside", "reason"),
    [
        ({}, Beside(), "is not known here"),
        ({"evse_uid": "#NA", "connector_id": "#NA"}, BESIDE, "is not known here"),
        ({"connector_id": "9"}, BESIDE, "is not known here"),
    ],
)
def test_a_session_without_its_place_is_not_said_at_2_1_1(
    fields: dict[str, Any], beside: Beside, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        from_canonical("2.1.1", "session", builders.session(**fields), beside=beside)


def test_a_cdr_at_2_1_1_is_complete_and_its_losses_are_listed() -> None:
    """D-029."""
    document = builders.cdr(
        total_cost=TAXED,
        total_energy_cost=TAXED,
        tariffs=[builders.tariff(), builders.tariff("T2", type="AD_HOC_PAYMENT")],
    )
    said, _ = from_canonical("2.1.1", "cdr", document, beside=BESIDE)
    assert said["location"]["evses"][0]["connectors"][0]["amperage"] == 32
    back, losses = there_and_back("2.1.1", "cdr", document)
    assert losses == [
        "session_id",
        "total_energy_cost",
        "cdr_token.uid",
        "cdr_token.type",
        "total_cost.taxes",
        "tariffs.1",
    ]
    assert back["cdr_location"] == document["cdr_location"]
    assert back["tariffs"] == [builders.tariff()]

    _, unknown = from_canonical("2.1.1", "cdr", document, beside=Beside())
    assert "location_filled_in" in [loss.code for loss in unknown]


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "C1-C", "credit": True, "credit_reference_id": "C1"},
        {"cdr_location": {**builders.cdr()["cdr_location"], "evse_uid": "#NA"}},
    ],
)
def test_what_would_be_taken_for_another_charge_is_not_said_at_2_1_1(
    fields: dict[str, Any],
) -> None:
    document = {**builders.cdr(), **fields}
    with pytest.raises(Refused):
        from_canonical("2.1.1", "cdr", document, beside=BESIDE)


def test_a_cdr_location_is_cut_to_what_fits() -> None:
    """D-026."""
    place = {**builders.cdr()["cdr_location"], "address": "A" * 60, "state": "S" * 30}
    said, losses = from_canonical("2.2.1", "cdr", builders.cdr(cdr_location=place))
    assert (len(said["cdr_location"]["address"]), len(said["cdr_location"]["state"])) == (45, 20)
    assert [loss.code for loss in losses] == ["text_cut", "text_cut"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"id": "C" * 37}, "id"),
        ({"credit": True}, "credit_reference_id"),
        ({"charging_periods": []}, "charging_periods"),
        ({"charging_periods": [builders.period(POWER=1)]}, "charging_periods.0.dimensions.0.type"),
        ({"total_cost": None}, "total_cost"),
    ],
)
def test_a_cdr_that_is_none_is_refused(fields: dict[str, Any], path: str) -> None:
    """D-010, D-016, D-017, D-018."""
    with pytest.raises(InvalidParameters) as refused:
        validate_document("2.2.1", "cdr", {**_cdr_2_2_1(), **fields})
    assert path in [problem.path for problem in refused.value.problems]


def _cdr_2_2_1() -> dict[str, Any]:
    return {**builders.cdr(), "total_cost": {"excl_vat": 2.5}}


def test_a_credit_cdr_may_have_a_longer_id() -> None:
    """D-010."""
    fields = {"id": "C" * 39, "credit": True, "credit_reference_id": "C1"}
    validate_document("2.2.1", "cdr", {**_cdr_2_2_1(), **fields})


def test_what_partners_write_otherwise_is_read() -> None:
    """Aliases, prices of 2.2.1, FLAT, tokens without an owner, a period before the start."""
    odd = builders.cdr(
        total_cost={"excl_vat": 2.5, "incl_vat": 3.03},
        cdr_token={"uid": "1", "type": "RFID", "contract_id": "X"},
        charging_periods=[
            builders.period("2026-01-01T09:00:00Z", FLAT=1),
            builders.period(ENERGY=10_000),
        ],
    )
    odd["last_update"] = odd.pop("last_updated")
    found = accept("cdr", json.dumps(odd).encode(), version="2.2.1", beside=BESIDE)
    assert found.fatal == []
    assert found.document["cdr_token"]["party_id"] == "XYZ"
    assert float(found.document["total_cost"]["taxes"][0]["amount"]) == 0.53
    assert {warning.code for warning in found.warnings} >= {
        "field_other_name",
        "token_owner_assumed",
        "flat_dimension",
        "period_before_start",
        "energy_in_wh",
    }


def test_a_list_of_2_1_1_is_read_with_its_locations() -> None:
    said, _ = from_canonical("2.1.1", "session", builders.session(), beside=BESIDE)
    found = accept(
        "session",
        json.dumps(said, default=float).encode(),
        version="2.1.1",
        owner=OWNER,
        beside=BESIDE,
    )
    assert (found.fatal, [w.code for w in found.warnings]) == ([], [])
    assert found.document["evse_uid"] == "3256"
    assert found.document["cdr_token"] == builders.cdr_token()


@pytest.mark.parametrize(
    ("kind", "document", "missing"),
    [
        ("cdr", builders.cdr, "charging_periods"),
        ("cdr", builders.cdr, "total_cost"),
        ("cdr", builders.cdr, "cdr_location"),
        ("session", builders.session, "cdr_token"),
        ("session", builders.session, "kwh"),
    ],
)
def test_what_lacks_a_part_is_read_and_the_part_is_told(
    kind: str, document: Any, missing: str
) -> None:
    whole = document()
    del whole[missing]
    found = accept(kind, json.dumps(whole).encode(), version="2.3.0")
    assert ("required_missing", missing) in [(w.code, w.path) for w in found.warnings]
    assert missing not in found.document


@pytest.mark.parametrize(
    "fields",
    [
        {"credit": True},
        {"id": "C" * 50},
        {"charging_periods": [builders.period(POWER=1.0)]},
        {"charging_periods": [{"start_date_time": EARLIER, "dimensions": "?"}]},
        {"total_cost": "?", "tariffs": "?", "cdr_token": 7, "cdr_location": []},
        {"charging_periods": {"start_date_time": 1}},
    ],
)
def test_however_odd_a_cdr_is_nothing_is_raised(fields: dict[str, Any]) -> None:
    accept("cdr", json.dumps({**builders.cdr(), **fields}).encode(), version="2.3.0")
    accept("session", json.dumps({**builders.session(), **fields}).encode(), version="2.3.0")


def codes(kind: str, document: dict[str, Any], **known: Any) -> set[str]:
    """What is told about an object that is kept."""
    found = accept(
        kind, json.dumps(document, default=float).encode(), **{"version": "2.2.1", **known}
    )
    assert found.fatal == []
    return {warning.code for warning in found.warnings}


def test_quirk_70_a_period_that_begins_before_its_cdr() -> None:
    early = [builders.period("2026-01-01T09:00:00Z", ENERGY=10.0)]
    assert codes("cdr", builders.cdr(charging_periods=early)) == {"period_before_start"}


def test_quirk_71_energy_for_nothing_and_no_tariff() -> None:
    free = builders.cdr(total_cost={"excl_vat": 0}, total_energy=54.0)
    assert "free_without_tariff" in codes("cdr", free)


def test_quirk_72_a_charge_of_no_energy() -> None:
    nothing = builders.cdr(
        total_energy=0,
        total_time=0.0003,
        total_cost={"excl_vat": 0},
        charging_periods=[builders.period(TIME=0.0003)],
    )
    assert codes("cdr", nothing) == set()


@pytest.mark.parametrize(("number", "code"), [(0, "charge_at_none"), (2, "charge_at_several")])
def test_quirk_73_a_location_of_no_or_many_evses(number: int, code: str) -> None:
    said, _ = from_canonical("2.1.1", "cdr", builders.cdr(), beside=BESIDE)
    evses = said["location"]["evses"] * number
    odd = {**said, "location": {**said["location"], "evses": evses}}
    assert code in codes("cdr", odd, version="2.1.1", owner=OWNER, beside=BESIDE)


def test_quirk_74_a_token_without_an_owner() -> None:
    bare = {"uid": "012345678", "type": "RFID", "contract_id": "X"}
    told = codes("cdr", builders.cdr(cdr_token=bare), beside=BESIDE)
    assert "token_owner_assumed" in told
