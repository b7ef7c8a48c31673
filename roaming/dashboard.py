"""The overview: numbers that lead to the rows behind them, partners, and what happened last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count, Min
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from cdrs.models import CDR
from charging.choices import LIVE
from charging.models import Session
from credentials import attention
from exchange import jobs
from exchange.admin import detecting
from exchange.choices import JobState, Outcome, QuarantineState
from exchange.models import Delivery, DetectorLimit, Exchange, Job, Quarantined, WarningCount
from exchange.quality import figures, suggestions
from locations.choices import BADGES as STATUS_BADGES
from locations.choices import Status
from locations.models import EVSE, Location
from parties.health import HEALTHY, NEEDS_ATTENTION, health
from parties.models import Connection, Event, Party
from staff.links import list_url, may_change, may_view, page_url

CACHED_SECONDS = 30
EVSES_CACHED_SECONDS = 120
PARTNERS_SHOWN = 12
EVENTS_SHOWN = 8
CONCERNS_SHOWN = 10
LIVE_COUNTED = 100_000

_Value = TypeVar("_Value")


def context(request: HttpRequest, base: dict[str, Any]) -> dict[str, Any]:
    """The context of the overview; every part is there only for those who may see its rows."""
    return base | {
        "title": "Overview",
        "figures": _figures(request),
        "statuses": _statuses(request),
        "concerns": _concerns(request),
        "partners": _partners(request),
        "events": _events(request),
        "first_steps": _first_steps(request),
    }


def _cached(key: str, seconds: int, compute: Callable[[], _Value]) -> _Value:
    found: _Value | None = cache.get(f"overview.{key}")
    if found is None:
        found = compute()
        cache.set(f"overview.{key}", found, seconds)
    return found


def _figures(request: HttpRequest) -> list[dict[str, Any]]:
    parts = [
        (Connection, _connection_figure),
        (Session, _session_figure),
        (Delivery, _delivery_figure),
        (Exchange, _refused_figure),
        (WarningCount, _quality_figure),
        (Quarantined, _quarantine_figure),
        (Job, _job_figure),
    ]
    found = [figure() for model, figure in parts if may_view(request, model)]
    if may_view(request, DetectorLimit):
        found.insert(1, _late_figure(request))
    return found


def _late_figure(request: HttpRequest) -> dict[str, Any]:
    late = [tally for tally in detecting.counted(request) if tally.number]
    most = max(late, key=lambda tally: tally.number, default=None)
    return {
        "title": "Late",
        "number": sum(tally.number for tally in late),
        "url": list_url(DetectorLimit),
        "note": f"most: {most.detector.title.lower()}" if most else "all is in time",
        "note_url": list_url(DetectorLimit, detector__exact=most.detector.name) if most else "",
        "bad": bool(late),
        "icon": "notification_important",
    }


def _connection_figure() -> dict[str, Any]:
    healthy, poor = _cached(
        "connections",
        CACHED_SECONDS,
        lambda: (
            Connection.objects.filter(HEALTHY).count(),
            Connection.objects.filter(NEEDS_ATTENTION).count(),
        ),
    )
    return {
        "title": "Connections healthy",
        "number": healthy,
        "url": list_url(Connection, health="healthy"),
        "note": f"{poor} need attention" if poor != 1 else "1 needs attention",
        "note_url": list_url(Connection, health="attention"),
        "bad": bool(poor),
        "icon": "hub",
    }


def _session_counts() -> tuple[int, int]:
    since = timezone.now() - timedelta(hours=24)
    live = Session.objects.filter(status__in=LIVE).order_by().values("pk")[:LIVE_COUNTED].count()
    return live, CDR.objects.filter(received_at__gte=since).order_by().count()


def _session_figure() -> dict[str, Any]:
    live, records = _cached("sessions", CACHED_SECONDS, _session_counts)
    return {
        "title": "Live sessions",
        "number": live,
        "url": list_url(Session),
        "note": f"{records} CDRs in 24 h",
        "note_url": list_url(CDR),
        "bad": False,
        "icon": "bolt",
    }


def _delivery_counts() -> tuple[int, int, int, datetime | None]:
    pending = Delivery.objects.pending()
    oldest = pending.filter(next_attempt_at__lte=Now()).aggregate(at=Min("changed_at"))["at"]
    failing = pending.filter(attempts__gt=0).count()
    return pending.count(), failing, Delivery.objects.dead().count(), oldest


def _delivery_figure() -> dict[str, Any]:
    pending, failing, dead, oldest = _cached("deliveries", CACHED_SECONDS, _delivery_counts)
    return {
        "title": "Deliveries pending",
        "number": pending,
        "url": list_url(Delivery, state="pending"),
        "note": f"{failing} failing, {dead} refused for good",
        "note_url": list_url(Delivery, state="failing" if failing else "refused"),
        "bad": bool(failing or dead),
        "oldest": oldest,
        "icon": "outbox",
    }


def _refused_counts() -> tuple[int, int]:
    since = timezone.now() - timedelta(hours=24)
    counts = dict(
        Exchange.objects.filter(at__gte=since)
        .exclude(outcome__exact=Outcome.OK)
        .order_by()
        .values_list("outcome")
        .annotate(number=Count("pk"))
    )
    refused = counts.get(Outcome.REFUSED, 0)
    return refused, sum(counts.values()) - refused


def _refused_figure() -> dict[str, Any]:
    refused, failed = _cached("refused", CACHED_SECONDS, _refused_counts)
    return {
        "title": "Refused in 24 h",
        "number": refused,
        "url": list_url(Exchange, outcome__exact=Outcome.REFUSED.value),
        "note": f"{failed} failed or unclear",
        "note_url": list_url(Exchange, outcome__exact=Outcome.FAILED.value),
        "bad": bool(failed),
        "bad_number": bool(refused),
        "icon": "block",
    }


def _quality_counts() -> tuple[int, int, int]:
    return (*figures.totals(), sum(suggestions.numbers().values()))


def _quality_figure() -> dict[str, Any]:
    week, before, suggested = _cached("quality", CACHED_SECONDS, _quality_counts)
    changes = "1 change of dialect" if suggested == 1 else f"{suggested} changes of dialects"
    return {
        "title": "Deviations in 7 days",
        "number": week,
        "url": list_url(WarningCount),
        "note": f"{changes} suggested" if suggested else f"{before} in the 7 days before",
        "note_url": list_url(WarningCount),
        "bad": False,
        "icon": "fact_check",
    }


def _quarantine_figure() -> dict[str, Any]:
    waiting = _cached(
        "quarantine",
        CACHED_SECONDS,
        lambda: Quarantined.objects.filter(state=QuarantineState.OPEN).count(),
    )
    return {
        "title": "In quarantine",
        "number": waiting,
        "url": list_url(Quarantined, state__exact=QuarantineState.OPEN.value),
        "note": "objects we could not take in" if waiting else "every object was taken in",
        "bad": bool(waiting),
        "icon": "gpp_maybe",
    }


def _job_figure() -> dict[str, Any]:
    running = jobs.active().count()
    return {
        "title": "Jobs running",
        "number": running,
        "url": list_url(Job, state__exact=JobState.RUNNING.value),
        "note": "imports and pulls",
        "bad": False,
        "icon": "pending_actions",
    }


def _statuses(request: HttpRequest) -> dict[str, Any] | None:
    """EVSEs by status, most first: ``total`` and ``parts`` with ``share`` in percent."""
    if not may_view(request, EVSE):
        return None
    counts = _cached("statuses", EVSES_CACHED_SECONDS, _status_counts)
    total = sum(counts.values())
    parts = [
        {
            "status": Status(status).label,
            "number": number,
            "share": f"{100 * number / total:.2f}",
            "variant": STATUS_BADGES.get(status, "default"),
            "url": list_url(EVSE, status__exact=status),
            "key": status.lower(),
        }
        for status, number in sorted(counts.items(), key=lambda item: -item[1])
    ]
    return {"total": total, "parts": parts, "url": list_url(EVSE)}


def _status_counts() -> dict[str, int]:
    rows = EVSE.objects.order_by().values_list("status").annotate(number=Count("pk"))
    return dict(rows)


def _concerns(request: HttpRequest) -> list[dict[str, str]] | None:
    """What waits for somebody to decide or to see to, each with the page where."""
    if not may_view(request, Connection):
        return None
    return [
        {"name": c.connection.name, "text": c.text, "url": page_url(c.connection)}
        for c in _cached("concerns", CACHED_SECONDS, attention.everything)[:CONCERNS_SHOWN]
    ]


def _partners(request: HttpRequest) -> list[dict[str, Any]] | None:
    """The connections, those in need first."""
    if not may_view(request, Connection):
        return None
    pending = _cached("pending", CACHED_SECONDS, _pending_by_connection)
    rows: list[dict[str, Any]] = [
        {
            "connection": connection,
            "health": health(connection),
            "url": page_url(connection),
            "pending": pending.get(connection.pk, 0),
            "pending_url": list_url(Delivery, state="pending", connection__id__exact=connection.pk),
        }
        for connection in Connection.objects.defer("endpoints", "notes", "contacts")
    ]
    order = {"danger": 0, "warning": 1, "info": 2, "success": 3, "default": 4}
    rows.sort(key=lambda row: order[row["health"].variant])
    return rows[:PARTNERS_SHOWN]


def _pending_by_connection() -> dict[int, int]:
    rows = (
        Delivery.objects.pending().order_by().values_list("connection").annotate(number=Count("pk"))
    )
    return dict(rows)


def _events(request: HttpRequest) -> list[Event] | None:
    if not may_view(request, Event):
        return None
    return list(Event.objects.select_related("connection")[:EVENTS_SHOWN])


def _first_steps(request: HttpRequest) -> list[dict[str, str]]:
    """What is still missing before partners and locations can meet, in the order to do it."""
    steps = []
    if may_change(request, Party) and not Party.objects.filter(is_ours=True).exists():
        steps.append(
            {
                "title": "Add your own party",
                "text": "Every partner knows you by a country code and a party ID, such as NL*ABC.",
                "label": "Host a party",
                "url": _admin_url("parties_party_host"),
            }
        )
    if may_change(request, Connection) and not Connection.objects.exists():
        steps.append(
            {
                "title": "Connect the first partner",
                "text": "Send a partner an invitation, or use the address and token it sent you.",
                "label": "Invite a partner",
                "url": _admin_url("parties_connection_invite"),
            }
        )
    if may_change(request, Location) and not Location.objects.exists():
        steps.append(
            {
                "title": "Bring in locations",
                "text": "Import a file, or let your back office or a partner send them.",
                "label": "Import a file",
                "url": _admin_url("exchange_job_import"),
            }
        )
    return [step for step in steps if step["url"]]


def _admin_url(name: str) -> str:
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return ""
