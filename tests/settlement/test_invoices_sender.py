"""Invoices of ours: who is told about them, how, and what a partner's list of its own brings in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from exchange import copies, deliveries, objects, registry
from exchange.models import Delivery, Quarantined
from exchange.registry import Source
from ocpi import json
from parties.choices import ConnectionKind
from parties.models import Connection, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms
from settlement.reconciliation import services
from settlement.reconciliation.choices import Way
from settlement.reconciliation.models import InvoiceRecord
from tests import builders
from tests.builders import EARLIER, LATER, LATEST
from tests.exchange.conftest import Reply, Seen, System
from tests.settlement.invoices import (
    CPO,
    EMSP,
    RECEIVER,
    SENDER,
    billing_cpo,
    cpo,
    emsp,
    findings,
    held,
    here,
    record,
)

pytestmark = pytest.mark.django_db
MODULE = "invoicereconciliation"
PATH = f"/receiver/{MODULE}"


def taker(system: System, theirs: Party) -> Connection:
    return builders.connection(
        "Taker", speaks_for=(theirs,), url=system.url, pushes=(MODULE,), version="2.3.0"
    )


def delivered(system: System, connection: Connection) -> list[Seen]:
    before = len(system.requests)
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(connection)
    return system.requests[before:]


def issued(*identifiers: str, reverse: bool = False, number: str = "INV-1") -> InvoiceRecord:
    """An invoice of ours, as CPO or (reverse) as eMSP."""
    ours, partner = (emsp(ours=True), cpo()) if reverse else (cpo(ours=True), emsp())
    found = held(*identifiers)
    return services.issue(ours, partner, number, [cdr.pk for cdr in found], actor="Alice")


@pytest.mark.parametrize("reverse", [False, True], ids=["direct", "reverse"])
def test_it_is_posted_then_put_then_deleted(system: System, reverse: bool) -> None:
    """I-002, I-003, I-008, I-009: whoever of ours bills, with the parties in the headers."""
    partner = taker(system, cpo() if reverse else emsp())
    owner = EMSP if reverse else CPO
    invoice = issued("C1", "C2", reverse=reverse)

    (posted,) = delivered(system, partner)
    assert (posted.method, posted.path) == ("POST", PATH)
    document = posted.document
    assert document.pop("last_updated").endswith("Z")
    assert document == {
        "country_code": owner[:2],
        "party_id": owner[3:],
        "id": invoice.record_id,
        "invoice_id": "INV-1",
        "cdrs": ["C1", "C2"],
    }
    to = CPO if reverse else EMSP
    assert posted.headers["ocpi-from-party-id"] == owner[3:]
    assert posted.headers["ocpi-to-party-id"] == to[3:]

    services.revise(invoice, cdrs=[held("C3")[0].pk], actor="Alice")
    (put,) = delivered(system, partner)
    address = f"{PATH}/{owner[:2]}/{owner[3:]}/{invoice.record_id}"
    assert (put.method, put.path) == ("PUT", address)
    assert put.document["cdrs"] == ["C3"]
    assert put.document["last_updated"] > posted.document["last_updated"]

    services.withdraw(invoice, actor="Alice")
    (deleted,) = delivered(system, partner)
    assert (deleted.method, deleted.path, deleted.body) == ("DELETE", address, b"")
    assert not delivered(system, partner)


def test_a_partner_that_has_lost_it_gets_it_as_new(system: System) -> None:
    """HTTP 404 to a PUT means that there is none, not that the address is gone."""
    partner = taker(system, emsp())
    invoice = issued("C1")
    delivered(system, partner)
    services.revise(invoice, invoice_id="INV-2", actor="Alice")
    system.replies(Reply(status=404, code=2000), Reply(status=201))

    assert [seen.method for seen in delivered(system, partner)] == ["PUT", "POST"]
    partner.refresh_from_db()
    assert partner.is_connected
    assert not Delivery.objects.pending().exists()


def test_after_an_answer_that_proves_nothing_it_is_put(system: System) -> None:
    """A second record would be an invoice twice."""
    partner = taker(system, emsp())
    issued("C1")
    system.replies(None, Reply(status=201))

    first = delivered(system, partner)
    Delivery.objects.update(confirm_after=timezone.now() - timedelta(seconds=1))
    second = delivered(system, partner)

    assert [seen.method for seen in first + second] == ["POST", "PUT"]
    assert not Delivery.objects.pending().exists()


def test_a_record_that_was_refused_is_posted_again_when_staff_say_so(system: System) -> None:
    partner = taker(system, emsp())
    invoice = issued("C1")
    system.replies(Reply(code=2001), Reply(status=201))
    delivered(system, partner)

    assert services.resend(invoice, actor="Alice") == 1
    (again,) = delivered(system, partner)
    assert again.method == "POST"


def test_without_a_receiver_there_is_nobody_to_send_it_to_again(system: System) -> None:
    builders.connection("Deaf", speaks_for=(emsp(),), version="2.2.1")
    with pytest.raises(services.NotPossible, match="as a file"):
        services.resend(issued("C1"), actor="Alice")
    assert not Delivery.objects.filter(module=MODULE).exists()


def test_the_copy_is_where_the_address_names_it(system: System) -> None:
    """I-003: compared by GET, though it was posted to the module's address."""
    partner = taker(system, emsp())
    invoice = issued("C1")
    (posted,) = delivered(system, partner)
    system.replies(Reply(data=posted.document))

    module = registry.get(MODULE)
    named = objects.by_id(module, invoice.pk)
    assert named is not None
    found = copies.compare_one(named, partner)
    assert system.requests[-1].path == f"{PATH}/NL/ABC/{invoice.record_id}"
    assert not found.differences


