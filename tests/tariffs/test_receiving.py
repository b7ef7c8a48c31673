"""Tariffs from pulls and files: many at once, repaired, quarantined, forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from exchange import pulls
from exchange.models import Quarantined, WarningCount
from exchange.registry import Received, Source
from ocpi.ids import PartyId
from parties.models import Connection, Party
from tariffs import services
from tariffs.models import Tariff
from tests import builders
from tests.builders import LATER
from tests.exchange.conftest import Reply, Seen, System
from tests.tariffs.support import held, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> Party:
    return builders.party("NL*FOR")


@pytest.fixture
def cpo(owner: Party) -> Connection:
    return builders.connection("CPO", speaks_for=(owner,))


def pulled(cpo: Connection, *documents: dict[str, Any]) -> Received:
    source = Source("pull", "2.2.1", cpo, frozenset({PartyId("NL", "FOR")}))
    return services.receive(builders.raw(*documents), source)


def theirs(identifier: str = "T1", **fields: Any) -> dict[str, Any]:
    return builders.tariff(identifier, owner="NL*FOR", **fields)


def test_columns_follow_the_document(owner: Party) -> None:
    """F-011, F-025."""
    hold(
        builders.tariff("FREE", elements=[builders.priced(FLAT=0)]),
        builders.tariff(
            "FULL",
            type="PROFILE_GREEN",
            currency="sek",
            tax_included="YES",
            start_date_time="2026-01-01T00:00:00Z",
            end_date_time="2027-01-01T00:00:00Z",
        ),
    )
    ours = builders.party("NL*ABC")
    assert held(ours, "FREE").is_free
    full = held(ours, "FULL")
    assert (full.type, full.currency, full.tax_included) == ("PROFILE_GREEN", "SEK", "YES")
    assert full.valid_from is not None
    assert full.valid_until is not None
    assert (full.valid_from.year, full.valid_until.year) == (2026, 2027)
    assert not full.is_free


def test_a_batch_takes_the_same_few_statements_whatever_its_size(owner: Party) -> None:
    def statements(count: int) -> int:
        with CaptureQueriesContext(database) as captured:
            hold(*(builders.tariff(f"{count}-{n}") for n in range(count)))
        return len(captured)

    hold(builders.tariff())
    assert statements(300) == statements(3)
    assert Tariff.objects.count() == 304


def test_repeats_count_once_and_the_newest_wins(owner: Party) -> None:
    received = hold(
        builders.tariff(currency="SEK", last_updated=LATER),
        builders.tariff(currency="EUR"),
        builders.tariff(currency="EUR"),
    )
    assert (received.counts.created, received.counts.unchanged) == (1, 2)
    assert Tariff.objects.get().currency == "SEK"


def test_one_bad_object_never_sinks_the_others(cpo: Connection) -> None:
    """T-141."""
    nameless = {k: v for k, v in theirs().items() if k != "id"}
    received = pulled(cpo, theirs("A"), nameless, theirs("B", elements="?"))
    assert (received.counts.created, received.counts.rejected) == (2, 1)
    assert Quarantined.objects.get().module == "tariffs"
    assert WarningCount.objects.filter(connection=cpo, module="tariffs").exists()


def test_what_a_partner_may_not_speak_for_is_set_aside(cpo: Connection) -> None:
    """T-135."""
    received = pulled(cpo, builders.tariff(owner="NL*ABC"))
    assert received.counts.rejected == 1
    assert Quarantined.objects.get().problems[0]["code"] == "foreign_owner"
    assert not Tariff.objects.exists()


def test_a_file_with_an_owner_given_is_owned_by_it(db: None) -> None:
    hold(builders.tariff(owner="BE*OTH"), owner=PartyId("NL", "NDW"))
    assert Tariff.objects.get().owner.identity == PartyId("NL", "NDW")


def pulled_in_full(connection: Connection) -> None:
    pulls.run(pulls.start_pull(connection, "tariffs", full=True))


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_while_a_list_comes_is_not_brought_back_by_it(system: System) -> None:
    """F-004: a page knows nothing of what happened after it was asked for; the next list does."""
    owner = builders.party("NL*FOR")
    cpo = builders.connection("Platform", speaks_for=(owner,), url=system.url, pushes=("tariffs",))
    services.put_tariff(owner, theirs("A"), source=cpo)

    def deleted_before_it_arrives(seen: Seen) -> Reply:
        services.delete_tariff(owner, "A", source=cpo)
        database.close()
        return Reply([theirs("A", last_updated=LATER)], headers={"X-Total-Count": "1"})

    system.handler = deleted_before_it_arrives
    pulled_in_full(cpo)
    assert held(owner, "A").deleted_at is not None

    system.replies(Reply([theirs("A", last_updated=LATER)]))
    pulled_in_full(cpo)
    assert held(owner, "A").is_in_force


def test_a_complete_list_replaces_what_is_known(system: System, owner: Party) -> None:
    """F-006, T-082."""
    cpo = builders.connection("Platform", speaks_for=(owner,), url=system.url, pushes=("tariffs",))
    system.replies(Reply([theirs("A"), theirs("B")]))
    pulled_in_full(cpo)
    deleted = theirs("C")
    services.put_tariff(owner, deleted, source=cpo)
    services.delete_tariff(owner, "C", source=cpo)
    cpo.vanish_limit_percent = 100
    cpo.save()

    system.replies(Reply([theirs("A")]))
    pulled_in_full(cpo)

    assert held(owner, "A").is_in_force
    assert held(owner, "B").vanished_at is not None
    assert held(owner, "C").vanished_at is None
    system.replies(Reply([theirs("A"), theirs("B")]))
    pulled_in_full(cpo)
    assert held(owner, "B").is_in_force
