"""Invoices that partners tell us: POST, GET, PUT and DELETE, with direct and with reverse billing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdrs.models import CDR
from parties.models import Connection, Event
from settlement.reconciliation import services
from settlement.reconciliation.choices import RecordState, Way
from settlement.reconciliation.models import InvoiceRecord
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner
from tests.settlement.invoices import (
    CPO,
    EMSP,
    RECEIVER,
    billing_cpo,
    billing_emsp,
    cpo,
    emsp,
    findings,
    held,
    here,
    record,
)

pytestmark = pytest.mark.django_db
WAYS = pytest.mark.parametrize(
    ("biller", "owner"),
    [
        pytest.param(billing_cpo, CPO, id="direct"),
        pytest.param(billing_emsp, EMSP, id="reverse"),
    ],
)
Biller = Callable[[], Partner]


def address(owner: str = CPO, record_id: str = "R1") -> str:
    return f"{RECEIVER}/{owner.replace('*', '/')}/{record_id}"


@WAYS
def test_a_new_record_is_posted_and_read_again(biller: Biller, owner: str) -> None:
    """I-002, I-003, I-007, I-008: whoever bills, the CDRs are those that are listed, and no others."""
    partner = biller()
    held("C1", "C2", "C4")

    created = partner.call("POST", RECEIVER, record("C1", "C2", owner=owner))

    assert (created.http_status, created.code) == (201, 1000)
    assert partner.get(address(owner)).data == record("C1", "C2", owner=owner)
    found = here()
    assert (found.way, str(found.owner.identity)) == (Way.RECEIVED, owner)
    assert (str(found.cpo.identity), str(found.emsp and found.emsp.identity)) == (CPO, EMSP)
    assert findings(found) == {"C1": "matched", "C2": "matched"}
    assert Event.objects.get(name="invoice.received").subject == found.reference


@WAYS
def test_the_same_again_changes_nothing_and_another_is_refused(biller: Biller, owner: str) -> None:
    """I-002: what a POST says about an id counts until a PUT says otherwise."""
    partner = biller()
    document = record("C1", "C2", owner=owner)
    partner.call("POST", RECEIVER, document)

    again = partner.call("POST", RECEIVER, {**document, "cdrs": ["c2", "C1"]})
    other = partner.call("POST", RECEIVER, {**document, "cdrs": ["C1"]})

    assert (again.http_status, again.code) == (200, 1000)
    assert (other.http_status, other.code) == (200, 2001)
    assert [problem["path"] for problem in other.data] == ["id"]
    assert here().cdrs == 2
    assert here().version == 1


@WAYS
def test_put_replaces_and_creates(biller: Biller, owner: str) -> None:
    """I-003, I-011, PF-34: a record that was never posted is made."""
    partner = biller()
    url = address(owner)

    created = partner.put(url, record("C1", owner=owner))
    held("C9")
    replaced = partner.put(url, record("C9", owner=owner, last_updated=LATER, invoice_id="INV-2"))
    late = partner.put(url, record("C1", owner=owner, last_updated=EARLIER))

    assert [answer.http_status for answer in (created, replaced, late)] == [201, 200, 200]
    assert partner.get(url).data["cdrs"] == ["C9"]
    assert here().invoice_id == "INV-2"
    assert findings(here()) == {"C9": "matched"}


@WAYS
def test_delete_takes_the_record_back_and_nothing_else(biller: Biller, owner: str) -> None:
    """I-003, I-009: its CDRs are as they were; a PUT brings it back."""
    partner = biller()
    held("C1")
    partner.put(address(owner), record("C1", owner=owner))

    assert partner.delete(address(owner)).code == 1000
    assert partner.delete(address(owner)).code == 1000
    assert partner.get(address(owner)).http_status == 404
    assert partner.delete(address(owner, "NONE")).http_status == 404
    assert CDR.objects.count() == 1
    assert here().deleted_at is not None
    assert partner.put(address(owner), record("C1", owner=owner, last_updated=LATER)).code == 1000
    assert partner.get(address(owner)).data["last_updated"] == LATER


def test_patch_is_not_defined() -> None:
    """I-004."""
    partner = billing_cpo()
    partner.call("POST", RECEIVER, record())

    for path in (RECEIVER, address()):
        answer = partner.patch(path, {"invoice_id": "X", "last_updated": LATER})
        assert answer.http_status == 405
    assert here().invoice_id == "INV-2026-01"


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("listed", [[], [{"id": "C1"}], None, "C1", ["x" * 40]])
def test_what_is_no_list_of_ids_is_refused(method: str, listed: object) -> None:
    """I-005, I-006."""
    partner = billing_cpo()
    path = RECEIVER if method == "POST" else address()

    answer = partner.call(method, path, {**record(), "cdrs": listed})

    assert (answer.http_status, answer.code) == (200, 2001)
    assert {problem["path"].partition(".")[0] for problem in answer.data} == {"cdrs"}
    assert not InvoiceRecord.objects.exists()


@pytest.mark.parametrize(
    "name", ["country_code", "party_id", "id", "invoice_id", "cdrs", "last_updated"]
)
def test_every_field_has_to_be_there(name: str) -> None:
    """I-006."""
    answer = billing_cpo().call(
        "POST", RECEIVER, {key: value for key, value in record().items() if key != name}
    )

    assert (answer.http_status, answer.code) == (200, 2001)
    assert [problem["path"] for problem in answer.data] == [name]


def test_cdrs_that_are_not_here_are_no_reason_to_refuse() -> None:
    """I-010, I-012: they are what reconciling is about, Credit CDRs with their longer ids too."""
    partner = billing_cpo()
    credit = "12345678-1234-1234-1234-123456789012-C1"

    answer = partner.call("POST", RECEIVER, record("C1", credit))

    assert answer.http_status == 201
    assert findings(here()) == {"C1": "unknown", credit: "unknown"}
    held("C1")
    services.match_again(here(), actor=None)
    assert findings(here()) == {"C1": "matched", credit: "unknown"}


def test_whose_cdrs_a_self_billed_invoice_means_the_headers_say() -> None:
    """PF-34: ids are unique for their CPO only, and the record names none."""
    other = builders.party("NL*DEF", "CPO", ours=True)
    partner = billing_emsp()
    document = record("C1", owner=EMSP)
    to = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "DEF"}

    refused = partner.call("POST", RECEIVER, document)
    assert (refused.http_status, refused.code) == (200, 2001)
    assert "OCPI-to-party-id" in refused.message
    accepted = partner.call("POST", RECEIVER, document, headers=to)
    assert accepted.http_status == 201
    assert here().cpo == other
    stranger = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "QQQ"}
    unknown = partner.call("POST", RECEIVER, {**document, "id": "R2"}, headers=stranger)
    assert unknown.code == 4001


def test_whose_cdrs_are_meant_the_cdrs_say_where_they_are_here() -> None:
    """PF-34: of two CPOs of ours only one has charged these drivers."""
    builders.party("NL*DEF", "CPO", ours=True)
    partner = billing_emsp()
    held("C1")

    assert partner.call("POST", RECEIVER, record("C1", owner=EMSP)).http_status == 201
    assert here().cpo == cpo()


def test_a_partner_in_both_roles_bills_as_the_cdrs_say() -> None:
    """I-008: the same company as CPO and as eMSP, and so are we."""
    ours = tuple(builders.party("DE*XYZ", role, ours=True) for role in ("CPO", "EMSP"))
    theirs = tuple(builders.party("NL*ABC", role) for role in ("CPO", "EMSP"))
    partner = builders.partner("Both", speaks_for=theirs, version="2.3.0")
    held("C1")
    held("D1", owner=EMSP, cdr_token=builders.cdr_token(CPO))

    partner.call("POST", RECEIVER, record("C1", id="DIRECT"))
    partner.call("POST", RECEIVER, record("D1", id="REVERSE"))

    assert (here("DIRECT").owner, here("DIRECT").cpo) == (theirs[0], theirs[0])
    assert (here("REVERSE").owner, here("REVERSE").cpo) == (theirs[1], ours[0])
    assert partner.get(address(record_id="REVERSE")).data["cdrs"] == ["D1"]


def test_a_change_of_what_was_accepted_is_to_be_checked_again() -> None:
    """Nobody pays by a decision about another invoice."""
    partner = billing_cpo()
    held("C1", "C2")
    partner.call("POST", RECEIVER, record("C1"))
    services.accept(here(), actor="Alice")
    assert here().state == RecordState.ACCEPTED

    partner.put(address(), record("C1", last_updated=LATER))
    assert here().state == RecordState.ACCEPTED
    partner.put(address(), record("C1", "C2", last_updated=LATEST))
    assert here().state == RecordState.OPEN


def test_nobody_reads_or_writes_records_of_others() -> None:
    """T-134: neither another partner's nor ours."""
    partner, other = billing_cpo(), builders.partner(
        "Other", speaks_for=(builders.party("FR*OTH"),), version="2.3.0"
    )  # fmt: skip
    partner.call("POST", RECEIVER, record())

    assert other.get(address()).http_status == 404
    assert other.put(address(), record(last_updated=LATER)).http_status == 404
    assert other.delete(address()).http_status == 404
    foreign = other.call("POST", RECEIVER, record())
    assert (foreign.http_status, foreign.code) == (200, 2001)
    assert here().received_from == partner.connection


