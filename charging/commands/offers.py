"""What staff can command from the pages of an EVSE, a session or a reservation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from charging.commands.choices import CommandType
from charging.models import Reservation, Session
from locations.models import EVSE, Location

SEND = "charging.add_command"
UNLOCK = "charging.unlock_connector"
PAGE = "charging_command_send"
ICONS = {
    CommandType.START_SESSION: "play_arrow",
    CommandType.STOP_SESSION: "stop",
    CommandType.RESERVE_NOW: "event_seat",
    CommandType.CANCEL_RESERVATION: "event_busy",
    CommandType.UNLOCK_CONNECTOR: "lock_open",
}
LABELS = {
    CommandType.START_SESSION: "Start a charge",
    CommandType.STOP_SESSION: "Stop the charge",
    CommandType.RESERVE_NOW: "Reserve",
    CommandType.CANCEL_RESERVATION: "Cancel the reservation",
    CommandType.UNLOCK_CONNECTOR: "Unlock",
}


def permission(kind: str) -> str:
    """What it takes to send a command; unlocking is for the help desk alone (X-027)."""
    return UNLOCK if kind == CommandType.UNLOCK_CONNECTOR else SEND


def at_evse(request: HttpRequest, location: Location, evse: EVSE) -> list[dict[str, Any]]:
    """Start, reserve and unlock; see :mod:`locations.offers`."""
    if location.vanished_at is not None or evse.status == "REMOVED":
        return []
    kinds = (CommandType.START_SESSION, CommandType.RESERVE_NOW, CommandType.UNLOCK_CONNECTOR)
    return [_button(kind, evse=evse.pk) for kind in kinds if _may(request, kind)]


def for_session(request: HttpRequest, session: Session) -> list[dict[str, Any]]:
    """Stop, while it goes on and the card is one of ours."""
    kind = CommandType.STOP_SESSION
    possible = session.is_live and session.emsp.is_ours and _may(request, kind)
    return [_button(kind, session=session.pk)] if possible else []


def for_reservation(request: HttpRequest, reservation: Reservation) -> list[dict[str, Any]]:
    """Cancel, while it is there and one of ours."""
    kind = CommandType.CANCEL_RESERVATION
    is_there = reservation.canceled_at is None and reservation.sender.is_ours
    return [_button(kind, reservation=reservation.pk)] if is_there and _may(request, kind) else []


def _may(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(permission(kind))


def _button(kind: CommandType, **about: int) -> dict[str, Any]:
    query = urlencode({"type": kind.value, **about})
    return {
        "url": f"{reverse(f'admin:{PAGE}')}?{query}",
        "label": LABELS[kind],
        "icon": ICONS[kind],
        "dangerous": False,
        "name": kind.value.lower(),
        "page": True,
    }
