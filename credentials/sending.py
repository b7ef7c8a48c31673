"""Our side of the credentials module: we register, rotate, unregister and test.

OCPI 2.2.1, credentials. No transaction is open while the partner is called, because it calls us back
before it answers; what it needs for that is committed before.
"""

from __future__ import annotations

from django.db import transaction

from credentials import documents, pulls, spellings
from credentials.choices import Problem
from credentials.discovery import Offer, check_host, data_of, discover
from credentials.documents import Theirs
from credentials.failures import HandshakeFailure
from credentials.models import Handshake
from credentials.steps import Step, Steps
from exchange import registry
from exchange.choices import Direction
from exchange.egress import PartnerClient, client
from exchange.models import Exchange
from ocpi.client import OCPIResponse
from ocpi.errors import InvalidParameters
from parties import events
from parties import services as parties
from parties.choices import TokenKind
from parties.models import Connection, InboundToken

MODULE = "credentials"


def register(handshake: Handshake) -> str:
    """Register with the partner by the token it gave us; returns the diagnosis of the success.

    Raises :class:`HandshakeFailure`; the token we offered is then worthless, and the connection keeps the
    partner's one-time token, so that it can be tried again.
    """
    connection, record = handshake.connection, Steps(handshake)
    _check_address(record, connection)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        try:
            offer = discover(record, partner, connection.versions_url, wanted=handshake.version)
        except HandshakeFailure as failure:
            if failure.problem == Problem.UNAUTHORIZED:
                spellings.try_others(record, failure)
            raise
        row, plain = _prepare_token(record, connection)
        try:
            response = _send(record, partner, "POST", offer, plain)
            theirs = _read(record, connection, offer, response)
            _store(record, connection, offer, theirs, row)
        except BaseException:
            parties.revoke_token(row)
            raise
    _prove(record, connection, offer.credentials_url)
    with record.step("Start the first pull") as step:
        _start_pulls(step, connection, handshake.actor)
    return f"Registered with {connection}, OCPI {offer.version}."


def rotate(handshake: Handshake) -> str:
    """Renew the tokens in both directions (PUT); returns the diagnosis of the success.

    Raises :class:`HandshakeFailure`. After a clean failure everything is as before. When it is not clear
    whether the partner took the new token, both of ours stay good and a probe finds out which of its own
    the partner expects.
    """
    connection, record = handshake.connection, Steps(handshake)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        offer = discover(record, partner, connection.versions_url, wanted=handshake.version)
        row, plain = _prepare_token(record, connection)
        try:
            response = _send(record, partner, "PUT", offer, plain)
            theirs = _read(record, connection, offer, response)
        except HandshakeFailure as failure:
            if not failure.is_clean:
                raise _settled(record, offer, failure) from None
            parties.revoke_token(row)
            raise
        except BaseException:
            parties.revoke_token(row)
            raise
    _store(record, connection, offer, theirs, row)
    _prove(record, connection, offer.credentials_url, roll_back=True)
    return f"New tokens in both directions with {connection}; those before are fading out."


def unregister(handshake: Handshake) -> str:
    """Tell the partner (DELETE) and end the connection on our side, whatever it answers."""
    connection, record = handshake.connection, Steps(handshake)
    told = _say_goodbye(record, handshake)
    with record.step("Revoke all tokens"):
        parties.disconnect(connection, "We unregistered.")
    ending = "." if told else ", but the partner could not be told: let it know."
    diagnosis = f"Unregistered from {connection}{ending}"
    actor = handshake.actor
    events.record("connection.unregistered", diagnosis, connection=connection, actor=actor)
    return diagnosis


def test(handshake: Handshake) -> str:
    """Ask the partner for versions, details and credentials with the token we hold; changes nothing."""
    connection, record = handshake.connection, Steps(handshake)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        offer = discover(record, partner, connection.versions_url, wanted=connection.version)
        with record.step("Fetch our credentials", partner) as step:
            data = data_of(partner.request("GET", offer.credentials_url, module=MODULE))
            theirs = documents.read_response(data, connection.versions_url)
            step.detail = _spoken(theirs)
    parties.reached(connection)
    return f"{connection} answers and accepts our token."


def _check_address(record: Steps, connection: Connection) -> None:
    with record.step("Check the address") as step:
        check_host(connection.versions_url, "")
        if not parties.our_parties(connection).exists():
            raise HandshakeFailure(
                Problem.NOTHING_PRESENTED,
                "No party is hosted here yet; there is nobody to connect with.",
                "Host one first: manage.py host NL*ABC --role CPO.",
            )
        step.detail = connection.versions_url


def _prepare_token(record: Steps, connection: Connection) -> tuple[InboundToken, str]:
    """Our token for the partner, committed before the partner hears of it."""
    with record.step("Prepare a token for the partner") as step:
        row, plain = parties.issue_token(connection, TokenKind.ACCESS)
        step.detail = f"{row.prefix}…"
    return row, plain


def _send(
    record: Steps, partner: PartnerClient, method: str, offer: Offer, plain: str
) -> OCPIResponse:
    connection = record.handshake.connection
    before = _latest_exchange(connection)
    ours = documents.own_credentials(connection, offer.version, plain)
    try:
        with record.step(f"Send our credentials ({method})", partner):
            partner.allow(offer.credentials_url)
            response = partner.request(method, offer.credentials_url, module=MODULE, data=ours)
            data_of(response)
    finally:
        _show_call_back(record, connection, before)
    return response


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
            theirs = documents.read_response(
                response.data, offer.versions_url, needs_roles=not connection.is_connected
            )
        except InvalidParameters as error:
            raise HandshakeFailure(
                Problem.INVALID_CREDENTIALS,
                error.message,
                "Show the partner its answer: it has to hold token, url and roles.",
                is_clean=False,
            ) from None
        step.detail = _spoken(theirs)
    return theirs


