"""What the page of a session shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from charging import records, words
from charging.charts import power, progress
from charging.choices import BADGES, SessionStatus
from charging.commands import offers
from charging.commands.admin import shown
from charging.models import Command, Session
from charging.sessions import places, readings, related, selectors, services, watching
from charging.sessions.admin import sections
from charging.sessions.preferences import services as preferences
from charging.sessions.visibility import VISIBILITY
from exchange.admin import insight, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from locations.models import Location
from ocpi import convert
from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.versioned import CANONICAL
from ocpi.versions import SUPPORTED
from parties.models import Event
from staff import badges, fragments
from staff.links import page_url
from tokens.words import type_words

EXCHANGES_SHOWN = 15
READINGS_SHOWN = 60


def context(request: HttpRequest, session: Session) -> dict[str, Any]:
    """Everything about one session, for its template."""
    row = selectors.by_ids([session.pk])[0]
    document = row.parsed()
    found = related.related_to(session)
    cannot = "" if not session.is_live else preferences.why_not(session)
    may_prefer = session.is_live and request.user.has_perm("charging.change_session")
    return {
        **live(session, document, found.location),
        "live_url": reverse("admin:charging_session_live", args=[session.pk]),
        "related": found,
        "related_urls": {
            name: page_url(one) for name, one in found._asdict().items() if one is not None
        },
        "token_type": type_words(str((document.get("cdr_token") or {}).get("type") or "")),
        "method": words.METHODS.get(session.auth_method, session.auth_method),
        "meter": document.get("meter_id"),
        "tariffs": related.tariff_urls(session, document),
        "has_evse": session.evse_uid != NOT_AVAILABLE,
        "commands": [_command(command) for command in related.commands_of(session)],
        "buttons": offers.for_session(request, session),
        "sections": sections.SESSION.shown(request, session),
        "may_prefer": may_prefer and not cannot,
        "cannot_prefer": cannot if may_prefer and session.emsp.is_ours else "",
        "partners": told.told(_subject(session)),
        "as_partner_url": insight.url("as_partner", None, services.MODULE, session.reference),
        "exchanges": [row_of(one) for one in _exchanges(session)],
        "events": Event.objects.filter(subject=session.reference)[:15],
        "written": [_written(version, session, document) for version in reversed(SUPPORTED)],
    }


def live(
    session: Session, document: Mapping[str, Any], location: Location | None
) -> dict[str, Any]:
    """What changes while it goes on; it is fetched again and again."""
    zone = related.zone_of(location)
    told_readings = readings.of_session(session)
    parts = power.periods_of(document, session.last_updated)
    late = watching.late().get(session.pk) if session.is_live else None
    return {
        "session": session,
        "lead": lead(session, location),
        "status": status_badge(session),
        "late": late,
        "owner": owner_words(session.owner),
        "emsp": owner_words(session.emsp),
        "start": words.local(session.started_at, zone),
        "end": words.local(session.ended_at, zone) if session.ended_at else "",
        "duration": words.duration(hours(session)),
        "energy": words.energy(session.kwh),
        "cost": words.amount(session.total_cost, session.currency),
        "taxes": _taxes(document, session.currency),
        "chart": progress.chart(told_readings, session.currency, zone),
        "readings": [
            _reading(reading, session.currency, zone)
            for reading in reversed(told_readings[-READINGS_SHOWN:])
        ],
        "more_readings": max(len(told_readings) - READINGS_SHOWN, 0),
        "power_chart": power.chart(parts, zone),
        "periods": [_period(period, zone) for period in parts],
        "zone": str(zone or "UTC"),
        "zone_is_known": zone is not None,
        "records": [_record(record) for record in records.of_session(session)],
    }


def lead(session: Session, location: Location | None) -> str:
    """The session in a sentence."""
    where = f" at {location}" if location is not None else f" at location {session.location_id}"
    if session.status == SessionStatus.RESERVATION:
        return f"Reserved{where}; nothing has been charged yet"
    if session.status == SessionStatus.PENDING:
        return f"Waiting to begin{where}"
    cost = words.amount(session.total_cost, session.currency)
    long = words.duration(hours(session)) or "0 s"
    price = f"{cost} before tax" if cost else "cost not said"
    until = " so far" if session.is_live else ""
    return f"{words.energy(session.kwh)} in {long}{where}, {price}{until}"


def hours(session: Session) -> float:
    """How long it took, or has taken when it was last heard of."""
    end = session.ended_at or session.last_updated
    return max((end - session.started_at).total_seconds(), 0) / 3600


def status_badge(session: Session) -> str:
    return badges.badge(session.status, SessionStatus, BADGES)


def _taxes(document: Mapping[str, Any], currency: str) -> list[str]:
    """The taxes on the cost so far: ``VAT 21 %: EUR 0.53``."""
    price = document.get("total_cost")
    taxes = price.get("taxes") if isinstance(price, Mapping) else None
    return [
        f"{tax.get('name') or 'Tax'}: {words.amount(tax.get('amount'), currency)}"
        for tax in taxes or ()
        if isinstance(tax, Mapping)
    ]


def _reading(reading: progress.Reading, currency: str, zone: ZoneInfo | None) -> dict[str, str]:
    return {
        "at": words.local(reading.at, zone),
        "energy": words.energy(reading.kwh),
        "cost": words.amount(reading.cost, currency),
    }


def _period(period: power.Period, zone: ZoneInfo | None) -> dict[str, Any]:
    return {
        "start": words.local(period.start, zone),
        "duration": words.duration(period.hours),
        "volumes": period.volumes,
        "power": f"{period.power:.2f} kW" if period.power is not None else "",
        "tariff": period.tariff_id,
    }


def _command(command: Command) -> dict[str, Any]:
    return {
        "link": fragments.link(page_url(command), command.get_type_display()),
        "at": fragments.moment(command.created_at),
        "state": shown.state_badge(command),
        "asked": shown.requester(command),
    }


def _record(record: records.Record) -> dict[str, Any]:
    return {
        "link": fragments.link(record.url, record.reference),
        "received": fragments.moment(record.received_at),
        "energy": words.energy(record.energy),
        "cost": words.amount(record.total_cost, record.currency),
        "credit": record.is_credit,
    }


def _written(version: str, session: Session, document: dict[str, Any]) -> dict[str, Any]:
    """The session as a version writes it, with what is lost there, or why that version cannot say it."""
    written: dict[str, Any] = {"version": version, "canonical": version == CANONICAL}
    beside = places.beside(version, session)
    try:
        converted = convert.from_canonical(version, "session", document, beside=beside)
    except convert.Refused as refused:
        return {**written, "refusal": refused.reason}
    return {**written, "document": converted.document, "losses": converted.losses}


def _subject(session: Session) -> told.Subject:
    return told.Subject(
        VISIBILITY, "session", session.pk, session.reference, session.received_from_id
    )


def _exchanges(session: Session) -> QuerySet[Exchange]:
    return (
        Exchange.objects.filter(object_reference=session.reference, module=services.MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )
