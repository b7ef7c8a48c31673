"""InvoiceReconciliationRecords of OCPI 2.3.0: which lists of CDRs are one."""

from __future__ import annotations

from typing import Any

import pytest

from ocpi import json, lenient
from ocpi.errors import InvalidParameters
from ocpi.versioned import TYPES, validate_document

RECORD: dict[str, Any] = {
    "country_code": "NL",
    "party_id": "ABC",
    "id": "1b4b3a3c-2f0b-4a7c-8a7e-0e8a4f2a9c11",
    "invoice_id": "INV-2026-01",
    "cdrs": ["C1", "C2", "12345678-1234-1234-1234-123456789012-C1"],
    "last_updated": "2026-02-01T10:00:00Z",
}


def test_ids_of_cdrs_are_as_long_as_those_of_cdrs() -> None:
    """I-006, I-012, PF-34: 39 characters, as a Credit CDR has them."""
    assert validate_document("2.3.0", "invoice_record", RECORD) == RECORD
    longest = {**RECORD, "cdrs": ["x" * 39], "invoice_id": "i" * 255}
    assert validate_document("2.3.0", "invoice_record", longest) == longest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cdrs", []),
        ("cdrs", None),
        ("cdrs", [{"id": "C1"}]),
        ("cdrs", ["x" * 40]),
        ("cdrs", [""]),
        ("invoice_id", "i" * 256),
        ("id", "x" * 37),
        ("last_updated", None),
        ("party_id", "ABCD"),
    ],
)
def test_what_is_no_record_names_the_field(field: str, value: Any) -> None:
    """I-005, I-006: no empty list, and no objects in it, as a picture of the specification has them."""
    with pytest.raises(InvalidParameters) as refused:
        validate_document("2.3.0", "invoice_record", {**RECORD, field: value})
    assert {problem.path.partition(".")[0] for problem in refused.value.problems} == {field}


def test_earlier_versions_have_no_such_object() -> None:
    assert [version for version, kinds in TYPES.items() if "invoice_record" in kinds] == ["2.3.0"]


def test_a_listed_record_without_time_is_kept() -> None:
    """Lists are read leniently: what can be identified stays."""
    sent = {name: value for name, value in RECORD.items() if name != "last_updated"}
    found = lenient.accept("invoice_record", json.dumps(sent), version="2.3.0")
    assert not found.fatal
    assert found.document["cdrs"] == RECORD["cdrs"]
    assert "last_updated_assumed" in [warning.code for warning in found.warnings]
