"""What a session refers to, as far as it is here: found by keys, so that it does not matter what came first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from charging.models import Command, Session
from locations.models import EVSE, Location
from staff.links import page_url
from tariffs.models import Tariff
from tokens.authorization.models import Authorization
from tokens.models import Token

COMMANDED_BEFORE = timedelta(hours=2)
"""For so long a command to start may come before the session that it made."""
COMMANDS_SHOWN = 20


class Related(NamedTuple):
    """The rows a session names; ``None`` for what is not here."""

    authorization: Authorization | None
    token: Token | None
    location: Location | None
    evse: EVSE | None


def related_to(session: Session) -> Related:
    """Four look-ups, each by an index."""
    location = Location.objects.filter(
        owner=session.owner_id, location_key=session.location_key
    ).first()
    evse = (
        EVSE.objects.filter(location=location, uid_key=session.evse_key).first()
        if location
        else None
    )
    token = Token.objects.filter(owner=session.emsp_id, token_key=session.token_key)
    return Related(_authorization(session), token.first(), location, evse)


def _authorization(session: Session) -> Authorization | None:
    """A reference is the eMSP's own; another's may look the same."""
    if not session.authorization_key:
        return None
    rows = Authorization.objects.filter(
        reference_key=session.authorization_key, owner=session.emsp_id
    )
    return rows.order_by("-id").first()


def commands_of(session: Session) -> list[Command]:
    """The commands that are about it, or that it came of; the oldest first."""
    which = Q(session_key=session.session_key) | Q(
        token_key=session.token_key,
        location_key=session.location_key,
        created_at__gte=session.started_at - COMMANDED_BEFORE,
        created_at__lte=session.started_at + timedelta(minutes=1),
    )
    if session.authorization_key:
        which |= Q(authorization_key=session.authorization_key)
    rows = Command.objects.filter(which, owner=session.owner_id).select_related("requested_by")
    return list(rows.order_by("created_at", "id")[:COMMANDS_SHOWN])


def locations_of(sessions: Collection[Session]) -> dict[int, Location]:
    """The location of each session that is here, by the session's primary key; one query."""
    rows = Location.objects.filter(
        owner__in={session.owner_id for session in sessions},
        location_key__in={session.location_key for session in sessions},
    )
    found = {(row.owner_id, row.location_key): row for row in rows.defer("document")}
    places = {session.pk: (session.owner_id, session.location_key) for session in sessions}
    return {pk: found[place] for pk, place in places.items() if place in found}


def tariff_urls(session: Session, document: Mapping[str, Any]) -> dict[str, str]:
    """The tariffs that its periods name, with their pages; empty for those that are not here."""
    named = [
        str(period["tariff_id"])
        for period in document.get("charging_periods") or ()
        if period.get("tariff_id")
    ]
    keys = {name.upper(): name for name in named}
    rows = Tariff.objects.filter(owner=session.owner_id, tariff_key__in=list(keys))
    return dict.fromkeys(named, "") | {keys[row.tariff_key]: page_url(row) for row in rows}


def zone_of(location: Location | None) -> ZoneInfo | None:
    """The time zone of where it is; ``None`` when that is not known."""
    try:
        return ZoneInfo(location.time_zone) if location and location.time_zone else None
    except (ValueError, OSError):
        return None
