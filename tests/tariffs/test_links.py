"""Connectors and tariffs: who names whom, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database

from exchange.models import WarningCount
from exchange.registry import Source
from locations import services as locations
from locations import tariff_usage
from locations.models import EVSE, ConnectorTariff, Location
from locations.tasks import count_unknown_tariffs
from parties.models import Connection, Party
from tariffs import services, usage
from tariffs.models import Tariff
from tests import builders
from tests.builders import LATER, LATEST
from tests.tariffs.support import held, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


def place(*tariff_ids: str, connection: Connection | None = None, **fields: Any) -> dict[str, Any]:
    """Take in a location with one connector that names tariffs."""
    evse = builders.evse(connectors=[builders.connector(tariff_ids=list(tariff_ids))])
    document = builders.location(**{"evses": [evse], **fields})
    owners = frozenset({builders.party().identity}) if connection else None
    locations.receive(builders.raw(document), Source("test", "2.2.1", connection, owners))
    return document


def links() -> list[tuple[str, str]]:
    rows = ConnectorTariff.objects.order_by("tariff_key")
    return list(rows.values_list("connector_id", "tariff_key"))


def test_links_follow_every_write_of_an_evse(ours: Party) -> None:
    place("t1", "T2", "T1")
    assert links() == [("1", "T1"), ("1", "T2")]

    place("T3", last_updated=LATER)
    assert links() == [("1", "T3")]

    locations.put_connector(
        ours,
        "LOC1",
        "3256",
        builders.connector("2", tariff_ids=["T4"], last_updated=LATEST),
        source=None,
    )
    assert links() == [("1", "T3"), ("2", "T4")]


def test_a_change_of_status_touches_no_link(ours: Party) -> None:
    place("T1")
    before = ConnectorTariff.objects.get().pk
    locations.set_status(EVSE.objects.get(), "CHARGING")
    evse = builders.evse(
        status="BLOCKED",
        last_updated=LATER,
        connectors=[builders.connector(tariff_ids=["T1"])],
    )
    place(evses=[evse], last_updated=LATER)
    assert ConnectorTariff.objects.get().pk == before


def test_who_uses_a_tariff(ours: Party) -> None:
    hold(builders.tariff("T1"), builders.tariff("T2"), builders.tariff("T1", owner="NL*XYZ"))
    place("T1")
    place("t1", id="LOC2")
    place("T1", id="LOC3", publish=False)

    tariff = held(ours)
    assert usage.of(tariff) == (3, 3)
    assert str(usage.of(tariff)) == "3 connectors at 3 locations"
    assert [named.label for named in usage.examples(tariff, 2)] == ["Gent Zuid", "Gent Zuid"]
    assert usage.of(held(ours, "T2")) == (0, 0)
    assert usage.of(held(builders.party("NL*XYZ"))) == (0, 0)


def test_what_is_removed_or_vanished_uses_nothing(ours: Party) -> None:
    hold(builders.tariff())
    place("T1")
    place("T1", id="LOC2")
    Location.objects.filter(location_id="LOC2").update(vanished_at=LATER)
    place("T1", evses=[], last_updated=LATER)
    assert usage.of(held(ours)) == (0, 0)
    assert ConnectorTariff.objects.count() == 2


def of_connector(ours: Party, *names: str) -> list[tuple[str, str]]:
    evse = builders.evse(connectors=[builders.connector(tariff_ids=list(names))])
    known = tariff_usage.known(ours, [evse])
    return [(found.price, found.problem) for found in known.of(evse["connectors"][0])]


def test_a_connector_says_what_its_tariffs_cost(ours: Party) -> None:
    hold(builders.tariff("T1"))
    assert of_connector(ours, "t1") == [("EUR 0.25 per kWh", "")]


def test_an_unknown_or_deleted_tariff_is_said_to_be_none(ours: Party) -> None:
    hold(builders.tariff("T1"))
    services.withdraw(held(ours))
    assert [problem for _, problem in of_connector(ours, "T1", "T9")] == [
        "no tariff of this id",
        "no tariff of this id",
    ]


def test_several_active_tariffs_of_one_type_are_flagged(ours: Party) -> None:
    """L-030."""
    hold(
        builders.tariff("A", type="REGULAR"),
        builders.tariff("B", type="REGULAR"),
        builders.tariff("C", type="AD_HOC_PAYMENT"),
        builders.tariff("D", type="REGULAR", start_date_time="2999-01-01T00:00:00Z"),
        builders.tariff("E", type="REGULAR", end_date_time="2020-01-01T00:00:00Z"),
    )
    flagged = [bool(problem) for _, problem in of_connector(ours, "A", "B", "C", "D", "E")]
    assert flagged == [True, True, False, False, False]
    flagged = [bool(problem) for _, problem in of_connector(ours, "A", "C", "D", "E")]
    assert flagged == [False, False, False, False]


def test_tariffs_that_nobody_told_us_are_counted_per_partner(ours: Party) -> None:
    cpo = builders.connection("CPO", speaks_for=(ours,))
    place("T1", "T2", connection=cpo)
    place("T3", id="LOC2")
    hold(builders.tariff("T1"))

    count_unknown_tariffs()
    count_unknown_tariffs()

    counted = WarningCount.objects.filter(code="tariff_unknown").order_by("connection")
    assert [(row.connection, row.count, row.example_value) for row in counted] == [
        (cpo, 1, "T2"),
        (None, 1, "T3"),
    ]
    assert counted[0].example_reference == "NL*ABC/LOC1"

    hold(builders.tariff("T2"), builders.tariff("T3"))
    count_unknown_tariffs()
    assert not counted.all().exists()


def test_the_migration_links_what_was_there_before(ours: Party) -> None:
    from importlib import import_module

    place("T1", "t2")
    ConnectorTariff.objects.all().delete()
    with database.cursor() as cursor:
        cursor.execute(import_module("locations.migrations.0003_connectortariff").LINK)
    assert links() == [("1", "T1"), ("1", "T2")]
    assert Tariff.objects.count() == 0
