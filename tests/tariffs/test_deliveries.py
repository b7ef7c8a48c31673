"""How partners are told about tariffs: PUT while they see one, DELETE when they don't any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import deliveries
from exchange.models import Delivery, LossCount
from ocpi.datetimes import format_datetime
from parties.models import Connection, Party
from tariffs import selectors, services, tasks
from tariffs.models import Tariff
from tests import builders
from tests.builders import LATER, LATEST
from tests.exchange.conftest import Reply, Seen, System
from tests.tariffs.support import held, hold, said

pytestmark = pytest.mark.django_db
PATH = "/receiver/tariffs/NL/ABC/T1"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


def taker(system: System, version: str = "2.2.1") -> Connection:
    emsp = builders.party("DE*EMP", "EMSP")
    return builders.connection(
        f"Taker {version}",
        speaks_for=(emsp,),
        url=system.url,
        pushes=("tariffs",),
        version=version,
    )


def delivered(system: System, connection: Connection) -> list[Seen]:
    """The requests that delivering what is due comes to."""
    before = len(system.requests)
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(connection)
    return system.requests[before:]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_new_tariff_is_put_as_the_version_writes_it(
    version: str, ours: Party, system: System
) -> None:
    """F-001."""
    partner = taker(system, version)
    hold(builders.tariff())

    (request,) = delivered(system, partner)

    assert (request.method, request.path) == ("PUT", PATH)
    assert request.document == said(builders.tariff(), version)
    assert not delivered(system, partner)


def test_a_deleted_tariff_is_deleted_at_the_partner_and_comes_back_by_put(
    ours: Party, system: System
) -> None:
    """F-004."""
    partner = taker(system)
    hold(builders.tariff())
    delivered(system, partner)

    services.withdraw(held(ours))
    (request,) = delivered(system, partner)
    assert (request.method, request.path, request.body) == ("DELETE", PATH, b"")

    services.restore(held(ours))
    (request,) = delivered(system, partner)
    assert request.method == "PUT"
    assert Delivery.objects.get().is_pending is False


def test_one_that_is_deleted_as_it_is_about_to_be_told_is_deleted_there(
    ours: Party, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it said last does not count as having told that it is gone."""
    partner = taker(system)
    hold(builders.tariff())
    delivered(system, partner)
    hold(builders.tariff(currency="SEK", last_updated=LATER))
    by_ids = selectors.by_ids

    def deleted_before_it_is_read(ids: Sequence[int]) -> list[Any]:
        monkeypatch.setattr(selectors, "by_ids", by_ids)
        services.withdraw(held(ours))
        return by_ids(ids)

    monkeypatch.setattr(selectors, "by_ids", deleted_before_it_is_read)
    told = delivered(system, partner) + delivered(system, partner)

    assert [request.method for request in told] == ["DELETE"]


@pytest.mark.parametrize(("status", "code"), [(404, 2003), (200, 1000)])
def test_what_the_partner_does_not_hold_counts_as_deleted(
    status: int, code: int, ours: Party, system: System
) -> None:
    partner = taker(system)
    hold(builders.tariff())
    delivered(system, partner)
    services.withdraw(held(ours))
    system.replies(Reply(status=status, code=code))

    delivered(system, partner)

    row = Delivery.objects.get()
    assert (row.is_pending, row.dead_version) == (False, 0)


def test_a_partner_that_deletes_nothing_still_gets_other_tariffs(
    ours: Party, system: System
) -> None:
    partner = taker(system)
    hold(builders.tariff())
    delivered(system, partner)
    services.withdraw(held(ours))
    system.replies(Reply(status=405, code=2000))
    delivered(system, partner)
    system.replies(Reply())
    hold(builders.tariff("T2"))

    partner.refresh_from_db()
    (request,) = delivered(system, partner)

    assert request.path.endswith("/T2")


def test_what_a_version_can_say_no_longer_is_deleted_there_only(
    ours: Party, system: System
) -> None:
    old, new = taker(system, "2.1.1"), taker(system, "2.2.1")
    hold(builders.tariff())
    delivered(system, old)
    delivered(system, new)

    hold(builders.tariff(max_price={"before_taxes": 9}, last_updated=LATER))
    assert [request.method for request in delivered(system, old)] == ["DELETE"]
    assert [request.method for request in delivered(system, new)] == ["PUT"]

    hold(builders.tariff(last_updated=LATEST))
    assert [request.method for request in delivered(system, old)] == ["PUT"]


def test_what_a_version_never_could_say_is_not_sent_there(ours: Party, system: System) -> None:
    partner = taker(system, "2.1.1")
    hold(builders.tariff(type="AD_HOC_PAYMENT"))
    assert delivered(system, partner) == []


def test_losses_of_a_push_are_counted(ours: Party, system: System) -> None:
    partner = taker(system, "2.1.1")
    hold(builders.tariff(type="REGULAR"))
    delivered(system, partner)
    assert LossCount.objects.get(path="type").example_reference == "NL*ABC/T1"


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_prices_that_are_worked_out_without_tax_are_sent(
    version: str, ours: Party, system: System
) -> None:
    partner = taker(system, version)
    priced = builders.priced(ENERGY=0.42)
    priced["price_components"][0]["vat"] = 21.0
    hold(builders.tariff(tax_included="YES", elements=[priced]))

    (request,) = delivered(system, partner)

    assert request.document["elements"][0]["price_components"][0]["price"] == 0.3471


def turn(**times: Any) -> None:
    """Let time pass: what was to turn is due."""
    Tariff.objects.update(turns_at=timezone.now() - timedelta(seconds=1))
    document = Tariff.objects.get().document
    Tariff.objects.update(
        document={**document, **{name: format_datetime(at) for name, at in times.items()}}
    )
    tasks.turn_tariffs()


def test_the_beginning_and_the_end_of_validity_are_told_where_dates_cannot_be_said(
    ours: Party, system: System
) -> None:
    """F-025."""
    old, new = taker(system, "2.1.1"), taker(system, "2.2.1")
    tomorrow = timezone.now() + timedelta(days=1)
    hold(
        builders.tariff(
            start_date_time=format_datetime(tomorrow),
            end_date_time=format_datetime(tomorrow + timedelta(days=1)),
        )
    )
    assert delivered(system, old) == []
    assert [request.method for request in delivered(system, new)] == ["PUT"]

    turn(start_date_time=timezone.now() - timedelta(minutes=1))
    (request,) = delivered(system, old)
    assert request.method == "PUT"
    assert delivered(system, new) == []
    assert "2.1.1" not in held(ours).refused_in

    turn(end_date_time=timezone.now() - timedelta(seconds=1))
    (request,) = delivered(system, old)
    assert request.method == "DELETE"
    assert delivered(system, new) == []


def test_nothing_is_due_where_no_validity_turns(
    ours: Party, django_assert_num_queries: Any
) -> None:
    hold(builders.tariff(end_date_time="2026-02-01T00:00:00Z"))
    assert held(ours).turns_at is None
    with django_assert_num_queries(3):  # the transaction's savepoint and one question
        tasks.turn_tariffs()


def test_a_back_office_is_not_told_its_own_news(ours: Party, system: System) -> None:
    office = taker(system)
    services.put_tariff(ours, builders.tariff(), source=office)
    assert delivered(system, office) == []
