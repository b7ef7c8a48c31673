"""Quirks 20-70 of docs/quirks.md: how partners write objects, what is made of it, and what is told.

Those of transport (1-19) are in test_quirks_transport.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ocpi.dialect import Dialect
from ocpi.ids import PartyId
from ocpi.lenient import Accepted, accept
from ocpi.versioned import validate_location, validate_tariff
from tests import builders
from tests.ocpi.samples import (
    component,
    connector,
    element,
    energy,
    evse,
    location,
    tariff,
    without,
)


def site(**fields: Any) -> Accepted:
    return accept("location", orjson.dumps(location(**fields)))


def plug(**fields: Any) -> Accepted:
    return site(evses=[evse(connectors=[connector(**fields)])])


def prices(*elements: dict[str, Any], **fields: Any) -> Accepted:
    return accept("tariff", orjson.dumps(tariff(*elements, **fields)), version="2.3.0")


def codes(accepted: Accepted) -> set[str]:
    assert accepted.fatal == []
    return {problem.code for problem in accepted.warnings}


def original(accepted: Accepted, code: str) -> Any:
    """The original value that a warning keeps."""
    return next(problem.value for problem in accepted.warnings if problem.code == code)


def first_connector(accepted: Accepted) -> Any:
    return accepted.document["evses"][0]["connectors"][0]


# --- Types, nulls, timestamps, case ------------------------------------------------------------------


def test_quirk_20_timestamps_without_time_zone() -> None:
    sent = orjson.dumps(location(last_updated="2026-01-31T12:00:00"))
    assert accept("location", sent).document["last_updated"] == "2026-01-31T12:00:00Z"
    local = accept("location", sent, dialect=Dialect(local_times=True))
    assert local.document["last_updated"] == "2026-01-31T11:00:00Z"
    (told,) = local.warnings
    assert (told.code, told.path, told.value) == (
        "timestamp_local",
        "last_updated",
        "2026-01-31T12:00:00",
    )
    assert "2026-01-31T11:00:00Z (as Europe/Amsterdam)" in told.message
    assert "as UTC it is 2026-01-31T12:00:00Z" in told.message


def test_quirk_20_local_times_are_told_once_and_follow_the_country() -> None:
    summer = "2026-07-01T12:00:00"
    sent = without(location(country="DEU", last_updated=summer), "time_zone")
    sent["evses"] = [evse(last_updated=summer, connectors=[connector(last_updated=summer)])]
    accepted = accept("location", orjson.dumps(sent), dialect=Dialect(local_times=True))
    assert [p.code for p in accepted.warnings].count("timestamp_local") == 1
    assert accepted.document["evses"][0]["connectors"][0]["last_updated"] == "2026-07-01T10:00:00Z"
    part = accept(
        "evse",
        orjson.dumps(evse(last_updated=summer)),
        dialect=Dialect(local_times=True),
        time_zone="Europe/London",
    )
    assert part.document["last_updated"] == "2026-07-01T11:00:00Z"
    unknown = accept(
        "connector", orjson.dumps(connector(last_updated=summer)), dialect=Dialect(local_times=True)
    )
    assert unknown.document["last_updated"] == summer + "Z"
    assert codes(unknown) == {"timestamp_zone_unknown"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00.123456Z"),
        ("2026-01-31T12:00:00.123456789", "2026-01-31T12:00:00.123456Z"),
        ("2026/01/31 12:00", "2026-01-31T12:00:00Z"),
        ("31/01/2026 12:00:00", "2026-01-31T12:00:00Z"),
        ("2026-1-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ],
)
def test_quirk_21_offsets_long_fractions_and_slashes(sent: str, kept: str) -> None:
    accepted = site(last_updated=sent)
    assert accepted.document["last_updated"] == kept
    assert codes(accepted) == {"timestamp_spelling"}
    assert original(accepted, "timestamp_spelling") == sent


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00", "1970-1-1T00:00:00Z", "0001-01-01"])
def test_quirk_22_the_beginning_of_time(sent: str) -> None:
    accepted = plug(last_updated=sent)
    assert first_connector(accepted)["last_updated"] == "2026-01-31T12:00:00Z"
    assert codes(accepted) == {"timestamp_implausible", "last_updated_assumed"}
    assert original(accepted, "timestamp_implausible") == sent


@pytest.mark.parametrize("sent", [None, "02/03/2026"])
def test_quirk_23_no_time_of_the_last_change(sent: str | None) -> None:
    accepted = site(evses=[evse(last_updated=sent)])
    assert accepted.document["evses"][0]["last_updated"] == "2026-01-31T12:00:00Z"
    assert "last_updated_assumed" in codes(accepted)


def test_quirk_23_a_push_without_time_changed_when_it_came() -> None:
    now = "2026-02-01T08:00:00Z"
    accepted = accept("evse", orjson.dumps(without(evse(), "last_updated")), received_at=now)
    assert accepted.document["last_updated"] == now


def test_quirk_24_the_time_of_the_request_as_time_of_the_change() -> None:
    first, second = (
        site(last_updated="2026-01-31T12:00:00Z"),
        site(last_updated="2026-02-01T12:00:00Z"),
    )
    assert without(first.document, "last_updated") == without(second.document, "last_updated")


def test_quirk_25_coordinates_as_numbers() -> None:
    accepted = site(coordinates={"latitude": 51.92442, "longitude": 4.477733})
    assert accepted.document["coordinates"] == {"latitude": "51.92442", "longitude": "4.477733"}
    assert codes(accepted) == {"coordinates_spelling"}


@pytest.mark.parametrize(
    ("sent", "kept"), [("51.9244", "51.92440"), ("51.92442012", "51.9244201"), ("52", "52.00000")]
)
def test_quirk_26_too_few_or_many_decimals(sent: str, kept: str) -> None:
    accepted = site(coordinates={"latitude": sent, "longitude": "4.477733"})
    assert accepted.document["coordinates"]["latitude"] == kept
    assert original(accepted, "coordinates_precision") == sent


def test_quirk_27_ids_as_numbers() -> None:
    accepted = site(id=7, evses=[evse(uid=8, evse_id=143, connectors=[connector(id=9)])])
    assert accepted.document["id"] == "7"
    assert accepted.document["evses"][0]["uid"] == "8"
    assert first_connector(accepted)["id"] == "9"
    assert codes(accepted) == {"text_spelling", "evse_id_format"}


def test_quirk_28_prices_as_text() -> None:
    accepted = prices(element(energy("0.4583", vat="20.0000"), min_kwh="0.5"))
    (kept,) = accepted.document["elements"]
    assert kept == element(energy(0.4583, vat=20.0), min_kwh=0.5)
    assert codes(accepted) == {"number_spelling"}


def test_quirk_29_a_voltage_as_text() -> None:
    accepted = plug(max_voltage="230")
    assert first_connector(accepted)["max_voltage"] == 230
    assert codes(accepted) == {"number_spelling"}


def test_quirk_30_null_where_something_is_required() -> None:
    fields = orjson.dumps(without(location(party_id=None, time_zone=None)))
    accepted = accept("location", fields, owner=PartyId("NL", "ABC"))
    assert accepted.document["time_zone"] == "Europe/Amsterdam"
    assert codes(accepted) == {"time_zone_assumed"}
    assert codes(plug(format=None)) == {"required_missing"}
    lost = site(evses=[evse(uid=None), evse(uid="2")])
    assert original(lost, "evse_not_identified")["evse_id"] == evse()["evse_id"]
    assert [one["uid"] for one in lost.document["evses"]] == ["2"]


def test_quirk_31_a_price_of_null() -> None:
    accepted = prices(element(energy(None), component("FLAT", 1, vat=21)))
    assert accepted.document["elements"] == [element(component("FLAT", 1, vat=21))]
    assert original(accepted, "component_without_price") == energy(None)


def test_quirk_32_restrictions_of_null() -> None:
    absent = {"price_components": [energy(0.3, vat=21)], "restrictions": None}
    empty = element(energy(0.3, vat=21), min_kwh=None, day_of_week=[])
    accepted = prices(absent, empty)
    assert accepted.document["elements"][0] == element(energy(0.3, vat=21))
    assert accepted.document["elements"][1]["restrictions"] == {}
    assert codes(accepted) == {"element_unreachable"}


def test_quirk_33_empty_texts() -> None:
    accepted = site(postal_code="", address="", evses=[evse(uid=""), evse(uid="2")])
    assert "postal_code" not in accepted.document
    assert codes(accepted) == {"text_empty", "required_missing", "evse_not_identified"}


def test_quirk_34_spaces_around_values() -> None:
    accepted = site(name="\tHarbour ", evses=[evse(status="CHARGING ")])
    assert accepted.document["name"] == "Harbour"
    assert accepted.document["evses"][0]["status"] == "CHARGING"
    assert codes(accepted) == {"text_untrimmed", "choice_spelling"}


def test_quirk_35_lower_case_values() -> None:
    accepted = plug(format="socket", power_type="ac_3_phase")
    assert (first_connector(accepted)["format"], first_connector(accepted)["power_type"]) == (
        "SOCKET",
        "AC_3_PHASE",
    )
    assert site(evses=[evse(status="preparing")]).document["evses"][0]["status"] == "BLOCKED"


def test_quirk_36_lower_case_owners() -> None:
    accepted = site(country_code="nl", party_id="abc")
    assert codes(accepted) == set()
    assert accepted.document["country_code"] == "nl"
    card = accept("token", orjson.dumps(builders.token() | {"country_code": "nl"}))
    assert codes(card) == set()


def test_quirk_37_camel_case() -> None:
    part = without(connector(), "power_type", "last_updated")
    sent = part | {"powerType": "DC", "lastUpdated": "2026-01-31T12:00:00Z"}
    accepted = site(evses=[evse(connectors=[sent])])
    assert first_connector(accepted) == connector(power_type="DC")
    assert codes(accepted) == {"field_other_name"}


def test_quirk_38_unknown_fields_stay() -> None:
    accepted = site(subOperator={"a": None}, facility=["x"], evses=[evse(cp_id=5)])
    assert accepted.warnings == []
    assert accepted.document["subOperator"] == {"a": None}
    assert accepted.document["evses"][0]["cp_id"] == 5


@pytest.mark.parametrize(
    ("sent", "kept", "code"),
    [
        ("IEC_60309_2_THREE_16", "IEC_60309_2_three_16", "choice_spelling"),
        ("CCS2", "IEC_62196_T2_COMBO", "choice_spelling"),
        ("GB/T (DC)", "GBT_DC", "choice_spelling"),
        ("WARP", "WARP", "choice_unlisted"),
        (None, None, "required_missing"),
        ("", None, "text_empty"),
    ],
)
def test_quirk_39_other_names_of_values(sent: Any, kept: str | None, code: str) -> None:
    accepted = plug(standard=sent)
    assert first_connector(accepted).get("standard") == kept
    assert original(accepted, code) == sent
    assert site(evses=[evse(status="FAULTED")]).document["evses"][0]["status"] == "OUTOFORDER"


@pytest.mark.parametrize(
    ("sent", "code"), [("Nederland", "country_assumed"), ("NL", "country_spelling")]
)
def test_quirk_40_countries_by_name(sent: str, code: str) -> None:
    accepted = site(country=sent)
    assert accepted.document["country"] == "NLD"
    assert original(accepted, code) == sent
    assert site(country=None).document["country"] == "NLD"


def test_quirk_41_long_addresses() -> None:
    assert site(address="x" * 200).warnings == []
    accepted = site(address="x" * 300)
    assert accepted.document["address"] == "x" * 255
    assert original(accepted, "text_too_long") == "x" * 300


def test_quirk_42_restrictions_as_a_list_and_times_with_seconds() -> None:
    window = {"start_time": "08:00:00", "end_time": "19:59:59"}
    accepted = prices({"price_components": [energy(0.3, vat=21)], "restrictions": [window]})
    assert accepted.document["elements"] == [
        element(energy(0.3, vat=21), start_time="08:00", end_time="20:00")
    ]
    assert codes(accepted) == {"restrictions_listed", "text_spelling"}


def test_quirk_43_plain_texts_and_limits_as_numbers() -> None:
    accepted = prices(tariff_alt_text=["By card"], min_price=0, country_code="GB", currency="GBP")
    assert accepted.document["tariff_alt_text"] == [{"language": "en", "text": "By card"}]
    assert accepted.document["min_price"] == {"before_taxes": 0}
    assert {"language_assumed", "price_limit_spelling"} <= codes(accepted)


def test_quirk_44_missing_identity() -> None:
    sent = orjson.dumps(without(location(), "publish", "country_code", "party_id", "id"))
    assert [p.code for p in accept("location", sent).fatal] == ["owner_missing", "id_missing"]
    known = {"country_code": "NL", "party_id": "ABC", "id": "L1"}
    accepted = accept("location", sent, ids=known, dialect=Dialect(ids_from_url=True))
    assert codes(accepted) == {"id_from_address", "publish_assumed"}
    assert {name: accepted.document[name] for name in known} == known
    assert accepted.document["publish"] is False


# --- Semantics ---------------------------------------------------------------------------------------


def test_quirk_45_power_in_kilowatts() -> None:
    accepted = plug(max_voltage=400, max_amperage=32, max_electric_power=22)
    assert first_connector(accepted)["max_electric_power"] == 22_000
    assert original(accepted, "power_in_kilowatts") == 22


def test_quirk_46_power_a_thousandfold_and_of_direct_current() -> None:
    accepted = plug(max_electric_power=7_360_000)
    assert first_connector(accepted)["max_electric_power"] == 7_360
    assert original(accepted, "power_in_milliwatts") == 7_360_000
    absurd = plug(max_electric_power=10**13)
    assert first_connector(absurd)["max_electric_power"] == 10**13
    assert codes(absurd) == {"power_above_voltage_times_current"}
    fast = plug(max_voltage=400, max_amperage=500, max_electric_power=350_000)
    assert first_connector(fast)["max_electric_power"] == 350_000
    assert codes(fast) == {"power_unusual_for_ac"}


def test_quirk_47_no_current_no_voltage() -> None:
    accepted = plug(max_amperage=0, max_voltage=0, max_electric_power=0)
    assert codes(accepted) == {"amperage_implausible", "voltage_implausible", "power_implausible"}
    assert first_connector(accepted)["max_amperage"] == 0


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        ("0.00000", "0.00000", "coordinates_zero"),
        ("4.477733", "51.924420", "coordinates_swapped"),
        ("51.924420", "-4.477733", "coordinates_sign"),
        ("51.924420", "51.924420", "coordinates_alike"),
        ("40.71280", "-74.00600", "coordinates_elsewhere"),
        ("90.00000", "135.00000", "coordinates_elsewhere"),
    ],
)
def test_quirk_48_coordinates_that_cannot_be_meant(
    latitude: str, longitude: str, code: str
) -> None:
    sent = {"latitude": latitude, "longitude": longitude}
    accepted = site(coordinates=sent)
    assert codes(accepted) == {code}
    assert accepted.document["coordinates"] == original(accepted, code) == sent


@pytest.mark.parametrize("evse_id", ["143", "0a3f", "NL.ABC.E1", "NL*ABC*1"])
def test_quirk_51_evse_ids_of_other_forms(evse_id: str) -> None:
    accepted = site(evses=[evse(evse_id=evse_id)])
    assert codes(accepted) == {"evse_id_format"}
    assert accepted.document["evses"][0]["evse_id"] == evse_id


def test_quirk_52_hosted_evses() -> None:
    others = [evse(evse_id="NL*XYZ*E1"), evse(uid="2", evse_id="NL*XYZ*E2")]
    accepted = site(evses=others)
    assert [p.code for p in accepted.warnings] == ["evse_id_other_party"]
    assert accepted.document["evses"] == others
    same_operator_abroad = site(evses=[evse(evse_id="BE*ABC*E1"), evse(uid="2", evse_id="deABCe2")])
    assert codes(same_operator_abroad) == set()


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("TEST", True),
        ("Depot (test)", True),
        ("Тестовая локация", True),
        ("Парковка, демонтирована", True),
        ("Parkhaus außer Betrieb", True),
        ("Contest Street", False),
        ("Teststraße 5", False),
        ("Café Demeter", False),
    ],
)
def test_quirk_53_test_sites_and_sites_taken_down(name: str, marked: bool) -> None:
    accepted = site(name=name)
    assert codes(accepted) == ({"name_marks_test"} if marked else set())
    assert accepted.document["name"] == name


def test_quirk_54_locations_without_evses_and_evses_without_connectors() -> None:
    assert codes(site(evses=[])) == {"location_without_evses"}
    accepted = site(evses=[evse(connectors=[])])
    assert codes(accepted) == {"evse_without_connectors"}
    assert len(accepted.document["evses"]) == 1


def test_quirk_58_the_same_tariff_again() -> None:
    assert prices() == prices()


def test_quirk_59_no_vat_in_a_country_with_vat() -> None:
    assert codes(prices(element(energy(0.3)))) == {"vat_unknown"}
    assert codes(prices(element(energy(0.3, vat=0)))) == set()
    assert "vat_unknown" not in codes(prices(element(energy(0))))
    assert codes(prices(element(energy(0.3)), tax_included="N/A")) == set()
    assert codes(prices(element(energy(0.3)), country_code="US", currency="USD")) == set()


def test_quirk_60_vat_as_a_fraction() -> None:
    told = prices(element(energy(0.3, vat=0.21)))
    assert original(told, "vat_implausible") == 0.21
    assert told.document["elements"] == [element(energy(0.3, vat=0.21))]
    sent = orjson.dumps(tariff(element(energy(0.3, vat=0.21))))
    corrected = accept("tariff", sent, version="2.3.0", dialect=Dialect(vat_as_fraction=True))
    assert corrected.document["elements"] == [element(energy(0.3, vat=21.0))]
    assert original(corrected, "vat_fraction") == 0.21


def test_quirk_61_components_that_fill_a_form() -> None:
    filler = component("FLAT", 0, vat=21)
    sent = element(energy(0.3, vat=21), filler)
    accepted = prices(sent)
    assert accepted.document["elements"] == [sent]
    assert original(accepted, "component_without_effect") == filler


def test_quirk_62_free_or_unpriced() -> None:
    assert codes(prices(element(component("FLAT", 0, vat=21)))) == {"prices_all_zero"}


def test_quirk_64_the_last_minute_of_the_day() -> None:
    accepted = prices(element(energy(0.3, vat=21), start_time="00:00", end_time="23:59"))
    assert "last_minute_uncovered" in codes(accepted)
    assert accepted.document["elements"][0]["restrictions"]["end_time"] == "23:59"


def test_quirk_65_restrictions_that_restrict_nothing() -> None:
    days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    accepted = prices(element(energy(0.3, vat=21), min_kwh=0, day_of_week=days))
    assert codes(accepted) == {"restriction_without_effect"}


def test_quirk_66_an_overstay_fee_before_the_price() -> None:
    overstay = element(component("TIME", 6, vat=21), min_duration=7200)
    base = element(energy(0.3, vat=21), component("FLAT", 1, vat=21))
    accepted = prices(overstay, base)
    assert accepted.document["elements"] == [overstay, base]
    assert codes(accepted) == set()


def test_quirk_67_prices_that_contradict_or_cannot_be() -> None:
    sent = element(energy(0.3, vat=21), energy(7.5, vat=21), component("TIME", 360, vat=21))
    accepted = prices(sent)
    assert codes(accepted) == {"dimension_twice", "price_implausible"}
    assert accepted.document["elements"] == [sent]


def test_quirk_68_foreign_currencies() -> None:
    accepted = prices(element(energy(0.3, vat=20)), country_code="GB", currency="EUR")
    assert codes(accepted) == {"currency_foreign"}
    assert accepted.document["currency"] == "EUR"


def test_quirk_69_a_step_size_of_zero() -> None:
    accepted = prices(element(energy(0.3, vat=21) | {"step_size": 0}))
    assert codes(accepted) == {"step_size_zero"}
    validate_tariff("2.3.0", accepted.document)


def test_quirk_75_contract_ids_of_other_forms() -> None:
    for contract, code in (
        ("NL-EFF-C1154RKPF-C", "contract_id_check_character"),
        ("Jan Jansen", "contract_id_format"),
    ):
        accepted = accept("token", orjson.dumps(builders.token(contract_id=contract)))
        assert codes(accepted) == {code}
        assert accepted.document["contract_id"] == contract
    right = accept("token", orjson.dumps(builders.token(contract_id="NL-EFF-C1154RKPF-W")))
    assert codes(right) == set()


def test_quirk_76_sites_of_another_country() -> None:
    lyon = {"latitude": "45.764000", "longitude": "4.835700"}
    assert codes(site(country="NLD", coordinates=lyon)) == {"coordinates_elsewhere"}


def test_everything_at_once_is_strictly_valid_in_the_end() -> None:
    accepted = site(
        id=7,
        country="nl",
        name=" Harbour ",
        coordinates={"latitude": 51.9, "longitude": "4.47773300000"},
        last_updated="2026/01/31 12:00",
        evses=[
            evse(status="available", connectors=[connector(max_voltage="230", format="socket")])
        ],
    )
    validate_location("2.3.0", accepted.document)
