"""Whether a partner is there, and how long its deliveries wait when it is not."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from parties.models import Connection


def heard_from(connection: Connection) -> None:
    """The partner just called us: note it (at most every ten seconds) and lift a hold on deliveries."""
    fresh = timezone.now() - timedelta(seconds=10)
    if (
        connection.hold_until is None
        and connection.last_heard_at
        and connection.last_heard_at > fresh
    ):
        return
    Connection.objects.filter(pk=connection.pk).update(
        last_heard_at=Now(), hold_until=None, hold_attempts=0
    )


def reached(connection: Connection) -> None:
    """A request of ours was answered: the partner is there."""
    fresh = timezone.now() - timedelta(seconds=10)
    if (
        connection.unreachable_since is None
        and not connection.hold_attempts
        and connection.last_reached_at
        and connection.last_reached_at > fresh
    ):
        return
    connection.last_reached_at = timezone.now()
    connection.unreachable_since = None
    connection.hold_attempts = 0
    Connection.objects.filter(pk=connection.pk).update(
        last_reached_at=Now(),
        unreachable_since=None,
        hold_until=None,
        hold_attempts=0,
        last_error="",
    )


HOLD_SECONDS = (1, 2, 5, 10, 20, 30)


# So many answers in a row that prove nothing are a sick platform, not a bad object.
FAILURES_UNTIL_HOLD = 5


def unreachable(connection: Connection, error: str) -> None:
    """The partner's platform could not be reached: hold its deliveries for a while, longer each time."""
    since = connection.unreachable_since or timezone.now()
    _hold(connection, error, _hold_seconds(connection.hold_attempts), unreachable_since=since)


def busy(connection: Connection, error: str, seconds: float = 0) -> None:
    """The partner asks for a pause: hold its deliveries, for ``seconds`` at least and longer each time."""
    _hold(connection, error, max(seconds, _hold_seconds(connection.hold_attempts)))


def failing(connection: Connection, error: str) -> bool:
    """An answer proved nothing; after several in a row deliveries are held. Whether they are now."""
    beyond = connection.hold_attempts + 1 - FAILURES_UNTIL_HOLD
    _hold(connection, error, _hold_seconds(beyond) if beyond >= 0 else None)
    return beyond >= 0


def _hold_seconds(attempts: int) -> float:
    return HOLD_SECONDS[min(attempts, len(HOLD_SECONDS) - 1)]


def _hold(connection: Connection, error: str, seconds: float | None, **fields: datetime) -> None:
    if seconds is not None:
        fields["hold_until"] = timezone.now() + timedelta(seconds=seconds)
    Connection.objects.filter(pk=connection.pk).update(
        hold_attempts=F("hold_attempts") + 1, last_error=error[:400], **fields
    )
    connection.refresh_from_db(
        fields=["hold_until", "hold_attempts", "unreachable_since", "last_error"]
    )
