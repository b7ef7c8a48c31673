"""What is wrong with what partners send, and what they were not told: the figures behind the pages.

A connection of ``None`` stands for files and our own entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from exchange import deviations, registry
from exchange.choices import Direction, Outcome, QuarantineState
from exchange.models import Exchange, LossCount, Quarantined, WarningCount, WarningDay
from exchange.observing import SENTENCES
from exchange.quality_words import ASK, DONE
from exchange.registry import Finding
from parties.models import Connection

WEEK = timedelta(days=7)
KEEP_DAYS = 60
FINDINGS_CACHED_SECONDS = 600
SHOWN = 10


class Summary(NamedTuple):
    """A partner's figures of seven days; ``quarantined`` is what waits now."""

    week: int = 0
    before: int = 0
    kinds: int = 0
    refused: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class Deviation:
    """One kind of deviation in one module. ``share`` is of the objects that came in lists in seven days."""

    row: WarningCount
    today: int
    week: int
    before: int
    share: float | None

    @property
    def sentence(self) -> str:
        return deviations.sentence(self.row.code)

    @property
    def done(self) -> str:
        """What we did about it."""
        return DONE.get(self.row.code, "Kept as it came.")

    @property
    def ask(self) -> str:
        """What to ask the partner."""
        return ASK.get(self.row.code, "Please send this as OCPI describes it.")


def summary(connection: Connection | None) -> Summary:
    """The figures of one partner."""
    if connection is None:
        return _summaries(Q(connection=None)).get(None, Summary())
    return _summaries(Q(connection=connection)).get(connection.pk, Summary())


def summaries() -> dict[int | None, Summary]:
    """The figures of every partner that has any, by primary key."""
    return _summaries(Q())


def totals() -> tuple[int, int]:
    """How many deviations all partners and files had in seven days, and in the seven before."""
    today = _today()
    found = _deviating(WarningDay.objects.filter(day__gt=today - 2 * WEEK)).aggregate(
        week=Coalesce(Sum("count", filter=Q(day__gt=today - WEEK)), 0),
        before=Coalesce(Sum("count", filter=Q(day__lte=today - WEEK)), 0),
    )
    return found["week"], found["before"]


def _summaries(which: Q) -> dict[int | None, Summary]:
    today = _today()
    found: dict[int | None, dict[str, int]] = {}
    counted = (
        _deviating(WarningDay.objects.filter(which, day__gt=today - 2 * WEEK))
        .order_by()
        .values("connection")
        .annotate(
            week=Coalesce(Sum("count", filter=Q(day__gt=today - WEEK)), 0),
            before=Coalesce(Sum("count", filter=Q(day__lte=today - WEEK)), 0),
            kinds=Count("code", filter=Q(day__gt=today - WEEK), distinct=True),
        )
    )
    refused = _refused(which).values("connection").annotate(refused=Count("pk"))
    waiting = (
        Quarantined.objects.filter(which, state=QuarantineState.OPEN)
        .order_by()
        .values("connection")
        .annotate(quarantined=Count("pk"))
    )
    for row in (*counted, *refused, *waiting):
        found.setdefault(row.pop("connection"), {}).update(row)
    return {key: Summary(**figures) for key, figures in found.items()}


def _deviating(rows: Any) -> Any:
    """Without the rows that count objects, and what was observed of the dialect."""
    return rows.exclude(code="").exclude(code__in=list(SENTENCES))


def _refused(which: Q) -> Any:
    since = timezone.now() - WEEK
    return Exchange.objects.filter(
        which, direction=Direction.IN, outcome=Outcome.REFUSED, at__gte=since
    ).order_by()


def of(connection: Connection | None) -> list[Deviation]:
    """The kinds of deviation of a partner, those seen lately first."""
    today = _today()
    days = WarningDay.objects.filter(connection=connection, day__gt=today - 2 * WEEK)
    by_kind: dict[tuple[str, str], dict[str, Any]] = {
        (row["module"], row["code"]): dict(row)
        for row in days.order_by()
        .values("module", "code")
        .annotate(
            today=Coalesce(Sum("count", filter=Q(day=today)), 0),
            week=Coalesce(Sum("count", filter=Q(day__gt=today - WEEK)), 0),
            before=Coalesce(Sum("count", filter=Q(day__lte=today - WEEK)), 0),
            affected=Coalesce(Sum("object_count", filter=Q(day__gt=today - WEEK)), 0),
        )
    }
    rows = _deviating(WarningCount.objects.filter(connection=connection))
    found = [_deviation(row, by_kind) for row in rows]
    return sorted(found, key=lambda d: (-d.week, -d.before, -d.row.count, d.row.code))


def _deviation(row: WarningCount, by_kind: dict[tuple[str, str], dict[str, Any]]) -> Deviation:
    counts = by_kind.get((row.module, row.code), {})
    looked_at = by_kind.get((row.module, ""), {}).get("affected", 0)
    objects = counts.get("affected", 0)
    return Deviation(
        row=row,
        today=counts.get("today", 0),
        week=counts.get("week", 0),
        before=counts.get("before", 0),
        share=objects / looked_at if looked_at and objects else None,
    )


def losses(connection: Connection) -> list[LossCount]:
    """What the partner was not told because its version cannot say it, the most frequent first."""
    return list(LossCount.objects.filter(connection=connection).order_by("-count")[: 5 * SHOWN])


def refusals(connection: Connection) -> list[dict[str, Any]]:
    """What we refused of it in seven days, by module, status and message."""
    rows = (
        _refused(Q(connection=connection))
        .values("module", "method", "http_status", "ocpi_status", "message")
        .annotate(number=Count("pk"), latest=Max("pk"))
    )
    return list(rows.order_by("-number")[:SHOWN])


def quarantined(connection: Connection | None) -> list[dict[str, Any]]:
    """What waits in quarantine, by module and first problem."""
    rows = (
        Quarantined.objects.filter(connection=connection, state=QuarantineState.OPEN)
        .order_by()
        .values("module", code=F("problems__0__code"))
        .annotate(number=Count("pk"))
        .order_by("-number")
    )
    return [{**row, "sentence": deviations.sentence(row["code"] or "")} for row in rows]


def findings(connection: Connection | None) -> Iterator[tuple[registry.Module, Finding]]:
    """What the modules find when they look at everything together; worked out every ten minutes at most."""
    for module in registry.modules():
        if module.findings is None:
            continue
        key = f"quality.findings.{module.identifier}.{connection.pk if connection else 0}"
        found: list[Finding] | None = cache.get(key)
        if found is None:
            found = module.findings(connection)
            cache.set(key, found, FINDINGS_CACHED_SECONDS)
        for finding in found:
            yield module, finding


def forget_old() -> int:
    """Delete the daily counts that no page shows any more; how many."""
    return WarningDay.objects.filter(day__lt=_today() - timedelta(days=KEEP_DAYS)).delete()[0]


def _today() -> date:
    return datetime.now(UTC).date()
