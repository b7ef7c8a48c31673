"""Our side of the credentials module: we register, renew tokens, change the version, unregister.

OCPI 2.2.1, credentials. No transaction is open while the partner is called, because it calls us back
before it answers; what it needs for that is committed before.
"""

from __future__ import annotations

from django.db import transaction

from credentials import agreeing, documents, following, probing, pulls, reading
from credentials.choices import RENEWING, HandshakeKind, Problem
from credentials.discovery import Offer, check_host, data_of, discover
from credentials.failures import HandshakeFailure
from credentials.following import Before
from credentials.models import Handshake
from credentials.reading import Theirs
from credentials.receiving import bound_host
from credentials.steps import Step, Steps
from exchange import deliveries
from exchange.choices import Direction
from exchange.egress import PartnerClient, client
from exchange.models import Exchange
from ocpi.client import OCPIResponse
from ocpi.errors import InvalidParameters, ServerError
from parties import events
from parties import services as parties
from parties.choices import TokenKind
from parties.models import Connection, InboundToken

MODULE = "credentials"
TOKEN_A = "token A, the one-time token of the partner"  # noqa: S105
TOKEN_B = "token B, what the partner presents to us"  # noqa: S105
TOKEN_C = "token C, what we present to the partner"  # noqa: S105


def register(handshake: Handshake) -> str:
    """Register with the partner by the token it gave us; returns the diagnosis of the success.

    Raises :class:`HandshakeFailure`; the token we offered is then worthless, and the connection keeps the
    partner's one-time token, so that it can be tried again.
    """
    connection, record = handshake.connection, Steps(handshake)
    _check_address(record, connection)
    token = parties.outbound_token(connection)
    correlation_id = handshake.correlation_id
    with client(connection, token=token, correlation_id=correlation_id) as partner:
        url, wanted = connection.versions_url, handshake.version
        offer = discover(record, partner, url, wanted=wanted, token_name=TOKEN_A)
        row, plain = _prepare_token(record, connection)
        try:
            response = _send(record, partner, "POST", offer, plain)
            theirs = _read(record, connection, offer, response)
            _store(record, offer, theirs, row)
        except BaseException:
            parties.revoke_token(row)
            raise
    probing.prove(record, connection, offer.credentials_url)
    with record.step("Start the first pull") as step:
        _start_pulls(step, connection, handshake.actor)
    return f"Registered with {connection}, OCPI {offer.version}."


def renew(handshake: Handshake) -> str:
    """Renew the tokens in both directions (PUT), in the version asked for; returns the diagnosis.

    Raises :class:`HandshakeFailure`. After a clean failure everything is as before. When it is not clear
    whether the partner took the new token, both of ours stay good and a probe finds out which of its own
    the partner expects.
    """
    connection, record = handshake.connection, Steps(handshake)
    before = Before.of(connection)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        offer = discover(
            record,
            partner,
            connection.versions_url,
            wanted=handshake.version,
            host=bound_host(connection),
            token_name=TOKEN_C,
        )
        row, plain = _prepare_token(record, connection)
        try:
            response = _send(record, partner, "PUT", offer, plain)
            theirs = _read(record, connection, offer, response)
        except HandshakeFailure as failure:
            if not failure.is_clean:
                parties.keep_token(row)
                raise probing.settled(record, offer, failure) from None
            parties.revoke_token(row)
            raise
        except BaseException:
            parties.revoke_token(row)
            raise
    fetch = _store(record, offer, theirs, row, before)
    safe = handshake.kind != HandshakeKind.COMPROMISE
    probing.prove(record, connection, offer.credentials_url, roll_back=safe)
    if fetch:
        with record.step("Fetch everything again") as step:
            _start_pulls(step, connection, handshake.actor, fetch)
    return _renewed(connection, before, safe=safe)