def _store(
    record: Steps, connection: Connection, offer: Offer, theirs: Theirs, row: InboundToken
) -> None:
    with record.step("Store the partner's credentials") as step:
        try:
            _write(connection, offer, theirs, row, record.handshake.actor)
        except parties.PartyTaken as taken:
            _give_back(record, connection, offer, theirs)
            raise HandshakeFailure(
                Problem.INVALID_CREDENTIALS,
                f"The partner declares a party it cannot have here: {taken}",
                "Settle with the partner who speaks for that party, then ask it for a fresh token.",
            ) from None
        step.detail = f"Token {theirs.token[:4]}…; {_spoken(theirs)}"
        if theirs.url != offer.versions_url:
            step.detail += (
                f"; it names {theirs.url} as its versions URL, we keep the one that works"
            )


@transaction.atomic
def _write(
    connection: Connection, offer: Offer, theirs: Theirs, row: InboundToken, actor: str
) -> None:
    Connection.objects.select_for_update().get(pk=connection.pk)
    rotated = connection.is_connected
    if rotated:
        parties.retire_tokens(connection, except_id=row.pk)
    else:
        parties.revoke_tokens(connection, except_ids=[row.pk])
    parties.store_outbound_token(connection, theirs.token)
    if theirs.parties:
        _declare(connection, theirs, must=not rotated)
    parties.connect(
        connection,
        # The address that has just worked; what the partner says of itself may be an inner one.
        versions_url=offer.versions_url,
        version=offer.version,
        endpoints=offer.endpoints,
        push_modules=registry.push_modules(offer.endpoints, offer.version),
    )
    events.record(
        "connection.rotated" if rotated else "connection.registered",
        "We renewed the tokens." if rotated else f"We registered with OCPI {offer.version}.",
        connection=connection,
        actor=actor,
    )


def _declare(connection: Connection, theirs: Theirs, *, must: bool) -> None:
    try:
        parties.declare_parties(connection, theirs.parties)
    except parties.PartyTaken as taken:
        if must:
            raise
        # The tokens have changed on the partner's side already; its parties stay as they were.
        events.record("connection.party_refused", str(taken), connection=connection)


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
        partner.allow(offer.credentials_url)
        partner.request("DELETE", offer.credentials_url, module=MODULE)


def _prove(
    record: Steps, connection: Connection, credentials_url: str, *, roll_back: bool = False
) -> None:
    """GET credentials with the new token. A failure is a warning, not the end."""
    correlation_id = record.handshake.correlation_id
    with (
        client(connection, correlation_id=correlation_id) as partner,
        record.step("Check the new token", partner) as step,
    ):
        partner.allow(credentials_url)
        response = partner.request("GET", credentials_url, module=MODULE)
        if response.ok:
            parties.reached(connection)
            step.detail = "The partner accepts it."
        else:
            step.warn(response.diagnosis)
    if roll_back and response.http_status == 401:
        _roll_back(record, connection, credentials_url)


def _roll_back(record: Steps, connection: Connection, credentials_url: str) -> None:
    """The partner does not know the token it has just given us: does it still take the one before?"""
    token = parties.previous_outbound_token(connection)
    if token and _accepts(record, connection, credentials_url, token, "Check the token before"):
        parties.store_outbound_token(connection, token)


def _settled(record: Steps, offer: Offer, failure: HandshakeFailure) -> HandshakeFailure:
    """After an unclear rotation: find out whether the partner still expects the token in use.

    Both of our own tokens stay good until a later rotation settles it; revoking either could lock the
    partner out.
    """
    connection, token = (
        record.handshake.connection,
        parties.outbound_token(record.handshake.connection),
    )
    if _accepts(record, connection, offer.credentials_url, token, "Check the token in use"):
        advice = (
            "The partner still takes the token in use, so nothing is interrupted. Rotate again."
        )
    else:
        advice = (
            "The partner does not take the token in use, and the new one did not arrive. Ask it to "
            "send us its credentials again (PUT), which works with either of our tokens, or "
            "unregister and connect anew."
        )
    events.record("connection.rotation_unclear", advice, connection=connection)
    return HandshakeFailure(failure.problem, failure.fact, advice, is_clean=False)


def _accepts(record: Steps, connection: Connection, url: str, token: str, title: str) -> bool:
    """Whether the partner answers GET credentials with this token; a silent partner does not count."""
    correlation_id = record.handshake.correlation_id
    with (
        client(connection, token=token, hosts=(), correlation_id=correlation_id) as probe,
        record.step(title, probe) as step,
    ):
        probe.allow(url)
        response = probe.request("GET", url, module=MODULE)
        if not response.ok:
            step.warn(response.diagnosis)
        return response.ok


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


def _start_pulls(step: Step, connection: Connection, actor: str) -> None:
    modules = pulls.start(connection, actor)
    if modules:
        step.detail = ", ".join(modules)
    else:
        step.skip("The partner offers nothing that we fetch.")


def _spoken(theirs: Theirs) -> str:
    return "Parties: " + ", ".join(f"{party} {role}" for party, role, _ in theirs.parties)
