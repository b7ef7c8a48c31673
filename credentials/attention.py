"""What waits for staff about connections: decisions, renewals that failed, partners with the wrong token."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from credentials.choices import RENEWING, HandshakeDirection, HandshakeState
from credentials.models import Handshake
from exchange.models import WarningCount
from parties.choices import ConnectionState
from parties.models import Connection, ConnectionParty, ConnectionQuerySet

# A warning about a token says something about now as long as it was seen so lately.
LATELY = timedelta(days=2)


class Concern(NamedTuple):
    """Something to do or to know about one connection; ``key`` names the kind."""

    connection: Connection
    key: str
    text: str


def everything() -> list[Concern]:
    """What waits about all connections; the same few queries for one and for a thousand."""
    return _concerns(Connection.objects.all())


def of(connection: Connection) -> list[Concern]:
    """What waits about one connection."""
    return _concerns(Connection.objects.filter(pk=connection.pk))


def _concerns(connections: ConnectionQuerySet) -> list[Concern]:
    found = [*_waiting(connections), *_not_renewed(connections), *_wrong_tokens(connections)]
    return sorted(found, key=lambda concern: (concern.connection.name, concern.key))


def _waiting(connections: ConnectionQuerySet) -> Iterable[Concern]:
    rows = (
        ConnectionParty.objects.filter(connection__in=connections, approved=False, refused=False)
        .exclude(connection__state=ConnectionState.UNREGISTERED)
        .order_by()
        .values("connection")
        .annotate(number=Count("pk"))
    )
    numbers = {row["connection"]: row["number"] for row in rows}
    for connection in connections.filter(pk__in=numbers) if numbers else ():
        number = numbers[connection.pk]
        what = (
            "A party that it added waits" if number == 1 else f"{number} parties that it added wait"
        )
        yield Concern(connection, "parties", f"{what} for you to approve or refuse.")


def _not_renewed(connections: ConnectionQuerySet) -> Iterable[Concern]:
    ours = Q(handshakes__direction=HandshakeDirection.OUT, handshakes__kind__in=RENEWING)
    late = connections.connected().annotate(
        failed=Max("handshakes__pk", filter=ours & Q(handshakes__state=HandshakeState.FAILED)),
        failed_at=Max(
            "handshakes__finished_at", filter=ours & Q(handshakes__state=HandshakeState.FAILED)
        ),
    )
    late = late.filter(failed_at__gt=F("token_rotated_at"))
    handshakes = Handshake.objects.in_bulk([c.failed for c in late])
    for connection in late:
        handshake = handshakes[connection.failed]
        again = " It is tried again after a day." if connection.rotation_days else ""
        text = (
            f"{handshake.get_kind_display()} failed, the tokens before stay. {handshake.diagnosis}"
        )
        yield Concern(connection, "renewal", text + again)


def _wrong_tokens(connections: ConnectionQuerySet) -> Iterable[Concern]:
    seen = WarningCount.objects.filter(
        connection__in=connections.connected(),
        module="transport",
        code__in=_ABOUT_TOKENS,
        last_seen_at__gt=timezone.now() - LATELY,
    ).select_related("connection")
    for row in seen:
        connection: Connection | None = row.connection
        if connection is None or _is_settled(connection, row):
            continue
        yield Concern(connection, row.code, _ABOUT_TOKENS[row.code])


def _is_settled(connection: Connection, row: WarningCount) -> bool:
    """Whether tokens have been renewed since: until the overlap is over that is nothing to worry about."""
    renewed = connection.token_rotated_at
    return renewed is not None and row.last_seen_at < renewed


_ABOUT_TOKENS = {
    "token_retired": (
        "The partner still uses the token of before the last renewal and is refused: ask it to store the"
        " one it got then, or to send its credentials again."
    ),
    "token_one_time": (
        "The partner uses the one-time token (A) of its registration instead of the one it got for it (C)"
        " and is refused: ask it to store that."
    ),
    "token_spelling": (
        "The partner presents the right token in the other spelling (Base64 or raw) and is refused: ask it"
        " to correct that, or set how it spells tokens in the settings."
    ),
    "token_blanks": (
        "The partner presents the right token with a line break or blanks inside the Base64 and is refused:"
        " ask it to encode the token alone."
    ),
}