def _renewed(connection: Connection, before: Before, *, safe: bool) -> str:
    if connection.version != before.version:
        return (
            f"{connection} is spoken to in OCPI {connection.version} now, before in {before.version};"
            " what it may see is told again, and what it offers fetched again."
        )
    if safe:
        return f"New tokens in both directions with {connection}; those before are fading out."
    return f"New tokens in both directions with {connection}; those before are worthless."


def unregister(handshake: Handshake) -> str:
    """Tell the partner (DELETE) and end the connection on our side, whatever it answers."""
    connection, record = handshake.connection, Steps(handshake)
    told = _say_goodbye(record, handshake)
    with record.step("Revoke all tokens"):
        parties.disconnect(connection, "We unregistered.")
        deliveries.forget_pending(connection)
    ending = "." if told else ", but the partner could not be told: let it know."
    diagnosis = f"Unregistered from {connection}{ending}"
    actor = handshake.actor
    events.record("connection.unregistered", diagnosis, connection=connection, actor=actor)
    return diagnosis


def _check_address(record: Steps, connection: Connection) -> None:
    with record.step("Check the address") as step:
        check_host(connection.versions_url, "")
        if not parties.has_parties(connection):
            raise HandshakeFailure(
                Problem.NOTHING_PRESENTED,
                documents.NOBODY_YET,
                "Host one first: manage.py host NL*ABC --role CPO.",
            )
        step.detail = connection.versions_url


def _prepare_token(record: Steps, connection: Connection) -> tuple[InboundToken, str]:
    """Our token for the partner, committed before the partner hears of it.

    It ends by itself unless the handshake succeeds, so that nothing good is left when a worker dies.
    """
    with record.step("Prepare a token for the partner") as step:
        row, plain = parties.issue_token(connection, TokenKind.ACCESS, life=parties.PENDING_LIFE)
        step.detail = f"Token {row.prefix}… ({TOKEN_B})."
    return row, plain


def _send(
    record: Steps, partner: PartnerClient, method: str, offer: Offer, plain: str
) -> OCPIResponse:
    connection = record.handshake.connection
    before = _latest_exchange(connection)
    try:
        with record.step(f"Send our credentials ({method})", partner):
            partner.allow(offer.credentials_url)
            ours = _ours(connection, offer.version, plain)
            response = partner.request(method, offer.credentials_url, module=MODULE, data=ours)
            data_of(response)
    finally:
        _show_call_back(record, connection, before)
    return response


def _ours(connection: Connection, version: str, plain: str) -> dict[str, object]:
    try:
        return documents.own_credentials(connection, version, plain)
    except ServerError as error:
        advice = "Choose what the partner sees, under “Your parties it sees”."
        raise HandshakeFailure(Problem.NOTHING_PRESENTED, error.message, advice) from None


def _latest_exchange(connection: Connection) -> int:
    rows = Exchange.objects.filter(connection=connection).order_by("-id")
    return rows.values_list("id", flat=True).first() or 0


def _show_call_back(record: Steps, connection: Connection, after: int) -> None:
    """A step for the requests with which the partner looked at us before it answered."""
    seen = Exchange.objects.filter(
        connection=connection, direction=Direction.IN, module="versions", id__gt=after
    ).order_by("id")
    with record.step("The partner calls us back") as step:
        calls = [f"{e.method} {e.url}: HTTP {e.http_status}" for e in seen[:5]]
        if calls:
            step.detail = "; ".join(calls)
        else:
            step.skip("No request of the partner reached us while we waited for its answer.")


def _read(record: Steps, connection: Connection, offer: Offer, response: OCPIResponse) -> Theirs:
    with record.step("Read the partner's credentials") as step:
        try:
            theirs = reading.read_response(
                connection,
                response.data,
                offer.versions_url,
                needs_roles=not connection.is_connected,
            )
        except InvalidParameters as error:
            raise HandshakeFailure(
                Problem.INVALID_CREDENTIALS,
                error.message,
                "Show the partner its answer: it has to hold token, url and roles.",
                is_clean=False,
            ) from None
        step.detail = theirs.summary
    return theirs


