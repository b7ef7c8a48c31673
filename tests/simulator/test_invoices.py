"""Invoices of a simulated CPO: which of its CDRs they charge."""

import pytest

from tests.simulator.charges import Pair, card, connected, no_violations
from tests.simulator.support import Json, Start

MODULE = "invoicereconciliation"


@pytest.fixture
def pair(start: Start) -> Pair:
    return connected(start, "2.3.0")


def charge(pair: Pair, count: int = 1) -> list[str]:
    """Whole charges with their CDRs; the ids of these."""
    made = []
    for _ in range(count):
        token = card(pair, whitelist="ALWAYS", valid=True)
        made.append(pair.cpo.post("charges/swipe", uid=token["uid"])["charge"]["id"])
        pair.pass_time(150)
    return [f"CDR-{name}" for name in made]


def held(pair: Pair) -> list[Json]:
    return pair.emsp.lines("received", MODULE)


def test_an_invoice_is_told_and_taken_back(pair: Pair) -> None:
    """The records go as POST and DELETE, and nobody finds anything wrong with them."""
    cdrs = charge(pair, 2)
    told = pair.cpo.post("invoices/issue", invoice_id="INV-1")

    assert (told["http_status"], told["status_code"]) == (201, 1000)
    (record,) = held(pair)
    assert (record["invoice_id"], sorted(record["cdrs"])) == ("INV-1", sorted(cdrs))
    assert pair.cpo.control("POST", "invoices/issue").status_code == 404
    assert pair.cpo.post("invoices/withdraw", id=record["id"])["status_code"] == 1000
    assert held(pair) == []
    no_violations(pair.cpo, pair.emsp)


def test_what_was_missed_is_pulled(pair: Pair) -> None:
    charge(pair)
    pair.cpo.post("invoices/issue")
    (record,) = held(pair)
    pair.emsp.simulator.received[MODULE].clear()
    pair.emsp.post("pull")
    pair.emsp.wait_for_pull()

    assert held(pair) == [record]
    no_violations(pair.cpo, pair.emsp)


def test_invoices_come_by_themselves_and_some_are_wrong(pair: Pair) -> None:
    """At the pace of the demo: one lists a CDR that was never sent, and another one twice."""
    pair.cpo.post("charging", charges_per_minute=6, charge_seconds=10, mishaps=0.5)
    pair.pass_time(900)
    pair.cpo.post("charging", charges_per_minute=0)

    records = held(pair)
    assert records
    odd = [record for record in records if any(cdr.endswith("-LOST") for cdr in record["cdrs"])]
    assert 0 < len(odd) < len(records)


def test_before_2_3_there_are_none(start: Start) -> None:
    pair = connected(start, "2.2.1")
    charge(pair)
    refused = pair.cpo.control("POST", "invoices/issue")
    assert refused.status_code == 404
    assert "no RECEIVER endpoint" in refused.text
