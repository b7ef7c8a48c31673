"""Many CDRs are checked at once: side by side, with few statements, and one bad one does not sink the others."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from ocpi.datetimes import parse_datetime
from parties.models import Agreement
from review import checking
from review.checking import rows
from review.choices import ReviewState, Severity
from review.models import CDRReview, CheckSetting
from tariffs.models import AgreedTariff, SellingRule, Tariff, TariffVersion
from tariffs.selectors import Wanted, tariff_at, tariffs_at
from tests import builders
from tests.cdrs.support import cpo, emsp
from tests.review import support
from tests.review.support import bought, check, found, review, right, said

pytestmark = pytest.mark.django_db


def many(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Right charges, each of its own session, card and EVSE."""
    made = []
    for number in range(count):
        place = {**builders.cdr()["cdr_location"], "evse_uid": str(number)}
        card = builders.cdr_token(uid=f"CARD{number}", contract_id=support.CONTRACT)
        own = {"session_id": f"S{number}", "cdr_location": place, "cdr_token": card}
        made.append(right(f"C{number}", **{**own, **fields}))
    return made


def test_more_cdrs_do_not_need_more_statements() -> None:
    support.tariff(last_updated="2025-01-01T00:00:00Z")
    bought(right("FIRST"))
    checking.drain()
    bought(*many(3))
    with CaptureQueriesContext(database) as few:
        assert checking.drain() == 3
    bought(
        *[{**one, "id": f"X{one['id']}", "session_id": f"X{one['session_id']}"} for one in many(40)]
    )
    with CaptureQueriesContext(database) as lots:
        assert checking.drain() == 40
    assert len(lots) == len(few) <= 27


def test_one_cdr_that_cannot_be_checked_does_not_sink_the_others() -> None:
    """Such a price is more than a column can keep."""
    huge = builders.tariff(elements=[builders.priced(ENERGY=0.25)])
    huge["elements"][0]["price_components"][0]["price"] = 10**17
    cdrs = many(5)
    cdrs[2]["tariffs"] = [huge]
    bought(*cdrs)
    assert checking.drain() == 5
    states = dict(CDRReview.objects.values_list("cdr__cdr_id", "state"))
    assert states.pop("C2") == ReviewState.FLAGGED
    assert set(states.values()) == {ReviewState.CLEAN}
    row = review("C2")
    assert row.reasons == ["failed"]
    assert "could not be checked" in said(row, "failed")


def test_a_result_that_cannot_be_kept_does_not_stop_the_others() -> None:
    """A difference is more than a column can keep, although neither price is."""
    cdrs = many(4)
    cdrs[1]["tariffs"] = [builders.tariff(elements=[builders.priced(ENERGY=-(9 * 10**13))])]
    cdrs[1]["total_cost"] = {"before_taxes": 99 * 10**14}
    bought(*cdrs)
    assert checking.drain() == 4
    assert review("C1").reasons == ["failed"]
    assert CDRReview.objects.filter(state=ReviewState.CLEAN).count() == 3


def test_a_cdr_whose_document_is_no_cdr_is_flagged_and_says_why() -> None:
    bought(*many(3))
    with database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cdrs_cdr DISABLE TRIGGER cdrs_cdr_sealed")
        cursor.execute(
            "UPDATE cdrs_cdr SET document = '{\"charging_periods\": [17], \"tariffs\": 3}' WHERE cdr_key = 'C1'"
        )
        cursor.execute("ALTER TABLE cdrs_cdr ENABLE TRIGGER cdrs_cdr_sealed")
    assert checking.drain() == 3
    assert review("C1").state == ReviewState.FLAGGED
    assert review("C0").state == review("C2").state == ReviewState.CLEAN


def test_a_batch_is_as_big_as_asked() -> None:
    bought(*many(5))
    assert checking.drain(most=2) == 2
    assert CDRReview.objects.filter(state=ReviewState.WAITING).count() == 3


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Two connections see each other's work."""


@pytest.mark.usefixtures("committed")
def test_workers_check_side_by_side_and_nothing_twice() -> None:
    bought(*many(20))
    taken: list[int] = []

    def worker() -> None:
        taken.append(checking.check_batch(10))
        database.close()

    with transaction.atomic():
        assert len(rows.waiting(10)) == 10
        other = threading.Thread(target=worker)
        other.start()
        other.join(20)
    assert taken == [10]
    assert CDRReview.objects.filter(state=ReviewState.WAITING).count() == 10


