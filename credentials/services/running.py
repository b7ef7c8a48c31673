"""Running the handshakes of ours, and closing those whose worker died."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from credentials import probing, sending, steps
from credentials.choices import RENEWING, HandshakeKind, Problem
from credentials.failures import HandshakeFailure
from credentials.models import Handshake
from ocpi.errors import OCPIError
from parties import events
from parties import services as parties
from parties.choices import TokenKind

log = structlog.get_logger(__name__)

_RUNNERS: dict[str, Callable[[Handshake], str]] = {
    HandshakeKind.REGISTRATION: sending.register,
    HandshakeKind.ROTATION: sending.renew,
    HandshakeKind.VERSION: sending.renew,
    HandshakeKind.COMPROMISE: sending.renew,
    HandshakeKind.UNREGISTRATION: sending.unregister,
    HandshakeKind.TEST: probing.test,
    HandshakeKind.DISCOVERY: probing.rediscover,
}


def run(handshake: Handshake) -> Handshake:
    """Run a waiting handshake to its end and return it; one that somebody else runs is left alone.

    Never raises for what the partner does: see ``state``, ``problem`` and ``diagnosis``. Must not be
    called inside a transaction.
    """
    if not steps.claim(handshake):
        return handshake
    try:
        steps.finish(handshake, _RUNNERS[handshake.kind](handshake))
    except HandshakeFailure as failure:
        _failed(handshake, failure.diagnosis + _afterwards(handshake, failure), failure.problem)
    except OCPIError as error:
        _failed(handshake, error.message, Problem.INVALID_CREDENTIALS)
    except Exception:
        log.exception("handshake_failed", handshake=handshake.pk)
        _failed(handshake, "Something went wrong here; it is logged.", Problem.OUR_ERROR)
    return handshake


def _afterwards(handshake: Handshake, failure: HandshakeFailure) -> str:
    if handshake.kind == HandshakeKind.COMPROMISE:
        return (
            " The tokens of before are still good: suspend the connection if they must not be used "
            "until the partner answers."
        )
    if handshake.kind != HandshakeKind.REGISTRATION or failure.is_clean:
        return ""
    return (
        " The partner may have registered us nevertheless: if the next attempt ends with HTTP 401, "
        "ask it for a fresh token."
    )


def _failed(handshake: Handshake, diagnosis: str, problem: str) -> None:
    steps.finish(handshake, diagnosis, problem)
    events.record(
        f"connection.{handshake.kind}_failed",
        diagnosis,
        connection=handshake.connection,
        actor=handshake.actor,
    )


def fail_interrupted() -> int:
    """Close the handshakes whose worker died; returns how many. What they had offered is revoked.

    But a token offered in a renewal is kept: the partner may have taken it, and has no other way in then.
    """
    closed = 0
    for handshake in Handshake.objects.interrupted().select_related("connection"):
        tokens = handshake.connection.inbound_tokens.filter(kind=TokenKind.ACCESS, revoked_at=None)
        if handshake.kind == HandshakeKind.REGISTRATION and not handshake.connection.is_connected:
            for token in tokens:
                parties.revoke_token(token)
        elif handshake.kind in RENEWING and handshake.started_at is not None:
            for token in tokens.filter(created_at__gte=handshake.started_at):
                parties.keep_token(token)
        _failed(
            handshake,
            "It was interrupted, because the portal stopped or no worker took it up. Try again.",
            Problem.INTERRUPTED,
        )
        closed += 1
    return closed
