"""Connecting with partners: invite them, or register, rotate, unregister and test with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import structlog
from django.db import IntegrityError, transaction

from credentials import documents, sending, steps
from credentials.choices import HandshakeDirection, HandshakeKind, Problem
from credentials.failures import HandshakeFailure
from credentials.models import ExpectedParty, Handshake
from ocpi.errors import OCPIError
from ocpi.ids import PartyId
from ocpi.urls import check_url, host_of
from ocpi.versions import SUPPORTED
from parties import events
from parties import services as parties
from parties.choices import ConnectionState, TokenKind
from parties.models import Connection, Party

log = structlog.get_logger(__name__)
_TOKEN = re.compile(r"[!-~]{1,255}")

_PROPERTIES = ("kind", "environment", "token_encoding")

Expected = tuple[PartyId, str]
"""A party that may register, and its role (empty for any)."""


class Refused(ValueError):
    """What was asked for cannot be done; the message is one line for staff."""


class Invitation(NamedTuple):
    """What a partner needs to register with us; the token's plain text exists only here."""

    connection: Connection
    versions_url: str
    token: str


def presented(identities: Iterable[PartyId]) -> list[Party]:
    """Our parties with these identities, in all their roles. Raises Refused for one not hosted here."""
    found: list[Party] = []
    for identity in identities:
        rows = list(Party.objects.ours().identified(identity))
        if not rows:
            raise Refused(f"{identity} is not hosted here; host it first (manage.py host).")
        found += rows
    return found


@transaction.atomic
def invite(
    name: str,
    *,
    presents: Collection[Party] = (),
    host: str = "",
    parties: Sequence[Expected] = (),
    kind: str | None = None,
    environment: str | None = None,
    token_encoding: str | None = None,
    actor: events.Actor = None,
) -> Invitation:
    """A connection for a partner that will register with us, and its one-time token (72 hours).

    ``host`` limits where the partner's platform may be (``name`` or ``name:port``), ``parties`` whom it
    may declare. ``kind`` (partner), ``environment`` (test) and ``token_encoding`` (base64) have the
    defaults named. The name of a connection that isn't connected gets a fresh token. Raises Refused.
    """
    connection = _connection(name, presents, kind, environment, token_encoding)
    return _issue(connection, _host(host), parties, actor)


@transaction.atomic
def reinvite(connection: Connection, actor: events.Actor = None) -> Invitation:
    """A fresh one-time token, under the conditions of the one before. Raises Refused when connected."""
    _refuse_connected(connection)
    last = connection.inbound_tokens.filter(kind=TokenKind.REGISTRATION).first()
    expected = ExpectedParty.objects.filter(token=last) if last else ()
    named = [(PartyId(e.country_code, e.party_id), e.role) for e in expected]
    return _issue(connection, last.host if last else "", named, actor)


def _issue(
    connection: Connection, host: str, expected: Sequence[Expected], actor: events.Actor
) -> Invitation:
    parties.revoke_tokens(connection)
    row, plain = parties.issue_token(connection, TokenKind.REGISTRATION, host=host)
    ExpectedParty.objects.bulk_create(
        ExpectedParty(token=row, country_code=p.country_code, party_id=p.party_id, role=role)
        for p, role in dict.fromkeys(expected)
    )
    connection.state = ConnectionState.INVITED
    connection.save(update_fields=["state"])
    message = (
        f"Invited with token {row.prefix}…, good once until {row.expires_at:%d %b %Y %H:%M} UTC."
    )
    events.record("connection.invited", message, connection=connection, actor=actor)
    return Invitation(connection, documents.versions_url(), plain)


@transaction.atomic
def prepare_registration(
    name: str,
    *,
    versions_url: str,
    token: str,
    version: str | None = None,
    presents: Collection[Party] = (),
    kind: str | None = None,
    environment: str | None = None,
    token_encoding: str | None = None,
    actor: events.Actor = None,
) -> Handshake:
    """A registration with the partner behind ``versions_url`` by its one-time token, yet to be run.

    The name of a connection that isn't connected is tried again with these values. Raises Refused.
    """
    versions_url, token = versions_url.strip(), token.strip()
    _check(versions_url, token, version)
    connection = _connection(name, presents, kind, environment, token_encoding)
    connection.versions_url = versions_url
    connection.pinned_hosts = [host_of(versions_url)]
    if connection.state == ConnectionState.UNREGISTERED:
        connection.state = ConnectionState.NEW
    connection.save(update_fields=["versions_url", "pinned_hosts", "state"])
    parties.store_outbound_token(connection, token)
    return _prepare(connection, HandshakeKind.REGISTRATION, actor, version or "")


