"""What connections need by themselves: new tokens every month, a look at the partner's endpoints every day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from credentials.choices import RENEWING, HandshakeDirection, HandshakeKind, HandshakeState
from credentials.models import Handshake
from credentials.services.making import Refused
from credentials.services.preparing import prepare_discovery, prepare_rotation
from parties.models import Connection, ConnectionQuerySet

ACTOR = "schedule"
DISCOVERY_EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(days=1)
# So that partners which registered on one day are not all renewed at one moment.
SPLAY = 0.1
AT_ONCE = 5


def due_renewals() -> list[Handshake]:
    """Renewals of tokens whose time has come (OCPI: at least monthly), prepared and yet to be run.

    A connection whose last renewal of ours failed is left alone for a day; its tokens stay as they are.
    """
    ready = _callable().exclude(rotation_days=0).exclude(token_rotated_at=None)
    failed = _handshakes(
        kind__in=RENEWING,
        state=HandshakeState.FAILED,
        finished_at__gt=timezone.now() - AGAIN_AFTER_FAILURE,
    )
    ready = ready.exclude(pk__in=failed.values("connection")).order_by("token_rotated_at")
    due = (c for c in ready.defer("endpoints", "notes", "contacts") if _renewal_is_due(c))
    return _prepared(islice(due, AT_ONCE), prepare_rotation)


def _renewal_is_due(connection: Connection) -> bool:
    return _is_past(connection, connection.token_rotated_at, timedelta(connection.rotation_days))


def due_discoveries() -> list[Handshake]:
    """Daily looks at what partners offer, prepared and yet to be run."""
    looks = Q(handshakes__kind=HandshakeKind.DISCOVERY)
    ready = _callable().annotate(looked_at=Max("handshakes__created_at", filter=looks))
    due = (c for c in ready.order_by("pk") if _discovery_is_due(c))
    return _prepared(islice(due, AT_ONCE), prepare_discovery)


def _discovery_is_due(connection: Connection) -> bool:
    looked_at = getattr(connection, "looked_at", None)
    times = [at for at in (looked_at, connection.token_rotated_at) if at is not None]
    return not times or _is_past(connection, max(times), DISCOVERY_EVERY)


def _callable() -> ConnectionQuerySet:
    """Connections that stand, with an address and a token to call them."""
    named = Connection.objects.connected().exclude(versions_url="")
    return named.exclude(outbound_token_encrypted=b"")


def _is_past(connection: Connection, since: datetime | None, period: timedelta) -> bool:
    """Whether a period has gone by, for each connection up to a tenth sooner than it should be."""
    early = period * SPLAY * (connection.pk * 37 % 100) / 100
    return since is not None and timezone.now() >= since + period - early


def _handshakes(**conditions: object) -> QuerySet[Handshake]:
    return Handshake.objects.filter(direction=HandshakeDirection.OUT, **conditions)


def _prepared(
    connections: Iterable[Connection], prepare: Callable[..., Handshake]
) -> list[Handshake]:
    prepared = []
    for connection in connections:
        try:
            prepared.append(prepare(connection, ACTOR))
        except Refused:
            continue
    return prepared