def test_a_partner_has_its_own_reading_and_tolerance() -> None:
    wrong = {"total_cost": {"before_taxes": 2.6}, "total_energy_cost": None}
    assert check(right("C1", **wrong)).reasons == ["price"]
    CheckSetting.objects.create(code="price", partner=cpo(), parameters={"amount": "0.10"})
    row = check(right("C2", session_id="S2", **wrong))
    assert "price" not in found(row)
    CheckSetting.objects.update(parameters={"rules": "ROUND_EACH_LINE"})
    assert check(right("C3", session_id="S3", **wrong)).rule_set == "ROUND_EACH_LINE"


def test_a_check_that_is_off_says_nothing_and_one_that_notes_holds_nothing_up() -> None:
    wrong = {"currency": "CHF"}
    setting = CheckSetting.objects.create(code="currency", severity=Severity.NOTE)
    row = check(right("C1", **wrong))
    assert (row.state, found(row)) == (ReviewState.CLEAN, {"currency"})
    setting.enabled = False
    setting.save()
    assert "currency" not in found(check(right("C2", session_id="S2", **wrong)))


def test_what_our_customer_pays_and_the_margin_are_kept() -> None:
    SellingRule.objects.create(seller=emsp(), currency="EUR", markup_percent=10, fee=1)
    row = check(right())
    assert (row.sold, row.margin) == (Decimal("3.75"), Decimal("1.25"))


def test_a_tariff_that_was_not_agreed_is_found() -> None:
    agreement = Agreement.objects.create(ours=emsp(), theirs=cpo())
    AgreedTariff.objects.create(
        agreement=agreement, tariff_id="T9", tariff_key="T9", valid_from="2025-01-01T00:00:00Z"
    )
    row = check(right())
    assert "tariff_not_agreed" in row.reasons
    AgreedTariff.objects.update(tariff_key="T1")
    assert "tariff_not_agreed" not in found(check(right("C2", session_id="S2")))


def test_an_agreed_tariff_prices_a_cdr_that_names_none() -> None:
    agreement = Agreement.objects.create(ours=emsp(), theirs=cpo())
    AgreedTariff.objects.create(
        agreement=agreement, tariff_id="T1", tariff_key="T1", valid_from="2025-01-01T00:00:00Z"
    )
    support.tariff(last_updated="2025-01-01T00:00:00Z")
    row = check(right(tariffs=None, charging_periods=[builders.period(ENERGY=10.0, TIME=1.0)]))
    assert row.computed == row.stated


def test_many_tariffs_are_what_each_of_them_was() -> None:
    """What is read at once is what ``tariff_at`` says one by one."""
    support.tariff(last_updated="2024-06-01T00:00:00Z")
    tariff = Tariff.objects.get()
    Tariff.objects.update(since="2025-03-01T00:00:00Z", deleted_at="2025-09-01T00:00:00Z")
    for number, (since, until) in enumerate(
        [
            ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"),
            ("2025-02-01T00:00:00Z", "2025-02-20T00:00:00Z"),
        ]
    ):
        TariffVersion.objects.create(
            tariff=tariff,
            document={"id": "T1", "number": number},
            last_updated="2024-07-01T00:00:00Z",
            since=since,
            replaced_at=until,
        )
    moments = [
        parse_datetime(text)
        for text in (
            *("2024-06-15T00:00:00Z", "2024-08-01T00:00:00Z", "2025-01-15T00:00:00Z"),
            *("2025-02-10T00:00:00Z", "2025-02-25T00:00:00Z", "2025-05-01T00:00:00Z"),
            "2025-10-01T00:00:00Z",
        )
    ]
    owner = cpo()
    places = tariffs_at(Wanted(owner.pk, "T1", at) for at in moments)
    for at in moments:
        single = tariff_at(owner, "T1", at)
        place = places.get(Wanted(owner.pk, "T1", at))
        assert (single is None) == (place is None), at
        if single is not None and place is not None:
            former = TariffVersion.objects.filter(pk=place.version_id or 0).first()
            assert single.document == (former.document if former else tariff.document), at
