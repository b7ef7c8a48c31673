"""Tokens as files: tables in, tables and JSON out."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from exchange import exports, imports
from exchange.choices import JobState
from exchange.imports import ImportFailed
from exchange.models import Job
from exchange.registry import Counts
from ocpi.ids import PartyId
from parties.models import Party
from tests import builders
from tests.tokens.support import held, hold
from tokens.models import Token

pytestmark = pytest.mark.django_db
MSP = PartyId("NL", "MSP")
HEADER = "uid,type,contract_id,visual_number,issuer,group_id,valid,whitelist,language"
TABLE = f"""{HEADER}
CARD1,RFID,NL-MSP-C00000001-7,NL-0001,"MSP, Mobility",G1,yes,ALLOWED,nl
APP1,app_user,NL-MSP-C00000001-7,,MSP,,,,
CARD1,OTHER,NL-MSP-C00000002-9,,MSP,,0,never,
"""


@pytest.fixture
def msp(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP", ours=True)


def imported(text: str | bytes, owner: PartyId | None = MSP) -> Counts:
    content = text.encode() if isinstance(text, str) else text
    return imports.import_file("tokens", io.BytesIO(content), owner=owner, label="cards.csv")


def wrong(text: str | bytes) -> list[str]:
    """What is wrong, line by line; nothing may have been taken in."""
    with pytest.raises(ImportFailed) as caught:
        imported(text)
    assert not Token.objects.exists()
    assert "Nothing was taken in." in str(caught.value)
    return [str(one) for one in caught.value.wrong]


def test_a_table_comes_in_and_the_same_again_changes_nothing(msp: Party) -> None:
    """K-003: one uid with two types are two lines."""
    assert imported(TABLE).as_dict() == Counts(created=3).as_dict()

    card, app, other = (
        held(msp, "CARD1"),
        held(msp, "APP1", "APP_USER"),
        held(msp, "CARD1", "OTHER"),
    )
    assert (card.issuer, card.group_id, card.valid, card.whitelist) == (
        "MSP, Mobility",
        "G1",
        True,
        "ALLOWED",
    )
    assert card.document["language"] == "nl"
    assert (app.type, app.valid, app.whitelist) == ("APP_USER", True, "NEVER")
    assert "visual_number" not in app.document
    assert (other.valid, other.whitelist) == (False, "NEVER")

    assert imported(TABLE).as_dict() == Counts(unchanged=3).as_dict()
    assert imported(gzip.compress(TABLE.encode())).as_dict() == Counts(unchanged=3).as_dict()


def test_what_a_table_does_not_say_stays_as_it_is(msp: Party) -> None:
    energy = {"supplier_name": "Sun"}
    hold(builders.token("A", energy_contract=energy, group_id="G", language="de", valid=False))

    counts = imported("uid;contract_id;issuer;group_id;valid\nA;C1;New;;\n")

    assert counts.updated == 1
    token = held(msp, "A")
    assert token.document["energy_contract"] == energy
    assert (token.issuer, token.group_id, token.valid) == ("New", "", False)
    assert token.document["language"] == "de"
    assert token.whitelist == "ALLOWED"


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace(",", ";").replace("MSP; Mobility", "MSP Mobility"),
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("contract_id", "Contract ID"),
        TABLE + "\n,,,,,,,,\n",
    ],
    ids=["semicolons", "byte order mark", "windows", "names of columns", "empty lines"],
)
def test_tables_as_programs_save_them(text: str, msp: Party) -> None:
    assert imported(text).created == 3


def test_every_mistake_names_line_column_and_reason_and_nothing_comes_in(msp: Party) -> None:
    lines = [
        HEADER,
        "CARD1,RFID,C1,,MSP,,,,",
        "CARD2,KEYFOB,C1,,MSP,,maybe,SOMETIMES,dutch",
        ",RFID,,,MSP,,,,",
        "CARD3,RFID,C1",
        "card1,rfid,C1,,MSP,,,,",
        f"{'9' * 40},RFID,Ü,,MSP,,,,",
    ]
    assert wrong("\n".join(lines)) == [
        "Line 3, type: 'KEYFOB': is none of RFID, APP_USER, AD_HOC_USER, EMAID, OTHER",
        "Line 3, whitelist: 'SOMETIMES': is none of ALWAYS, ALLOWED, ALLOWED_OFFLINE, NEVER",
        "Line 3, valid: 'maybe': is neither true nor false",
        "Line 3, language: 'dutch': String should have at most 2 characters",
        "Line 4, contract_id: it must not be empty",
        "Line 4, uid: it must not be empty",
        "Line 5: it has 3 cells, and the first line names 9 columns",
        "Line 6: it is about the same object as line 2",
        f"Line 7, uid: '{'9' * 40}': String should have at most 36 characters",
        "Line 7, contract_id: 'Ü': Only printable ASCII characters are allowed",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (b"uid,issuer,colour\n", "Line 1, colour: there is no such column, only uid, type"),
        (b"uid,issuer,colour\n", "Line 1, contract_id: the column is missing"),
        (b"uid,contract_id,issuer,uid\n", "Line 1, uid: the column is there twice"),
        (b"uid,contract_id,issuer\nA,C,\xfcber\n", "Line 2: it is not UTF-8 text"),
        (b'uid,contract_id,issuer\nA,C,"MSP\n', "Line 2: it cannot be read"),
        (b"uid,contract_id,issuer\nA,C," + b"x" * 3_000_000, "Line 2: it is longer than any"),
    ],
)
def test_what_is_no_table_of_tokens_is_refused(text: bytes, mistake: str, msp: Party) -> None:
    assert any(one.startswith(mistake) for one in wrong(text))


def test_a_table_needs_a_party(msp: Party) -> None:
    with pytest.raises(ValueError, match="name the party"):
        imported(TABLE, owner=None)


def test_the_command_and_the_job_tell_what_is_wrong(
    msp: Party, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cards.csv"
    file.write_text(HEADER + "".join(f"\nC{n},RFID,,,MSP,,,," for n in range(5)))
    with pytest.raises(CommandError, match=r"Line 2, contract_id: .* And 2 more\."):
        call_command("import_ocpi", "tokens", str(file), party=MSP)

    assert "Line 6, contract_id: it must not be empty" in capsys.readouterr().err
    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert job.parameters["wrong"][4] == {
        "line": 6,
        "column": "contract_id",
        "reason": "it must not be empty",
    }


def exported(**options: Any) -> bytes:
    out = io.BytesIO()
    exports.export("tokens", out.write, **options)
    return out.getvalue()


def test_a_table_that_goes_out_comes_in_again(msp: Party) -> None:
    imported(TABLE)
    hold(builders.token("ELSE", owner="NL*TWO"))

    table = exported(form="csv", owner=MSP)
    assert len(table.splitlines()) == 4
    assert imported(table).as_dict() == Counts(unchanged=3).as_dict()
    assert len(exported(form="csv").splitlines()) == 5


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_json_that_goes_out_comes_in_again(version: str, msp: Party) -> None:
    hold(builders.token("A", group_id="G"), builders.token("B", type="APP_USER", whitelist="NEVER"))
    listed = exported(version=version, owner=MSP)

    assert [document["uid"] for document in json.loads(listed)] == ["B", "A"]
    Token.objects.all().delete()
    counts = imports.import_file(
        "tokens", io.BytesIO(listed), version=version, owner=MSP, label="tokens.json"
    )
    assert counts.created == 2
    assert held(msp, "A").group_id == ("" if version == "2.1.1" else "G")


def test_the_command_writes_a_file_whole_or_not_at_all(
    msp: Party, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(builders.token("A", type="EMAID", whitelist="NEVER"))
    file = tmp_path / "tokens.json.gz"
    call_command("export_ocpi", "tokens", ocpi_version="2.2.1", out=str(file))

    (document,) = json.loads(gzip.decompress(file.read_bytes()))
    assert (document["uid"], document["type"]) == ("A", "OTHER")
    assert "1 times lost: type: OCPI 2.2.1 has no such type of token" in capsys.readouterr().err
    with pytest.raises(CommandError, match=r"NL\*XXX is not here as EMSP"):
        call_command("export_ocpi", "tokens", party=PartyId("NL", "XXX"), out=str(tmp_path / "no"))
    with pytest.raises(CommandError, match=r"cannot be exported, only .*tokens"):
        call_command("export_ocpi", "chess", out=str(tmp_path / "no"))
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json.gz"]


def test_locations_and_tariffs_are_exported_too(db: None) -> None:
    for module, document in (("locations", builders.location()), ("tariffs", builders.tariff())):
        imports.import_file(
            module, io.BytesIO(json.dumps([document]).encode()), version="2.3.0", label="file"
        )
        out = io.BytesIO()
        done = exports.export(module, out.write, version="2.3.0")
        assert (done.written, json.loads(out.getvalue())) == (1, [document])
    hidden = builders.location("PRIVATE", publish=False)
    imports.import_file(
        "locations", io.BytesIO(json.dumps([hidden]).encode()), version="2.3.0", label="file"
    )
    done = exports.export("locations", io.BytesIO().write, version="2.1.1")
    assert (done.written, done.refused) == (1, 1)
    assert done.examples[0].startswith("NL*ABC/PRIVATE: ")