def _store(
    record: Steps, offer: Offer, theirs: Theirs, row: InboundToken, before: Before | None = None
) -> list[str]:
    """Write what was agreed; returns the modules that have to be fetched again."""
    connection = record.handshake.connection
    with record.step("Store the partner's credentials") as step:
        try:
            fetch = _write(record.handshake, offer, theirs, row, before)
        except parties.PartyTaken as taken:
            _give_back(record, connection, offer, theirs)
            raise HandshakeFailure(
                Problem.INVALID_CREDENTIALS,
                f"The partner declares a party it cannot have here: {taken}",
                "Settle with the partner who speaks for that party, then ask it for a fresh token.",
            ) from None
        step.detail = f"Token {theirs.token[:4]}… ({TOKEN_C}); {theirs}"
        if theirs.url != offer.versions_url:
            step.detail += (
                f"; it names {theirs.url} as its versions URL, we keep the one that works"
            )
    return fetch


@transaction.atomic
def _write(
    handshake: Handshake,
    offer: Offer,
    theirs: Theirs,
    row: InboundToken,
    before: Before | None,
) -> list[str]:
    connection = handshake.connection
    Connection.objects.select_for_update().get(pk=connection.pk)
    compromised = handshake.kind == HandshakeKind.COMPROMISE
    parties.keep_token(row)
    if before is not None and not compromised:
        parties.retire_tokens(connection, except_id=row.pk)
    else:
        parties.revoke_tokens(connection, except_ids=[row.pk])
    afresh = before is None or compromised
    parties.store_outbound_token(connection, theirs.token, afresh=afresh)
    if theirs.parties:
        _declare(connection, theirs, must=before is None)
    # The address that has just worked; what the partner says of itself may be an inner one.
    agreeing.connect(connection, offer, theirs, versions_url=offer.versions_url)
    renewed = handshake.kind in RENEWING
    events.record(
        "connection.rotated" if renewed else "connection.registered",
        "We renewed the tokens." if renewed else f"We registered with OCPI {offer.version}.",
        connection=connection,
        actor=handshake.actor,
    )
    return following.follow(connection, before, handshake.actor) if before else []


def _declare(connection: Connection, theirs: Theirs, *, must: bool) -> None:
    try:
        agreeing.declare(connection, theirs)
    except parties.PartyTaken as taken:
        if must:
            raise
        # The tokens have changed on the partner's side already; its parties stay as they were.
        events.record("connection.party_taken", str(taken), connection=connection)


def _give_back(record: Steps, connection: Connection, offer: Offer, theirs: Theirs) -> None:
    """The partner has registered us and we cannot: undo it there, so that neither side is left hanging."""
    if connection.is_connected:
        return
    with client(
        connection,
        token=theirs.token,
        hosts=(),
        correlation_id=record.handshake.correlation_id,
    ) as partner:
        partner.present(theirs.token, offer.encoding)
        partner.allow(offer.credentials_url)
        partner.request("DELETE", offer.credentials_url, module=MODULE)


def _say_goodbye(record: Steps, handshake: Handshake) -> bool:
    connection = handshake.connection
    url = Offer(connection.versions_url, connection.version, connection.endpoints).credentials_url
    if not url or not parties.outbound_token(connection):
        return False
    with (
        client(connection, correlation_id=handshake.correlation_id) as partner,
        record.step("Tell the partner (DELETE)", partner) as step,
    ):
        response = partner.request("DELETE", url, module=MODULE)
        if not response.ok:
            step.warn(response.diagnosis)
        return response.ok


def _start_pulls(
    step: Step, connection: Connection, actor: str, modules: list[str] | None = None
) -> None:
    started = pulls.start(connection, actor, modules=modules, full=modules is not None)
    if started:
        step.detail = ", ".join(started)
    else:
        step.skip("The partner offers nothing that we fetch.")
