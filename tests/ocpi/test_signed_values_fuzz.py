"""Whatever a partner sends as signed values is read, verified and compared without an error."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ocpi.signed_values import compare, energy, read, remarks, verify
from tests.ocpi.signing import Meter, reading, signed_data

METER = Meter()
PAYLOAD = json.loads(METER.payload(reading("B", 1, "10:00:00"), reading("E", 3, "11:00:00")))
PIECES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["OCMF", "|", "{", "}", '"', "T9" + "9" * 5000, "0001-01-01T00:00:00,000+2359 S"]
    ),
)
ANYTHING = st.recursive(
    PIECES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({*PAYLOAD, *PAYLOAD["RD"][0]})


def look(document: dict[str, Any], known: str = "") -> None:
    found = read(document)
    if found is None:
        return
    assert len(verify(found, known)) == len(found.values)
    energy(found)
    for sentence in (*compare(found, document), *remarks(found)):
        assert sentence.endswith(".")


@given(signed=ANYTHING, known=st.text(max_size=40))
def test_anything_at_all(signed: Any, known: str) -> None:
    look({"signed_data": signed, "total_energy": signed, "cdr_token": signed}, known)


@given(field=st.sampled_from(FIELDS), value=ANYTHING, whole=st.booleans())
def test_any_field_of_a_record_may_be_anything(field: str, value: Any, whole: bool) -> None:
    entry = {**PAYLOAD["RD"][0], field: value}
    payload = json.dumps({**PAYLOAD, **({field: value} if whole else {"RD": [entry, entry]})})
    record = f"OCMF|{payload}|{METER.section(payload)}"
    times = {"start_date_time": "0001-01-01T00:00:00Z", "end_date_time": value}
    look({"signed_data": signed_data(record, key=METER.der), "meter_id": value, **times})


@given(
    text=st.text(max_size=60)
    | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
)
def test_any_text_may_stand_for_key_signature_or_data(text: str) -> None:
    record = METER.charge()
    section = json.dumps({"SA": text, "SE": text, "SD": text})
    for plain, signed, key in (
        (text, text, text),
        (record, text, text),
        (record.rpartition("|")[0] + "|" + section, "", METER.der.hex()),
    ):
        values = [{"nature": text, "plain_data": plain, "signed_data": signed}]
        look({"signed_data": signed_data(key=key, signed_values=values)}, text)
