"""Going over the reviews of a time, of one partner or of all, page by page and as often interrupted as it must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from review.models import CDRReview

PAGE = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """CDRs that ended ``since`` (inclusive) ``until`` (exclusive), aware; of a partner (primary key) or of all."""

    since: datetime
    until: datetime
    partner_id: int | None = None

    def reviews(self) -> QuerySet[CDRReview]:
        """The latest first, as the indexes of lists have them."""
        rows = CDRReview.objects.filter(ended_at__gte=self.since, ended_at__lt=self.until)
        if self.partner_id is not None:
            rows = rows.filter(partner=self.partner_id)
        return rows.order_by("-ended_at", "-cdr")

    def to_json(self) -> dict[str, Any]:
        """As the parameters of a job keep it."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "partner": self.partner_id,
        }

    @classmethod
    def of_json(cls, given: Mapping[str, Any]) -> Stretch:
        since, until = parse_datetime(given["since"]), parse_datetime(given["until"])
        if since is None or until is None:
            raise ValueError("since and until are needed")
        return cls(since, until, given.get("partner"))


@dataclass(frozen=True, slots=True)
class Page:
    """CDRs by their primary keys, and the place behind them, from where another worker can go on."""

    ids: list[int]
    place: list[Any]


def pages(
    rows: QuerySet[CDRReview], place: list[Any] | None = None, size: int = PAGE
) -> Iterator[Page]:
    """Pages of ``rows`` in the order of :meth:`Stretch.reviews`, from behind ``place`` on."""
    while True:
        found = list(behind(rows, place).values_list("cdr_id", "ended_at")[:size])
        if not found:
            return
        last, ended_at = found[-1]
        place = [ended_at.isoformat(), last]
        yield Page([key for key, _ in found], place)


def behind(rows: QuerySet[CDRReview], place: list[Any] | None) -> QuerySet[CDRReview]:
    """The rows that come after a place; all of them without one."""
    if not place:
        return rows
    ended_at, cdr = parse_datetime(place[0]), place[1]
    # The first condition says nothing new; by it the index is entered where the last page ended.
    return rows.filter(ended_at__lte=ended_at).filter(Q(ended_at__lt=ended_at) | Q(cdr__lt=cdr))