def test_a_list_shows_what_concerns_its_reader_alone() -> None:
    """I-001, I-007, T-066: not the invoices of another partner, nor withdrawn ones."""
    reader = builders.partner("Reader", speaks_for=(emsp(),), version="2.3.0")
    other = builders.partner(
        "Other", speaks_for=(builders.party("FR*OTH", "EMSP"),), version="2.3.0"
    )
    first, second = issued("C1", number="A"), issued("C2", number="B")
    gone = issued("C3", number="C")
    services.withdraw(gone, actor="Alice")

    listed = reader.get(SENDER)
    assert [each["id"] for each in listed.data] == [first.record_id, second.record_id]
    assert listed.headers["X-Total-Count"] == "2"
    page = reader.get(f"{SENDER}?limit=1")
    assert [each["id"] for each in page.data] == [first.record_id]
    assert 'rel="next"' in page.headers["Link"]
    assert other.get(SENDER).data == []
    assert other.get(SENDER).headers["X-Total-Count"] == "0"
    services.revise(first, invoice_id="A2", actor="Alice")
    since = here(first.record_id).last_updated.isoformat().replace("+00:00", "Z")
    assert [each["invoice_id"] for each in reader.get(f"{SENDER}?date_from={since}").data] == ["A2"]


def test_an_agreement_may_share_no_invoices() -> None:
    """What is agreed counts here as everywhere."""
    reader = builders.partner("Reader", speaks_for=(emsp(),), version="2.3.0")
    issued("C1")
    assert len(reader.get(SENDER).data) == 1
    agreements.save(cpo(ours=True), emsp(), Terms(shares={MODULE: Share("nothing")}))
    assert reader.get(SENDER).data == []


def test_a_page_ends_before_it_gets_too_big(monkeypatch: pytest.MonkeyPatch) -> None:
    """T-064: a record may list very many CDRs, so that a page holds fewer of them."""
    from settlement.reconciliation import selectors

    reader = builders.partner("Reader", speaks_for=(emsp(),), version="2.3.0")
    made = [issued(f"C{n}", number=f"INV-{n}") for n in range(3)]
    monkeypatch.setattr(selectors, "PAGE_BYTES", 300)

    seen: list[str] = []
    following = SENDER
    while following:
        page = reader.get(following)
        seen += [each["id"] for each in page.data]
        link = page.headers.get("Link", "")
        following = f"{SENDER}?{link.partition('?')[2].partition('>')[0]}" if link else ""
        assert len(page.data) == 1
    assert seen == [invoice.record_id for invoice in made]


