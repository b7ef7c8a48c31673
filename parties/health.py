"""Whether a connection works, in one word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from parties.choices import ConnectionState
from parties.models import Connection

NEEDS_ATTENTION = Q(state=ConnectionState.SUSPENDED) | Q(state=ConnectionState.CONNECTED) & (
    ~Q(deliveries_stopped="") | Q(unreachable_since__isnull=False)
)
HEALTHY = Q(state=ConnectionState.CONNECTED) & ~NEEDS_ATTENTION


@dataclass(frozen=True)
class Health:
    """``variant`` is a badge's colour; ``reason`` is empty when there is nothing to say."""

    label: str
    variant: str
    reason: str = ""


def health(connection: Connection) -> Health:
    """What staff should know first about a connection."""
    if connection.state == ConnectionState.SUSPENDED:
        return Health("Suspended", "danger", connection.state_reason)
    if connection.state == ConnectionState.UNREGISTERED:
        return Health("Unregistered", "default", connection.state_reason)
    if not connection.is_connected:
        return Health("Not connected yet", "info", connection.state_reason)
    if connection.deliveries_stopped:
        return Health("Deliveries stopped", "danger", connection.deliveries_stopped)
    if connection.unreachable_since:
        return Health("Unreachable", "danger", connection.last_error)
    return Health("Healthy", "success")
