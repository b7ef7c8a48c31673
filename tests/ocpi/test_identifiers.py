"""IDs of parties, places and contracts: read in every spelling, written in one, and refused with a reason."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.countries import ALPHA_3
from ocpi.identifiers import (
    ContractId,
    DinEvseId,
    Form,
    Kind,
    NotACountry,
    NotAnId,
    PlaceId,
    WrongCheckCharacter,
    country_meant,
    for_operator,
    for_provider,
    make_contract_id,
    make_evse_id,
    parse_party_id,
    read_party_id,
    recognise,
)
from ocpi.identifiers.check_characters import (
    CHARACTERS,
    din_check_character,
    iso_check_character,
)
from ocpi.ids import PartyId

COUNTRIES = st.sampled_from(sorted(set(ALPHA_3) - {"XK"}))
CODES = st.text(CHARACTERS, min_size=3, max_size=3)


def instances(length: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=length, max_size=length)


BODIES = st.builds(lambda *parts: "".join(parts), COUNTRIES, CODES, instances(9))
LOCALS = st.text(CHARACTERS, min_size=1, max_size=10).flatmap(
    lambda first: st.lists(st.text(CHARACTERS, min_size=1, max_size=6), max_size=3).map(
        lambda more: "*".join([first, *more])[:31].rstrip("*")
    )
)


@pytest.mark.parametrize(
    ("body", "right"),
    [("NN123ABCDEFGHI", "T"), ("ITA1B2C3E4F5G6", "4"), ("PT73902837ABCZ", "Z")],
)
def test_the_check_character_of_iso_15118(body: str, right: str) -> None:
    """Published vectors, on which implementations in six languages agree."""
    assert iso_check_character(body) == right


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("NLTNM000122045", Form.ISO, "NL-TNM-000122045-U"),
        ("NL-TNM-000122045-U", Form.ISO, "NL-TNM-000122045-U"),
        ("nltnmc00122045", Form.EMI3, "NL-TNM-C00122045-K"),
        ("DE-8AA-CA2B3C4D5-L", Form.EMI3, "DE-8AA-CA2B3C4D5-L"),
        ("GB-ABC-C12345678-2", None, "GB-ABC-C12345678-2"),
        ("NL-TNM-012204-5", None, "NL-TNM-012204-5"),
        ("NLTNM122045", None, "NL-TNM-122045-0"),
        ("NL*TNM*722345*8", Form.DIN, "NL-TNM-722345-8"),
    ],
)
def test_contract_ids(text: str, form: Form | None, written: str) -> None:
    assert str(ContractId.parse(text, form)) == written


@pytest.mark.parametrize(
    ("text", "canonical", "is_right"),
    [
        ("NL-TNM-000122045-U", "NL-TNM-000122045-U", True),
        ("nltnm000122045", "NL-TNM-000122045-U", True),
        ("NL-TNM-000122045-X", "NL-TNM-000122045-U", False),
        ("DE-8AA-CA2B3C4D5-L", "DE-8AA-CA2B3C4D5-L", True),
        ("DE8AA0012345678", "DE-8AA-001234567-0", False),
        ("NN123ABCDEFGHIT", "NN-123-ABCDEFGHI-T", True),
        ("IT-A1B-2C3E4F5G6-4", "IT-A1B-2C3E4F5G6-4", True),
        ("PT73902837ABCZZ", "PT-739-02837ABCZ-Z", True),
        ("DE83DUIEN83ZGQM", "DE-83D-UIEN83ZGQ-M", True),
        ("NL-TNM-012204-5", "NL-TNM-012204-5", True),
        ("NL*TNM*722345*8", "NL-TNM-722345-8", True),
        ("NLTNM122045", "NL-TNM-122045-0", True),
        ("NL-TNM-122045-1", "NL-TNM-122045-0", False),
    ],
)
def test_check_characters_of_contract_ids(text: str, canonical: str, is_right: bool) -> None:
    found = ContractId.find(text)
    assert found is not None
    assert (str(found), found.is_right) == (canonical, is_right)


@pytest.mark.parametrize(
    "text", ["", "free text", "X-aargh-131331234", "NLTNM", "\u041dL-TNM-000122045-U"]
)
def test_what_is_no_contract_id(text: str) -> None:
    assert ContractId.find(text) is None


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (ContractId.parse, "NL-TNM-000122045-X", "must be U"),
        (ContractId.parse, "NL-TNM-122045-1", "must be 0"),
        (ContractId.parse, "DE8AA0012345678", "must be 0"),
        (ContractId.parse, "X-aargh-131331234", "at character 2: the country needs two letters"),
        (ContractId.parse, "GB-ABC-C1234", "needs 9 letters or digits, and there are 5"),
        (PlaceId.parse, "NL*TNM*840*6487", "at character 8: an E (EVSE), P (pool) or S"),
        (PlaceId.parse, "GB*ABC*P", "something must follow the type letter"),
        (PlaceId.parse, f"GB*ABC*E{'1' * 32}", "at most 31 characters"),
        (PlaceId.parse, "12", "the country needs two letters, and '1' is none"),
        (PlaceId.parse, "UK*ABC*E1", "the United Kingdom is GB"),
        (DinEvseId.parse, "+49*AB7*840*6487", "the operator needs 3 to 6 digits"),
        (DinEvseId.parse, "+4A*810*000*438", "the telephone code"),
        (parse_party_id, "NLTNMA", "nothing may follow here, and there is 'A'"),
        (parse_party_id, "SE*ALEG", "nothing may follow here, and there is 'G'"),
        (parse_party_id, "NL%(@$", "at character 3"),
        (parse_party_id, "НЛ-TNM", "the country needs two letters"),
        (parse_party_id, "UK-ABC", "the United Kingdom is GB"),
        (parse_party_id, "XK-ABC", "Kosovo"),
    ],
)
def test_what_is_wrong_and_where(parse: Callable[[str], Any], text: str, message: str) -> None:
    with pytest.raises(NotAnId) as raised:
        parse(text)
    assert message in str(raised.value)


def test_an_id_of_another_kind_says_what_stands_there() -> None:
    with pytest.raises(NotAnId, match="a pool has a P here"):
        PlaceId.parse("NL*ABC*E1", Kind.POOL)
    with pytest.raises(NotAnId, match="has a C here, for contract"):
        ContractId.parse("NL-TNM-000122045-U", Form.EMI3)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("DEAB7E8406487", "DE*AB7*E8406487"),
        ("NLLMSE1234780131*1", "NL*LMS*E1234780131*1"),
        ("de*tnm*etwl*ring*ls12001*0", "DE*TNM*ETWL*RING*LS12001*0"),
        ("GB*ABC*P12345", "GB*ABC*P12345"),
        ("GB*ABC*S0001", "GB*ABC*S0001"),
    ],
)
def test_ids_of_places(text: str, written: str) -> None:
    assert str(PlaceId.parse(text)) == written


def test_din_evse_ids() -> None:
    assert str(DinEvseId.parse("49*810*000*438")) == "+49*810*000*438"
    assert str(DinEvseId.parse("+49*810548*1234567890")) == "+49*810548*1234567890"


@pytest.mark.parametrize("text", ["GB*505", "GB-505", "gb505", "GB 505", "GB * 505", "GB-505-"])
def test_parties_as_registers_spell_them(text: str) -> None:
    assert parse_party_id(text) == ("GB", "505")


def test_parties_are_written_by_role() -> None:
    assert for_operator(PartyId("GB", "007")) == "GB*007"
    assert for_provider(PartyId("GB", "007")) == "GB-007"


def test_what_partners_send_wrongly_is_still_read() -> None:
    found = ContractId.read("NL-EFF-C1154RKPF-C")
    assert (found.is_right, found.check, str(found)) == (False, "W", "NL-EFF-C1154RKPF-W")
    assert read_party_id("UK*ABC") == ("UK", "ABC")
    assert (country_meant("UK"), country_meant("EL"), country_meant("NL")) == ("GB", "GR", "NL")
    assert str(PlaceId.loosely("NL.PGO.E00009*1")) == "NL*PGO*E00009*1"


def test_the_kinds_of_being_wrong() -> None:
    with pytest.raises(WrongCheckCharacter) as wrong:
        ContractId.parse("NL-TNM-122045-1")
    assert (wrong.value.given, wrong.value.right, wrong.value.position) == ("1", "0", 14)
    with pytest.raises(NotACountry):
        PlaceId.parse("UK*ABC*E1")


def test_conversions_of_contract_ids() -> None:
    din = ContractId.parse("NL-TNM-012204-5")
    assert str(din.to_emi3()) == "NL-TNM-C00122045-K"
    assert str(din.to_legacy_iso()) == "NL-TNM-000122045-U"
    assert str(din.to_emi3().to_iso()) == "NL-TNM-C00122045-K"
    assert str(ContractId.parse("GB-BPP-999999-3").to_emi3()) == "GB-BPP-C09999993-V"
    assert din.key == din.to_emi3().key == "NLTNMC00122045"
    with pytest.raises(ValueError, match="no DIN form"):
        ContractId.parse("GB-ABC-C12345678-2").to_din()
    with pytest.raises(ValueError, match="no eMI3 form"):
        ContractId.parse("NL-TNM-000122045-U").to_emi3()


def test_making_ids() -> None:
    party = PartyId("GB", "ABC")
    assert str(make_contract_id(party, "12345678")) == "GB-ABC-C12345678-2"
    assert str(make_evse_id(party, "12*1")) == "GB*ABC*E12*1"


def test_recognising_what_staff_paste() -> None:
    assert list(recognise(" gb*abc ")) == [PartyId("GB", "ABC")]
    assert [str(one) for one in recognise("NL.ABC.E12.1")] == ["NL*ABC*E12*1"]
    assert {type(one) for one in recognise("NLTNME00122045")} == {PlaceId, ContractId}
    assert list(recognise("hello world")) == []


@given(BODIES)
def test_what_is_written_is_read_again(body: str) -> None:
    contract = ContractId.parse(body)
    for text in (str(contract), contract.compact, str(contract).lower(), body):
        assert ContractId.parse(text).body == body
    assert ContractId.parse(contract.without_check_character()).body == body


@given(COUNTRIES, CODES, st.sampled_from(Kind), LOCALS)
def test_places_are_read_as_they_are_written(
    country: str, code: str, kind: Kind, local: str
) -> None:
    place = PlaceId(country, code, kind, local)
    assert PlaceId.parse(str(place)) == place
    assert PlaceId.parse(str(place).lower()) == place
    assert PlaceId.parse(place.compact).key == place.key


@given(BODIES, st.integers(0, 13), st.sampled_from(CHARACTERS))
def test_every_single_wrong_character_is_found(body: str, place: int, other: str) -> None:
    changed = body[:place] + other + body[place + 1 :]
    assert (iso_check_character(changed) == iso_check_character(body)) == (changed == body)


@given(BODIES, st.integers(0, 12))
def test_every_two_neighbours_that_changed_places_are_found(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert (iso_check_character(swapped) == iso_check_character(body)) == (swapped == body)


@given(st.builds(lambda *parts: "".join(parts), COUNTRIES, CODES, instances(6)))
def test_din_contracts_come_back_from_emi3(body: str) -> None:
    din = ContractId.parse(body, Form.DIN)
    assert din.check == din_check_character(body)
    assert ContractId.parse(str(din.to_emi3())).to_din() == din._replace(given=din.check)


@given(st.text(string.printable, max_size=30))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    positions = []
    for parse in (ContractId.parse, PlaceId.parse, DinEvseId.parse, parse_party_id):
        try:
            parse(text)
        except NotAnId as error:
            positions.append(error.position)
    assert all(0 <= position <= len(text) for position in positions)
    list(recognise(text))
