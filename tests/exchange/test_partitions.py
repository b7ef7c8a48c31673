"""The exchange log's days: made ahead, dropped when their time has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from exchange import log, partitions
from exchange.choices import Direction, Outcome
from exchange.models import Exchange, ExchangeBody

pytestmark = pytest.mark.django_db
# Far from the days that exist in every new database.
DAY = date(2031, 3, 1)


def write(day: date) -> Exchange:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return log.write(log.Record(at, Direction.IN, None, "GET", "/x", Outcome.OK, request_body=b"x"))


def days(table: str) -> list[date]:
    return [partitions.day_of(name) for name in partitions.existing(table)]


def test_today_and_the_coming_days_have_partitions() -> None:
    partitions.maintain(DAY)

    for table in partitions.TABLES:
        assert days(table) == [DAY + timedelta(days=n) for n in range(partitions.DAYS_AHEAD + 1)]
    partitions.maintain(DAY)


def test_bodies_go_before_their_exchanges_and_both_with_their_day(settings: Any) -> None:
    settings.EXCHANGE_RETENTION_DAYS = 9
    settings.BODY_RETENTION_DAYS = 3
    partitions.maintain(DAY)
    row = write(DAY)

    partitions.maintain(DAY + timedelta(days=3))
    assert ExchangeBody.objects.filter(pk=row.pk).exists()
    partitions.maintain(DAY + timedelta(days=4))
    assert not ExchangeBody.objects.filter(pk=row.pk).exists()
    partitions.maintain(DAY + timedelta(days=9))
    assert Exchange.objects.filter(pk=row.pk).exists()
    partitions.maintain(DAY + timedelta(days=10))
    assert not Exchange.objects.filter(pk=row.pk).exists()
    assert min(days("exchange_exchange")) == DAY + timedelta(days=1)


def test_a_day_without_a_partition_refuses_nothing_and_is_forgotten_in_time(settings: Any) -> None:
    settings.EXCHANGE_RETENTION_DAYS = settings.BODY_RETENTION_DAYS = 3
    row = write(DAY)
    assert not partitions.create("exchange_exchange", DAY)
    partitions.maintain(DAY + timedelta(days=3))
    assert Exchange.objects.filter(pk=row.pk).exists()
    partitions.maintain(DAY + timedelta(days=4))

    assert not Exchange.objects.filter(pk=row.pk).exists()
    assert not ExchangeBody.objects.filter(pk=row.pk).exists()


def test_a_partition_is_made_once() -> None:
    assert partitions.create("exchange_exchange", DAY)
    assert not partitions.create("exchange_exchange", DAY)