def source(connection: Connection) -> Source:
    from exchange.pulls.reading import source as of

    return replace(of(connection, 0), job_id=None)


def raw(*documents: dict[str, object]) -> list[bytes]:
    return [json.dumps(document) for document in documents]


def test_what_was_missed_comes_by_the_partners_list() -> None:
    """I-001, T-135: what is older than what is here is passed over, what has no parties goes to quarantine."""
    partner = billing_cpo().connection
    held("C1")
    good = record("C1", last_updated=LATER)
    foreign = {**record(id="F"), "party_id": "QQQ"}
    empty = {**record(id="E"), "cdrs": []}

    received = services.receive(raw(good, foreign, empty), source(partner))
    assert (received.counts.created, received.counts.rejected) == (1, 2)
    assert findings(here()) == {"C1": "matched"}
    assert Quarantined.objects.filter(module=MODULE).count() == 2
    again = services.receive(
        raw(record("C1", "C2", last_updated=EARLIER), good), source(partner)
    ).counts
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    newer = services.receive(raw(record("C2", last_updated=LATEST)), source(partner)).counts
    assert newer.updated == 1
    assert findings(here()) == {"C2": "unknown"}


def test_a_list_does_not_bring_back_what_was_withdrawn_after_it_was_asked_for() -> None:
    """I-008."""
    partner = billing_cpo().connection
    asked_at = timezone.now()
    services.put_record(record("C1"), source=partner)
    services.delete_record(here().owner.identity, here().record_id, source=partner)

    late = replace(source(partner), asked_at=asked_at)
    assert services.receive(raw(record("C1")), late).counts.unchanged == 1
    assert here().deleted_at is not None
    services.receive(raw(record("C1")), replace(late, asked_at=timezone.now()))
    assert here().deleted_at is None


def test_what_a_complete_list_no_longer_names_was_withdrawn() -> None:
    """F-006 for records: any older information is no longer valid."""
    partner = billing_cpo().connection
    services.receive(raw(record("C1")), source(partner))

    assert services.retire([here().pk], source(partner)) == 1
    assert here().deleted_at is not None


def test_our_back_office_bills_through_the_portal(system: System) -> None:
    """What our back office posts as ours goes on to the partner, and what a partner posts goes on to it."""
    partner = taker(system, emsp())
    ours = cpo(ours=True)
    office = builders.partner(
        "Office",
        kind=ConnectionKind.BACK_OFFICE,
        speaks_for=(ours,),
        version="2.3.0",
    )
    held("C1")

    answer = office.call("POST", RECEIVER, record("C1"))

    assert answer.http_status == 201
    assert here().way == Way.SENT
    (posted,) = delivered(system, partner)
    assert posted.document == record("C1")
    assert posted.headers["ocpi-to-party-id"] == "XYZ"


def test_only_what_is_ours_and_between_both_can_be_issued() -> None:
    """Refused with a reason that staff can read."""
    ours, partner = cpo(ours=True), emsp()
    (one,) = held("C1")
    (other,) = held("D1", cdr_token=builders.cdr_token("FR*OTH"))
    services.issue(ours, partner, "INV-1", [one.pk], actor="Alice")

    for party, to, number, listed, why in (
        (partner, ours, "INV-2", [one.pk], "not one of ours"),
        (ours, builders.party("FR*CPO"), "INV-2", [one.pk], "between a CPO and an eMSP"),
        (ours, partner, "inv-1", [one.pk], "already"),
        (ours, partner, "", [one.pk], "1 to 255"),
        (ours, partner, "INV-2", [], "one CDR at least"),
        (ours, partner, "INV-2", [other.pk], "D1 is not one of"),
    ):
        with pytest.raises(services.NotPossible, match=why):
            services.issue(party, to, number, listed, actor="Alice")
    assert InvoiceRecord.objects.count() == 1