def prepare_retry(connection: Connection, actor: events.Actor = None) -> Handshake:
    """The last registration once more, with the token and version it had. Raises Refused."""
    _refuse_connected(connection)
    last = Handshake.objects.filter(
        connection=connection, kind=HandshakeKind.REGISTRATION, direction=HandshakeDirection.OUT
    ).first()
    if last is None or not connection.outbound_token_encrypted:
        raise Refused(f"{connection} has no registration of ours to try again.")
    return _prepare(connection, HandshakeKind.REGISTRATION, actor, last.version)


def prepare_rotation(connection: Connection, actor: events.Actor = None) -> Handshake:
    """New tokens in both directions, yet to be run. Raises Refused unless connected."""
    if not connection.is_connected:
        raise Refused(f"{connection} is not connected.")
    return _prepare(connection, HandshakeKind.ROTATION, actor, connection.version)


def prepare_unregistration(connection: Connection, actor: events.Actor = None) -> Handshake:
    """The end of a connection, yet to be run. Raises Refused when there is none."""
    if connection.state not in {ConnectionState.CONNECTED, ConnectionState.SUSPENDED}:
        raise Refused(f"{connection} is not connected.")
    return _prepare(connection, HandshakeKind.UNREGISTRATION, actor, connection.version)


def prepare_test(connection: Connection, actor: events.Actor = None) -> Handshake:
    """A look at the partner that changes nothing, yet to be run. Raises Refused without a token."""
    if not connection.outbound_token_encrypted or not connection.versions_url:
        raise Refused(f"{connection} has given us no token yet.")
    return _prepare(connection, HandshakeKind.TEST, actor, connection.version)


_RUNNERS: dict[str, Callable[[Handshake], str]] = {
    HandshakeKind.REGISTRATION: sending.register,
    HandshakeKind.ROTATION: sending.rotate,
    HandshakeKind.UNREGISTRATION: sending.unregister,
    HandshakeKind.TEST: sending.test,
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
    """Close the handshakes whose worker died; returns how many. What they had offered is revoked."""
    closed = 0
    for handshake in Handshake.objects.interrupted().select_related("connection"):
        if handshake.kind == HandshakeKind.REGISTRATION and not handshake.connection.is_connected:
            tokens = handshake.connection.inbound_tokens.filter(kind=TokenKind.ACCESS)
            for token in tokens.filter(revoked_at=None):
                parties.revoke_token(token)
        _failed(
            handshake,
            "It was interrupted, because the portal stopped or no worker took it up. Try again.",
            Problem.INTERRUPTED,
        )
        closed += 1
    return closed


def _connection(name: str, presents: Collection[Party], *properties: str | None) -> Connection:
    """The connection of that name, made when new; ``properties`` are kind, environment and token
    encoding, ``None`` for the default or what it is."""
    name = name.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Refused("The name must have 1 to 60 printable characters.")
    connection = Connection.objects.select_for_update().filter(name=name).first()
    if connection is None:
        connection = _created(name)
    _refuse_connected(connection)
    for field, value in zip(_PROPERTIES, properties, strict=True):
        if value is not None:
            setattr(connection, field, value)
    connection.save(update_fields=_PROPERTIES)
    if presents:
        connection.presents.set(presents)
    return connection


def _created(name: str) -> Connection:
    try:
        with transaction.atomic():
            return parties.create_connection(name)
    except IntegrityError:
        raise Refused(f"{name} has just been made by somebody else.") from None


def _refuse_connected(connection: Connection) -> None:
    if connection.state in {ConnectionState.CONNECTED, ConnectionState.SUSPENDED}:
        raise Refused(
            f"{connection.name} is {connection.get_state_display().lower()} already: choose another "
            "name, or unregister it first."
        )


def _host(text: str) -> str:
    text = text.strip().lower()
    if not text:
        return ""
    try:
        return host_of(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise Refused(f"host: {text[:80]!r} is not a host: {error}.") from None


def _check(versions_url: str, token: str, version: str | None) -> None:
    try:
        check_url(versions_url)
    except ValueError as error:
        raise Refused(f"versions URL: {versions_url[:80]!r}: {error}.") from None
    if _TOKEN.fullmatch(token) is None:
        raise Refused(
            "token: must have printable characters without spaces, as the partner gave it."
        )
    if version and version not in SUPPORTED:
        raise Refused(f"version: {version} is not supported; supported: {', '.join(SUPPORTED)}.")


def _prepare(
    connection: Connection, kind: str, actor: events.Actor, version: str = ""
) -> Handshake:
    try:
        with transaction.atomic():
            return steps.begin(
                connection, kind, HandshakeDirection.OUT, actor=actor, version=version
            )
    except IntegrityError:
        raise Refused(
            f"Another handshake with {connection} is under way; wait for its end."
        ) from None
