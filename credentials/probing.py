"""Looking at the partner without agreeing on anything: does it take this token, what does it offer now?"""

from __future__ import annotations

from django.db import transaction

from credentials import following, pulls, reading
from credentials.discovery import Offer, data_of, discover
from credentials.failures import HandshakeFailure
from credentials.following import Before
from credentials.models import Handshake
from credentials.receiving import bound_host
from credentials.steps import Steps
from exchange import registry
from exchange.egress import PartnerClient, client
from parties import events
from parties import services as parties
from parties.models import Connection

MODULE = "credentials"
TOKEN_C = "token C, what we present to the partner"  # noqa: S105


def test(handshake: Handshake) -> str:
    """Ask the partner for versions, details and credentials with the token we hold; changes nothing."""
    connection, record = handshake.connection, Steps(handshake)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        offer = _look(record, connection, partner)
        with record.step("Fetch our credentials", partner) as step:
            data = data_of(partner.request("GET", offer.credentials_url, module=MODULE))
            theirs = reading.read_response(connection, data, connection.versions_url)
            step.detail = str(theirs)
    parties.reached(connection)
    return f"{connection} answers and accepts our token."


def rediscover(handshake: Handshake) -> str:
    """Fetch versions and endpoints again, and keep what changed; raises :class:`HandshakeFailure`.

    The version stays. Modules that are new are told and fetched, those that are gone no longer.
    """
    connection, record = handshake.connection, Steps(handshake)
    with client(connection, correlation_id=handshake.correlation_id) as partner:
        offer = _look(record, connection, partner)
    parties.reached(connection)
    with record.step("Compare with what was known") as step:
        changed, fetch = _update(connection, offer, handshake.actor)
        step.detail = changed
    if fetch:
        pulls.start(connection, handshake.actor, modules=fetch, full=True)
    return f"{connection}: {changed}"


def _look(record: Steps, connection: Connection, partner: PartnerClient) -> Offer:
    return discover(
        record,
        partner,
        connection.versions_url,
        wanted=connection.version,
        host=bound_host(connection),
        token_name=TOKEN_C,
    )


@transaction.atomic
def _update(connection: Connection, offer: Offer, actor: str) -> tuple[str, list[str]]:
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if not row.is_connected or row.version != offer.version:
        return "The connection has changed meanwhile; nothing was written.", []
    connection.refresh_from_db()
    before, endpoints = Before.of(connection), connection.endpoints
    found = following.changes(endpoints, offer.endpoints)
    new_versions = set(connection.partner_versions) != set(offer.offered)
    parties.spell_tokens(connection, offer.encoding, offer.version)
    parties.update_endpoints(
        connection,
        endpoints=offer.endpoints,
        push_modules=registry.push_modules(offer.endpoints, offer.version),
        partner_versions=offer.offered,
    )
    said = [f"{kind}: {', '.join(names)}" for kind, names in found.items()]
    if new_versions:
        said.append(f"versions offered: {', '.join(offer.offered)}")
    if not said:
        return "Nothing has changed.", []
    message = "; ".join(said)[0].upper() + "; ".join(said)[1:] + "."
    detail = {"endpoints": found, "versions": offer.offered}
    events.record(
        "connection.endpoints_changed", message, connection=connection, actor=actor, detail=detail
    )
    return message, following.follow(connection, before, actor)


def prove(
    record: Steps, connection: Connection, credentials_url: str, *, roll_back: bool = False
) -> None:
    """GET credentials with the new token. A failure is a warning, not the end.

    With ``roll_back`` the token before is used again when the partner takes that and not the new one.
    """
    token, correlation_id = parties.outbound_token(connection), record.handshake.correlation_id
    with (
        client(connection, token=token, correlation_id=correlation_id) as partner,
        record.step("Check the new token", partner) as step,
    ):
        partner.allow(credentials_url)
        response = partner.request("GET", credentials_url, module=MODULE)
        if response.ok:
            parties.reached(connection)
            step.detail = f"The partner accepts it: {token[:4]}… ({TOKEN_C})."
        else:
            step.warn(response.diagnosis)
    if roll_back and response.http_status == 401:
        _roll_back(record, connection, credentials_url)


def _roll_back(record: Steps, connection: Connection, credentials_url: str) -> None:
    """The partner does not know the token it has just given us: does it still take the one before?"""
    token = parties.previous_outbound_token(connection)
    if token and _accepts(record, connection, credentials_url, token, "Check the token before"):
        parties.roll_back_outbound_token(connection, token)


def settled(record: Steps, offer: Offer, failure: HandshakeFailure) -> HandshakeFailure:
    """After an unclear renewal: find out whether the partner still expects the token in use.

    Both of our own tokens stay good until a later renewal, or the first use of the new one, settles it;
    revoking either could lock the partner out.
    """
    connection = record.handshake.connection
    token = parties.outbound_token(connection)
    if _accepts(record, connection, offer.credentials_url, token, "Check the token in use"):
        advice = "The partner still takes the token in use, so nothing is interrupted. Renew again."
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
