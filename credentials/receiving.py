"""The partner's side of the credentials module: it registers, updates and unregisters with us.

OCPI 2.2.1, credentials. Everything fetched from the partner is fetched before anything is written, so
that a call-back that fails leaves no half registration and the token that was presented stays good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from credentials import agreeing, documents, following, pulls, reading, steps
from credentials.choices import HandshakeDirection, HandshakeKind, Problem
from credentials.discovery import Offer, check_host, discover
from credentials.failures import HandshakeFailure
from credentials.following import Before
from credentials.models import ExpectedParty
from credentials.reading import Theirs
from credentials.steps import Steps
from exchange import deliveries
from exchange.authentication import Caller
from exchange.egress import client
from ocpi.errors import InvalidParameters, MethodNotAllowed, OCPIError
from parties import events
from parties import services as parties
from parties.choices import ConnectionState, TokenKind
from parties.models import Connection, InboundToken

# Partners give up on their own request after 30 seconds as a rule; three of ours have to fit in.
CALLBACK_DEADLINE_SECONDS = 8.0
PARTNER = "partner"
TOKEN_B = "token B, which it gave us just now"  # noqa: S105
TOKEN_C = "token C, what it presents to us from now on"  # noqa: S105
_REGISTERED = frozenset({ConnectionState.CONNECTED, ConnectionState.SUSPENDED})


def register(
    caller: Caller, version: str, body: dict[str, Any], correlation_id: str
) -> dict[str, Any]:
    """POST: register the platform behind ``caller`` and return our credentials for it (token C).

    Raises MethodNotAllowed when it is registered already, or when another request with the same token
    was quicker; InvalidParameters, UnableToUseClientAPI (3001), UnsupportedVersion (3002) or
    MissingEndpoints (3003) leave the one-time token as it was.
    """
    connection = newcomer(caller)
    documents.own_credentials(connection, version, "")
    with _recorded(connection, HandshakeKind.REGISTRATION, version, correlation_id) as record:
        theirs = _read(record, version, body, caller.token)
        offer = _call_back(record, connection, theirs, version, caller.token.host)
        with record.step("Register the partner") as step, transaction.atomic():
            if not parties.consume_registration_token(caller.token):
                raise MethodNotAllowed("This token has been used already: you are registered.")
            parties.revoke_tokens(connection)
            plain = _agree(connection, theirs, offer, afresh=True)
            step.detail = f"{theirs}. {_given(plain)}"
        diagnosis = f"{connection} registered with OCPI {offer.version}."
        events.record("connection.registered", diagnosis, connection=connection, actor=PARTNER)
        steps.finish(record.handshake, diagnosis)
    pulls.start_later(connection)
    return documents.own_credentials(connection, version, plain)


def update(
    caller: Caller, version: str, body: dict[str, Any], correlation_id: str
) -> dict[str, Any]:
    """PUT: take new credentials and endpoints, and return a new token; the old one fades out.

    A PUT at another version's address switches to that version. Raises MethodNotAllowed when the platform
    is not registered. Whatever fails leaves the old state.
    """
    connection, before = registered(caller), Before.of(caller.connection)
    documents.own_credentials(connection, version, "")
    switches = version != before.version
    kind = HandshakeKind.VERSION if switches else HandshakeKind.ROTATION
    with _recorded(connection, kind, version, correlation_id) as record:
        theirs = _read(record, version, body, None)
        offer = _call_back(record, connection, theirs, version, bound_host(connection))
        with record.step("Store the new credentials") as step, transaction.atomic():
            plain = _agree(connection, theirs, offer)
            delay = pulls.DELAY_SECONDS
            fetch = following.follow(connection, before, PARTNER, delay_seconds=delay)
            step.detail = f"{theirs}. {_given(plain)}"
        changed = f"switched from OCPI {before.version} to {version} and " if switches else ""
        diagnosis = (
            f"{connection} {changed}renewed its credentials; the tokens before are fading out."
        )
        events.record("connection.rotated", diagnosis, connection=connection, actor=PARTNER)
        steps.finish(record.handshake, diagnosis)
    if fetch:
        pulls.start_later(connection, modules=fetch, full=True)
    return documents.own_credentials(connection, version, plain)


def unregister(caller: Caller, version: str, correlation_id: str) -> None:
    """DELETE: end the connection at once. Raises MethodNotAllowed when it is not registered."""
    connection = registered(caller)
    with _recorded(connection, HandshakeKind.UNREGISTRATION, version, correlation_id) as record:
        with record.step("Revoke all tokens"):
            parties.disconnect(connection, "The partner unregistered.")
            deliveries.forget_pending(connection)
        diagnosis = f"{connection} unregistered; all tokens are worthless now."
        events.record("connection.unregistered", diagnosis, connection=connection, actor=PARTNER)
        steps.finish(record.handshake, diagnosis)


def newcomer(caller: Caller) -> Connection:
    """The connection of a caller that may register; MethodNotAllowed otherwise."""
    if caller.token.kind != TokenKind.REGISTRATION or caller.connection.state in _REGISTERED:
        raise MethodNotAllowed("You are registered already; use PUT to update your credentials.")
    return caller.connection


def registered(caller: Caller) -> Connection:
    """The connection of a caller that is registered; MethodNotAllowed otherwise."""
    if caller.token.kind == TokenKind.REGISTRATION or not caller.connection.is_connected:
        raise MethodNotAllowed("You are not registered yet; use POST.")
    return caller.connection


@contextmanager
def _recorded(
    connection: Connection, kind: str, version: str, correlation_id: str
) -> Iterator[Steps]:
    handshake = steps.begin(
        connection,
        kind,
        HandshakeDirection.IN,
        actor=PARTNER,
        version=version,
        correlation_id=correlation_id,
    )
    try:
        yield Steps(handshake)
    except HandshakeFailure as failure:
        steps.finish(handshake, failure.diagnosis, failure.problem)
        raise failure.as_answer() from None
    except OCPIError as error:
        steps.finish(handshake, error.message, Problem.REFUSED)
        raise
    except BaseException:
        steps.finish(handshake, "Something went wrong here; it is logged.", Problem.OUR_ERROR)
        raise


def _read(record: Steps, version: str, body: dict[str, Any], token: InboundToken | None) -> Theirs:
    with record.step("Read the partner's credentials") as step:
        theirs = reading.read_request(record.handshake.connection, version, body)
        if token is not None:
            _check_expected(theirs, token)
        step.detail = theirs.summary
    return theirs


def _check_expected(theirs: Theirs, token: InboundToken) -> None:
    if token.host:
        try:
            check_host(theirs.url, token.host)
        except HandshakeFailure as failure:
            raise InvalidParameters(f"url: {failure.fact}") from None
    expected = {(p.country_code, p.party_id, p.role) for p in _expected(token)}
    for party, role, _ in [*theirs.parties, *(theirs.reached or ())] if expected else ():
        if not {(*party, role), (*party, "")} & expected:
            raise InvalidParameters(
                f"roles: {party} as {role} is not among the parties this token was issued for."
            )


def _expected(token: InboundToken) -> list[ExpectedParty]:
    return list(ExpectedParty.objects.filter(token=token))


def bound_host(connection: Connection) -> str:
    """The host staff bound the registration to, if they did."""
    used = connection.inbound_tokens.filter(kind=TokenKind.REGISTRATION).exclude(used_at=None)
    return used.order_by("-used_at").values_list("host", flat=True).first() or ""


def _call_back(
    record: Steps, connection: Connection, theirs: Theirs, version: str, host: str
) -> Offer:
    with client(
        connection,
        token=theirs.token,
        hosts=(),
        total_deadline=CALLBACK_DEADLINE_SECONDS,
        correlation_id=record.handshake.correlation_id,
    ) as partner:
        return discover(
            record,
            partner,
            theirs.url,
            wanted=version,
            host=host,
            token_name=TOKEN_B,
        )


def _agree(connection: Connection, theirs: Theirs, offer: Offer, *, afresh: bool = False) -> str:
    """Write what was agreed, in the caller's transaction; returns our new token for the partner."""
    Connection.objects.select_for_update().get(pk=connection.pk)
    row, plain = parties.issue_token(connection, TokenKind.ACCESS)
    parties.retire_tokens(connection, except_id=row.pk)
    parties.store_outbound_token(connection, theirs.token, afresh=afresh)
    try:
        agreeing.declare(connection, theirs)
    except parties.PartyTaken as taken:
        raise InvalidParameters(f"roles: {taken}") from None
    agreeing.connect(connection, offer, theirs, versions_url=theirs.url)
    return plain


def _given(plain: str) -> str:
    return f"We give it token {plain[:4]}… ({TOKEN_C})."
