"""Public registers are read in the forms in which they are published."""

from __future__ import annotations

from io import BytesIO

import pytest

from registers.formats import FORMATS, Listed, Malformed, NotReadable
from tests.registers import lists


def listed(name: str, content: bytes) -> list[tuple[str, str, str]]:
    rows = FORMATS[name](content)
    return [
        (f"{row.country_code}*{row.party_id}", row.role, row.holder.organisation)
        for row in rows
        if isinstance(row, Listed)
    ]


def test_ev_roam() -> None:
    content = lists.evroam(("Both Ltd", "GB*505", "GB-505"), ("Wrong Ltd", "GB*TOO-LONG", ""))
    assert listed("evroam", content) == [
        ("GB*505", "CPO", "Both Ltd"),
        ("GB*505", "EMSP", "Both Ltd"),
    ]
    (wrong,) = [row for row in FORMATS["evroam"](content) if isinstance(row, Malformed)]
    assert (wrong.source_value, wrong.place) == ("GB*TOO-LONG", "entry 2, operatorId")
    assert "nothing may follow here" in wrong.reason


def test_benelux_has_several_codes_in_a_cell() -> None:
    assert [row[:2] for row in listed("benelux", lists.BENELUX)] == [
        ("BE*505", "CPO"),
        ("NL*505", "CPO"),
        ("LU*505", "CPO"),
        ("BE*505", "EMSP"),
        ("NL*505", "EMSP"),
        ("BE*AVL", "EMSP"),
        ("BE*AVS", "EMSP"),
    ]


def test_eipa_has_a_last_line_that_is_none() -> None:
    assert [row[:2] for row in listed("eipa", lists.EIPA)] == [
        ("PL*7R5", "CPO"),
        ("FR*FLB", "CPO"),
        ("FR*FLB", "EMSP"),
    ]


def test_bdew_is_tidied_up() -> None:
    assert listed("bdew", lists.BDEW) == [
        ("DE*NOM", "CPO", "Nordstrom GmbH"),
        ("DE*EPS", "EMSP", "Epsilon GmbH"),
    ]


def test_afirev_has_a_life_of_codes() -> None:
    rows = [row for row in FORMATS["afirev"](lists.AFIREV) if isinstance(row, Listed)]
    assert [(row.party_id, row.role, row.holder.status) for row in rows] == [
        ("ABC", "CPO", "active"),
        ("ABC", "EMSP", "active"),
        ("026", "CPO", "awaiting_payment"),
    ]
    assert rows[2].holder.organisation == "B Exploitation"


def test_tii_says_under_which_ids_holders_speak_ocpi() -> None:
    rows = [row for row in FORMATS["tii"](lists.TII) if isinstance(row, Listed)]
    assert [(row.party_id, row.role) for row in rows] == [
        ("APG", "CPO"),
        ("EZO", "CPO"),
        ("EZO", "EMSP"),
        ("SPA", "CPO"),
        ("SPA", "EMSP"),
    ]
    assert rows[0].holder.legal_name == "Green Electric IRL Service Areas Ltd"
    assert rows[1].holder.observed == ("IE*EGO",)
    assert rows[3].holder.organisation == "Spark Ireland Limited"


def test_tii_as_a_pdf_of_two_pages_with_names_on_two_lines() -> None:
    rows = [row for row in FORMATS["tii"](lists.tii_pdf()) if isinstance(row, Listed)]
    assert [(row.party_id, row.role, row.holder.organisation) for row in rows] == [
        ("EZO", "CPO", "Zero"),
        ("EZO", "EMSP", "Zero"),
        ("APG", "CPO", "Green Electric"),
        ("SPA", "EMSP", "Spark of Ireland Charging Limited"),
    ]
    assert rows[2].holder.legal_name == "Green Electric IRL Service Areas Ltd"
    assert rows[3].holder.legal_name == "Spark of Ireland"


def test_a_directory_of_many_registers() -> None:
    rows = list(FORMATS["directory"](lists.DIRECTORY))
    assert [row.register for row in rows] == [
        "se-energimyndigheten",
        "se-energimyndigheten",
        "dk-fstyr",
    ]
    assert isinstance(rows[1], Malformed)
    assert rows[1].source_value == "SEALEG"


def test_uk_is_taken_for_gb() -> None:
    """The code is not one of ISO 3166-1, and everybody knows what is meant."""
    assert listed("evroam", lists.evroam(("One", "UK*ABC", ""))) == [("GB*ABC", "CPO", "One")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evroam", b"<html>Not found</html>"),
        ("evroam", b"[]"),
        ("bdew", b'{"cpo": []}'),
        ("benelux", b"a,b\n1,2\n"),
        ("plain", b"country_code,party_id,role\nNL,ABC,CHIEF\n"),
        ("tii", b"hello"),
        ("tii", b"%PDF-1.7 broken"),
    ],
)
def test_another_file_is_refused_with_a_reason(name: str, content: bytes) -> None:
    with pytest.raises(NotReadable, match=r"\w+ \w+"):
        list(FORMATS[name](content))


def test_text_of_windows_is_read_too() -> None:
    content = lists.BENELUX.decode().replace("Fifty BV", "Fünfzig BV").encode("windows-1252")
    assert listed("benelux", content)[0][2] == "Fünfzig BV"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_bytes_do_more_than_be_refused(name: str) -> None:
    for content in (b"", b"\x00\xff", b"{}", b'{"items": [1], "data": [null]}', b";;;\n,,,\n"):
        try:
            rows = list(FORMATS[name](BytesIO(content).read()))
        except NotReadable:
            rows = []
        assert rows == []
