"""CDRs that are posted to us (OCPI 2.3.0, mod_cdrs, Receiver interface)."""

from __future__ import annotations

import hashlib
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from cdrs import selectors
from cdrs.models import CDR, CDRConflict
from exchange.models import Quarantined
from exchange.quality import retake
from locations.services import put_location
from parties import services as parties
from parties.choices import ConnectionKind
from tests import builders
from tests.builders import Answered
from tests.cdrs.support import RECEIVER, TAXED, VERSIONS, cpo, emsp, held, poster, said
from tokens import services as tokens

pytestmark = pytest.mark.django_db


def path_of(answer: Answered) -> str:
    """The address that a POST was answered with, as the client of tests calls it."""
    return answer.headers["Location"].partition("/ocpi/")[2].partition("/")[2]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_posted_cdr_is_kept_byte_for_byte_and_read_at_the_address_of_the_answer(
    version: str,
) -> None:
    """D-001, D-002, D-016, D-018, D-023, D-025, D-029, D-030."""
    partner = poster(version)
    put_location(cpo(), builders.location(), source=None)
    body = builders.raw(said(builders.cdr(), version))[0] + b"\n "

    answer = partner.call("POST", RECEIVER, body)

    assert (answer.http_status, answer.code) == (201, 1000)
    assert f"/ocpi/{version}/receiver/cdrs/" in answer.headers["Location"]
    assert partner.get(path_of(answer)).data == said(builders.cdr(), version)
    row = held()
    assert selectors.original_of(row.original) == body
    assert bytes(row.original_sha256) == hashlib.sha256(body).digest()
    assert (row.original.version, row.received_from) == (version, partner.connection)
    assert (row.owner, row.emsp) == (cpo(), emsp())
    assert (row.total_cost, row.energy, row.duration) == (Decimal("2.5"), Decimal(10), Decimal(1))
    assert row.contract_id == "DE-XYZ-C12345678-7"


def test_columns_for_finance() -> None:
    """D-011, D-015, D-030."""
    fields: dict[str, Any] = {
        "total_cost": TAXED,
        "authorization_reference": "auth-1",
        "total_parking_time": 0.25,
        "invoice_reference_id": "inv-1",
        "home_charging_compensation": True,
    }
    assert poster("2.3.0").call("POST", RECEIVER, builders.cdr(**fields)).http_status == 201
    row = held()
    assert (row.total_cost, row.total_cost_after_tax) == (Decimal("2.5"), Decimal(3))
    assert (row.session_key, row.authorization_key) == ("S1", "AUTH-1")
    assert (row.token_key, row.location_key, row.evse_key) == ("RFID:012345678", "LOC1", "3256")
    assert (row.parking_time, row.invoice_reference_id) == (Decimal("0.25"), "inv-1")
    assert row.home_charging_compensation
    assert (row.credit, row.is_reservation) == (False, False)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_cdr_again_is_a_success_with_the_same_address(version: str) -> None:
    """D-028."""
    partner = poster(version)
    document = said(builders.cdr(), version)
    first = partner.call("POST", RECEIVER, document)
    reordered = {**dict(reversed(document.items())), "last_updated": "2026-02-01T00:00:00Z"}

    for again in (document, reordered):
        answer = partner.call("POST", RECEIVER, again)
        assert (answer.http_status, answer.code) == (201, 1000)
        assert answer.headers["Location"] == first.headers["Location"]

    assert CDR.objects.count() == 1
    assert not CDRConflict.objects.exists()


@pytest.mark.parametrize(
    ("version", "field", "changes"),
    [
        ("2.1.1", "total_cost", {"total_cost": 3}),
        ("2.1.1", "stop_date_time", {"stop_date_time": "2026-01-01T11:30:00Z"}),
        ("2.2.1", "total_cost", {"total_cost": {"excl_vat": 3}}),
        ("2.3.0", "remark", {"remark": "paid twice"}),
    ],
)
def test_another_cdr_of_the_same_id_is_2001_and_kept_apart(
    version: str, field: str, changes: dict[str, Any]
) -> None:
    """D-005, D-009."""
    partner = poster(version)
    document = said(builders.cdr(), version)
    partner.call("POST", RECEIVER, document)
    other = {**document, **changes, "id": "c1"}
    for _ in range(2):
        answer = partner.call("POST", RECEIVER, other)
        assert (answer.http_status, answer.code) == (200, 2001)
        assert field in [problem["path"] for problem in answer.data]
        assert "Credit CDR" in answer.message
    assert held().total_cost == Decimal("2.5")
    conflict = CDRConflict.objects.get()
    assert conflict.times_seen == 2
    assert conflict.received_from == partner.connection
    assert selectors.original_of(conflict) == builders.raw(other)[0]
    assert conflict.differences
    assert not Quarantined.objects.exists()


@pytest.mark.parametrize(
    ("version", "fields", "path"),
    [
        ("2.2.1", {"id": "x" * 37}, "id"),
        ("2.2.1", {"id": "x" * 40, "credit": True, "credit_reference_id": "C0"}, "id"),
        ("2.2.1", {"credit": True}, "credit_reference_id"),
        ("2.2.1", {"charging_periods": []}, "charging_periods"),
        ("2.2.1", {"charging_periods": [builders.period(POWER=3)]},
         "charging_periods.0.dimensions.0.type"),
        ("2.2.1", {"total_cost": 4}, "total_cost"),
        ("2.2.1", {"total_energy": None}, "total_energy"),
        ("2.2.1", {"invoice_reference_id": "x" * 40}, "invoice_reference_id"),
        ("2.2.1", {"signed_data": {"encoding_method": "OCMF", "signed_values": []}},
         "signed_data.signed_values"),
        ("2.2.1", {"party_id": None}, "party_id"),
        ("2.2.1", {"party_id": "OTH"}, "party_id"),
        ("2.2.1", {"id": None}, "id"),
        ("2.2.1", {"cdr_token": builders.cdr_token("DE*OTH")}, "cdr_token.party_id"),
        ("2.2.1", {"cdr_location": {**builders.cdr()["cdr_location"], "address": "x" * 46}},
         "cdr_location.address"),
        ("2.3.0", {"cdr_location": {**builders.cdr()["cdr_location"], "state": "x" * 21}},
         "cdr_location.state"),
        ("2.3.0", {"total_cost": {"before_taxes": 1, "taxes": [{"name": "VAT"}]}},
         "total_cost.taxes.0.amount"),
        ("2.1.1", {"stop_date_time": None}, "stop_date_time"),
        ("2.1.1", {"auth_id": None}, "auth_id"),
        ("2.1.1", {"location": None}, "location"),
        ("2.1.1", {"total_cost": {"excl_vat": 4}}, "total_cost"),
        ("2.3.0", {"total_cost": {"excl_vat": 4}}, "total_cost.before_taxes"),
    ],
)  # fmt: skip
def test_what_is_no_cdr_for_us_is_2001_and_says_where(
    version: str, fields: dict[str, Any], path: str
) -> None:
    """D-009, D-010, D-016, D-017, D-018, D-023, D-024, D-026, D-029, D-030, T-116, T-117."""
    answer = poster(version).call("POST", RECEIVER, {**said(builders.cdr(), version), **fields})
    assert (answer.http_status, answer.code) == (200, 2001)
    assert path in [problem["path"] for problem in answer.data]
    assert not CDR.objects.exists()


