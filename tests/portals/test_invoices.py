"""Two portals tell each other their invoices at OCPI 2.3.0: direct billing and reverse billing, there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import builders
from tests.portals.support import Link, Portal, wait_until

pytestmark = pytest.mark.portals
MODULE = "invoicereconciliation"


def charged(link: Link, folder: Path, *identifiers: str) -> None:
    """Charges of B's drivers at A, whose CDRs B has got."""
    documents = [
        builders.cdr(name, link.a_party, cdr_token=builders.cdr_token(link.b_party))
        for name in identifiers
    ]
    file = folder / f"{identifiers[0]}.json"
    file.write_text(json.dumps(documents))
    link.a.do("take_in", file=str(file), module="cdrs", version="2.3.0")
    wait_until(
        lambda: (
            link.b.value("SELECT count(*) FROM cdrs_cdr WHERE cdr_id = ANY(%s)", list(identifiers))
            == len(identifiers)
        ),
        "B has the CDRs",
    )


def listed(portal: Portal, record: str) -> dict[str, Any] | None:
    """What a portal knows of a record: its invoice, whose CDRs, which of them are here, whether it was withdrawn."""
    rows = portal.rows(
        "SELECT r.invoice_id, r.way, p.role, r.deleted_at IS NOT NULL, NOT r.match_due,"
        " json_object_agg(l.listed_id, l.cdr_id IS NOT NULL) FROM settlement_invoicerecord r"
        " JOIN parties_party p ON p.id = r.owner_id"
        " JOIN settlement_invoicerecordcdr l ON l.record_id = r.id WHERE r.record_id = %s"
        " GROUP BY 1, 2, 3, 4, 5",
        record,
    )
    names = ("invoice", "way", "role", "withdrawn", "matched", "cdrs")
    return dict(zip(names, rows[0], strict=True)) if rows else None


def wait_for(portal: Portal, record: str, **values: Any) -> None:
    def is_there() -> bool:
        found = listed(portal, record) or {}
        return all(found.get(name) == value for name, value in values.items())

    wait_until(is_there, lambda: f"{values}: {listed(portal, record)}")


@pytest.mark.parametrize("role", ["CPO", "EMSP"], ids=["direct", "reverse"])
def test_an_invoice_is_told_changed_and_withdrawn(link: Link, tmp_path: Path, role: str) -> None:
    """I-002, I-003, I-008, I-009: the sender's portal makes the requests, the receiver's knows the CDRs."""
    for portal in (link.a, link.b):
        connection = portal.connection(link.name)
        assert connection["version"] == "2.3.0"
        assert MODULE in connection["push_modules"]
    first, second = (f"{link.a_party[3:]}-{number}" for number in (1, 2))
    charged(link, tmp_path, first, second)
    sender, receiver = (link.a, link.b) if role == "CPO" else (link.b, link.a)
    ours, partner = (link.a_party, link.b_party) if role == "CPO" else (link.b_party, link.a_party)

    record = sender.do(
        "issue", ours=ours, partner=partner, role=role, invoice_id="INV-1", cdrs=[first]
    )
    wait_for(
        receiver, record, invoice="INV-1", way="received", role=role, matched=True,
        cdrs={first: True}, withdrawn=False,
    )  # fmt: skip
    sender.do("revise", record=record, cdrs=[first, second])
    wait_for(receiver, record, cdrs={first: True, second: True})
    sender.do("withdraw", record=record)
    wait_for(receiver, record, withdrawn=True)
    wait_until(lambda: not sender.pending(link.name), "everything is told")
    methods = sender.rows(
        "SELECT method, outcome FROM exchange_exchange WHERE module = %s AND direction = 'out'"
        " AND object_reference LIKE %s ORDER BY id",
        MODULE,
        f"%/{record}",
    )
    assert methods == [("POST", "ok"), ("PUT", "ok"), ("DELETE", "ok")]


def test_what_was_missed_is_fetched(link: Link, tmp_path: Path) -> None:
    """I-001: an invoice that was issued while nobody could be told comes with the list."""
    name = f"{link.a_party[3:]}-9"
    charged(link, tmp_path, name)
    # As if B had no receiver: A does not push, and B asks for the list.
    link.a.rows("UPDATE parties_connection SET push_modules = '{}' WHERE name = %s", link.name)
    record = link.a.do(
        "issue",
        ours=link.a_party,
        partner=link.b_party,
        role="CPO",
        invoice_id="INV-9",
        cdrs=[name],
    )
    done = link.b.command("pull", link.name, MODULE)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_for(link.b, record, invoice="INV-9", cdrs={name: True}, matched=True)
