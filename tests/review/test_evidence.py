"""The evidence of a dispute: one file that holds everything, and nothing that lets anybody in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange import log
from exchange.choices import Direction, Outcome
from exchange.models import Exchange
from review.disputes import evidence
from review.disputes import services as disputes
from review.disputes.evidence import May
from review.models import Dispute
from roaming import permissions
from tests import builders
from tests.ocpi.signing import Meter, signed_data
from tests.review.disputing import Biller, opened, told
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
TARIFF = builders.tariff("T1", elements=[builders.priced(ENERGY=0.25)])


@pytest.fixture
def biller() -> Biller:
    return Biller()


def pack(client: Client, case: Dispute) -> dict[str, bytes]:
    """The files of the download by name."""
    answer: Any = client.get(reverse("admin:review_dispute_evidence", args=[case.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_everything_about_the_case(log_in: LogIn, biller: Biller) -> None:
    meter = Meter()
    biller.partner.call("PUT", "receiver/sessions/NL/ABC/S1", builders.session())
    rows = biller.bill(
        "C/1",
        tariffs=[TARIFF],
        signed_data=signed_data(meter.charge(), key=meter.der),
    )
    raw = rows[0].cdr.original_sha256
    case = told(rows, contact="Ann")
    biller.credit("C/1")
    found = pack(log_in(permissions.FINANCE), case)

    folder = "cdrs/001-C_1"
    for name in (
        *("README.txt", "index.html", "events.csv"),
        *(f"{folder}/{one}" for one in ("original.json", "cdr.json", "facts.txt", "price.txt")),
        *(f"{folder}/{one}" for one in ("timeline.txt", "requests.csv", "session.json")),
        *(f"{folder}/{one}" for one in ("session-readings.csv", "signed-values.txt")),
        *(f"{folder}/{one}" for one in ("tariffs/T1-in-cdr.json", "credit-cdr.json")),
    ):
        assert name in found
    assert hashlib.sha256(found[f"{folder}/original.json"]).digest() == bytes(raw)
    assert b"The night price was not applied." in found["README.txt"]
    assert b"EUR 2.50" in found["index.html"]
    price = found[f"{folder}/price.txt"].decode()
    assert "Total before tax: stated EUR 2.50, as we make it EUR 2.50" in price
    assert "Priced by tariff T1" in price
    assert "0.25" in price
    assert b"verified" in found[f"{folder}/signed-values.txt"]
    assert b"meter signed 12.5 kWh" in found[f"{folder}/signed-values.txt"]
    assert b"CDR C/1 came from Biller" in found[f"{folder}/timeline.txt"]
    assert b"POST" in found[f"{folder}/requests.csv"]


def test_our_notes_stay_with_us(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    disputes.note(case, text="They always pay in the end", actor="fay")
    everything = b"".join(file.content for file in evidence.files(case, May(True, True)))
    assert b"always pay" not in everything
    assert b"fay" not in everything
    assert b"Told the partner" in everything


def test_every_file_is_in_the_sums(log_in: LogIn, biller: Biller) -> None:
    found = pack(log_in(permissions.FINANCE), opened(biller.bill("C1")))
    sums = found.pop("SHA256SUMS.txt").decode().splitlines()
    assert sums == [
        f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in found.items()
    ]


def test_it_lets_nobody_in(log_in: LogIn, biller: Biller) -> None:
    """Tokens of either side are in no file, although requests are there with their headers."""
    case = opened(biller.bill("C1"))
    found = pack(log_in(permissions.FINANCE), case)
    everything = b"".join(found.values())
    assert biller.partner.token.encode() not in everything
    assert b"Authorization: Token" not in everything


def test_who_may_not_see_originals_and_bodies_gets_a_pack_without(
    log_in: LogIn, biller: Biller
) -> None:
    case = opened(biller.bill("C1"))
    found = pack(log_in(permissions.VIEWERS), case)
    assert not [name for name in found if "original" in name or "/requests/" in name]
    assert b"may not see them" in found["README.txt"]
    with_bodies = pack(log_in(permissions.FINANCE), case)
    assert [name for name in with_bodies if "original" in name]


def test_bodies_of_requests_are_there_for_who_may_see_them(biller: Biller) -> None:
    biller.partner.connection.body_sample_percent = 100
    biller.partner.connection.save()
    case = opened(biller.bill("C1"))
    names = [file.path for file in evidence.files(case, May(originals=True, bodies=True))]
    assert [name for name in names if "/requests/" in name]
    without = [file.path for file in evidence.files(case, May(originals=True, bodies=False))]
    assert not [name for name in without if "/requests/" in name]


def test_addresses_at_which_commands_are_answered_are_left_out(biller: Biller) -> None:
    case = opened(biller.bill("C1"))
    log.write(
        log.Record(
            at=timezone.now(),
            direction=Direction.OUT,
            connection=biller.partner.connection,
            method="POST",
            url="https://partner.example/x",
            outcome=Outcome.REFUSED,
            module="cdrs",
            object_reference="NL*ABC/C1",
            request_body=b'{"response_url": "https://here.example/secret", "token": {"uid": "1"}}',
        )
    )
    everything = b"".join(file.content for file in evidence.files(case, May(True, True)))
    assert b'"response_url": ""' in everything
    assert b"here.example" not in everything


def test_requests_of_other_partners_are_nobody_elses_business(biller: Biller) -> None:
    case = opened(biller.bill("C1"))
    other = builders.partner("Somebody else", version="2.3.0")
    other.call("GET", "sender/cdrs")
    Exchange.objects.filter(connection=other.connection).update(
        object_reference="NL*ABC/C1", module="cdrs"
    )
    table = next(
        file.content
        for file in evidence.files(case, May(originals=False, bodies=False))
        if file.path.endswith("requests.csv")
    )
    assert b"Biller" in table
    assert b"Somebody else" not in table


def test_a_pack_of_many_holds_the_first_and_says_so(biller: Biller) -> None:
    case = opened(biller.bill("C1", "C2", "C3"))
    files = evidence.files(case, May(originals=False, bodies=False), most=2)
    found = {file.path: file.content for file in files}
    assert len([name for name in found if name.endswith("/cdr.json")]) == 2
    assert b"holds 2 of them" in found["README.txt"]
    assert b"first 2 of 3" in found["index.html"]
