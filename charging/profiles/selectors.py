"""What is known of the charging profiles of a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from charging import words
from charging.charts.limits import UNITS, Limit, limits
from charging.commands.choices import CommandModule
from charging.models import ActiveProfile, Command, Session
from ocpi.datetimes import parse_datetime
from ocpi.numbers import plain

SHOWN = 50


def told(session: Session) -> list[ActiveProfile]:
    """The active profiles that its CPO told, the latest first."""
    rows = ActiveProfile.objects.filter(owner=session.owner_id, session_key=session.session_key)
    return list(rows.select_related("received_from").order_by("-pk")[:SHOWN])


def in_force(rows: list[ActiveProfile]) -> list[Limit]:
    """The limits of these profiles in order of time, each profile until the next one was calculated."""
    return limits((row.start_at, row.received_at, row.document["charging_profile"]) for row in rows)


def requests(session: Session) -> list[Command]:
    """What was asked about its profile, the latest first."""
    rows = Command.objects.filter(
        module=CommandModule.CHARGING_PROFILES,
        owner=session.owner_id,
        session_key=session.session_key,
    )
    return list(
        rows.select_related("owner", "sender", "requested_by", "executed_by").order_by("-pk")[
            :SHOWN
        ]
    )


def begin_of(profile: Mapping[str, Any], session: Session) -> datetime:
    """When a profile that was set begins: without a time of its own at the start of charging."""
    start = profile.get("start_date_time")
    return parse_datetime(start) if isinstance(start, str) else session.started_at


def asked_words(command: Command, session: Session) -> list[str]:
    """The limits that a request wants to set, or for how long it asks, line by line."""
    document = command.document
    if "duration" in document:
        return [f"For the next {words.duration(document['duration'] / 3600)}"]
    profile = document.get("charging_profile")
    if not isinstance(profile, Mapping):
        return []
    start = begin_of(profile, session)
    steps = limits([(start, command.created_at, profile)])
    unit = UNITS.get(str(profile.get("charging_rate_unit")), "")
    least = profile.get("min_charging_rate")
    lines = [_step_words(step) for step in steps] or ["No limit is named"]
    return [*lines, *([f"The car takes no less than {plain(least)} {unit}"] if least else [])]


def _step_words(step: Limit) -> str:
    if step.end is None:
        return step.words
    return f"{step.words} for {words.duration((step.end - step.start).total_seconds() / 3600)}"