def test_nobody_here_is_billed() -> None:
    """An invoice between strangers is none of ours."""
    partner = builders.partner("CPO", speaks_for=(cpo(),), version="2.3.0")
    answer = partner.call("POST", RECEIVER, record())

    assert (answer.http_status, answer.code) == (200, 2001)
    assert "EMSP" in answer.message


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_earlier_versions_have_no_such_module(version: str) -> None:
    """I-002, V-008: neither an address nor an entry in the version details."""
    partner = billing_cpo()
    Connection.objects.filter(pk=partner.connection.pk).update(version=version)
    partner.connection.refresh_from_db()

    assert partner.get(RECEIVER).http_status == 404
    assert partner.call("POST", RECEIVER, record()).http_status == 404
    named = [endpoint["identifier"] for endpoint in partner.get("").data["endpoints"]]
    assert "invoicereconciliation" not in named


def test_the_version_details_name_both_sides() -> None:
    """V-008: a CPO may bill or be billed, and so may an eMSP."""
    emsp(ours=True)
    partner = billing_cpo()
    found = [
        endpoint["role"]
        for endpoint in partner.get("").data["endpoints"]
        if endpoint["identifier"] == "invoicereconciliation"
    ]
    assert sorted(found) == ["RECEIVER", "SENDER"]