def test_lengths_that_are_allowed() -> None:
    """D-010, D-024."""
    partner = poster("2.3.0")
    signed = {
        "encoding_method": "OCMF",
        "signed_values": [{"nature": "Start", "plain_data": "a" * 5000, "signed_data": "b" * 5000}],
    }
    normal = builders.cdr("x" * 36, signed_data=signed)
    credit = builders.cdr(
        "x" * 36 + "-C1", credit=True, credit_reference_id="x" * 36, signed_data=signed
    )
    for document in (normal, credit):
        assert partner.call("POST", RECEIVER, document).http_status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_cdr_is_neither_replaced_nor_changed_nor_removed(method: str) -> None:
    """D-003, D-005."""
    partner = poster()
    answer = partner.call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    for path in (RECEIVER, path_of(answer)):
        assert partner.call(method, path, {"total_cost": {"excl_vat": 0}}).http_status == 405
    assert held().total_cost == Decimal("2.5")


def test_the_address_answers_its_owner_alone() -> None:
    """D-002."""
    answer = poster().call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    stranger = builders.partner("Stranger", speaks_for=(builders.party("NL*OTH"),))
    assert stranger.get(path_of(answer)).http_status == 404
    assert stranger.get(f"{RECEIVER}/not-an-address").http_status == 404


def test_a_token_of_2_1_1_is_the_one_here_with_its_contract() -> None:
    """D-029."""
    tokens.put_token(emsp(), builders.token("CARD7", owner="DE*XYZ"), source=None)
    document = {**said(builders.cdr(), "2.1.1"), "auth_id": builders.token()["contract_id"]}
    assert poster("2.1.1").call("POST", RECEIVER, document).http_status == 201
    assert held().token_key == "RFID:CARD7"


def test_our_back_office_posts_ours_about_drivers_of_partners() -> None:
    ours = cpo(ours=True)
    back_office = builders.partner(
        "Back office", speaks_for=(ours,), kind=ConnectionKind.BACK_OFFICE
    )
    document = said(builders.cdr(), "2.2.1")
    emsp(ours=False)
    assert back_office.call("POST", RECEIVER, document).code == 2001

    builders.connection("EMSP", speaks_for=(emsp(ours=False),))
    assert back_office.call("POST", RECEIVER, document).http_status == 201
    assert held().emsp == emsp(ours=False)


def test_a_partner_does_not_post_ours() -> None:
    poster()
    stranger = builders.partner("Stranger", speaks_for=(builders.party("NL*OTH"),))
    answer = stranger.call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    assert answer.code == 2001
    assert [problem["path"] for problem in answer.data] == ["party_id"]


def test_a_refused_post_waits_in_quarantine_and_is_taken_in_with_its_bytes() -> None:
    """D-025."""
    token = {k: v for k, v in builders.cdr_token().items() if k not in ("country_code", "party_id")}
    body = builders.raw({**said(builders.cdr(), "2.2.1"), "cdr_token": token})[0]
    assert poster().call("POST", RECEIVER, body).code == 2001

    retake.take_in(Quarantined.objects.get(), None, "anna")

    row = held()
    assert selectors.original_of(row.original) == body
    assert row.emsp == emsp()


def test_a_lenient_partner_may_leave_out_whose_token_it_is() -> None:
    """D-025."""
    partner = poster()
    parties.set_dialect(partner.connection, partner.connection.dialect.but(lenient_pushes=True))
    partner.connection.refresh_from_db()
    token = {k: v for k, v in builders.cdr_token().items() if k not in ("country_code", "party_id")}
    answer = partner.call("POST", RECEIVER, {**said(builders.cdr(), "2.2.1"), "cdr_token": token})
    assert answer.http_status == 201
    assert held().emsp == emsp()


@pytest.mark.django_db(transaction=True)
def test_four_posts_of_one_cdr_at_once_make_one() -> None:
    """D-028."""
    partner = poster()
    document = said(builders.cdr(), "2.2.1")
    answers: list[Answered] = []
    ready = threading.Barrier(4)

    def post() -> None:
        ready.wait()
        answers.append(partner.call("POST", RECEIVER, document))
        connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.http_status for answer in answers] == [201] * 4
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert CDR.objects.count() == 1
    assert not CDRConflict.objects.exists()
