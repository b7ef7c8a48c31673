"""Handshakes of ours that are yet to be run; :func:`credentials.services.run` or a worker runs them."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import IntegrityError, transaction

from credentials import steps
from credentials.choices import HandshakeDirection, HandshakeKind
from credentials.models import Handshake
from credentials.services import making
from credentials.services.making import Refused
from ocpi.urls import check_url, host_of
from parties import events
from parties import services as parties
from parties.choices import ConnectionState
from parties.models import Connection, Party

_TOKEN = re.compile(r"[!-~]{1,255}")


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
    offered_versions: Collection[str] | None = None,
    required_modules: Collection[str] | None = None,
    token_encoding: str | None = None,
    dialect: str | None = None,
    actor: events.Actor = None,
) -> Handshake:
    """A registration with the partner behind ``versions_url`` by its one-time token, yet to be run.

    The name of a connection that isn't connected is tried again with these values; see ``invite`` for
    what they mean. Raises Refused.
    """
    versions_url, token = versions_url.strip(), token.strip()
    _check(versions_url, token)
    values = {
        "kind": kind,
        "environment": environment,
        "offered_versions": offered_versions,
        "required_modules": required_modules,
    }
    connection = making.make(name, presents, values, token_encoding, dialect)
    if version:
        _check_offered(connection, version)
    connection.versions_url = versions_url
    connection.pinned_hosts = [host_of(versions_url)]
    # What was agreed before it was unregistered says nothing about how its tokens are spelled now.
    connection.version = ""
    if connection.state == ConnectionState.UNREGISTERED:
        connection.state = ConnectionState.NEW
    connection.save(update_fields=["versions_url", "pinned_hosts", "version", "state"])
    parties.store_outbound_token(connection, token, afresh=True)
    return _prepare(connection, HandshakeKind.REGISTRATION, actor, version or "")


def prepare_retry(connection: Connection, actor: events.Actor = None) -> Handshake:
    """The last registration once more, with the token and version it had. Raises Refused."""
    making.refuse_connected(connection)
    last = Handshake.objects.filter(
        connection=connection, kind=HandshakeKind.REGISTRATION, direction=HandshakeDirection.OUT
    ).first()
    if last is None or not connection.outbound_token_encrypted:
        raise Refused(f"{connection} has no registration of ours to try again.")
    return _prepare(connection, HandshakeKind.REGISTRATION, actor, last.version)


def prepare_rotation(connection: Connection, actor: events.Actor = None) -> Handshake:
    """New tokens in both directions, yet to be run. Raises Refused unless connected."""
    _refuse_unconnected(connection)
    return _prepare(connection, HandshakeKind.ROTATION, actor, connection.version)


def prepare_compromise(connection: Connection, actor: events.Actor = None) -> Handshake:
    """New tokens in both directions, those of now worthless at once. Raises Refused unless connected."""
    _refuse_unconnected(connection)
    return _prepare(connection, HandshakeKind.COMPROMISE, actor, connection.version)


def prepare_version_change(
    connection: Connection, version: str, actor: events.Actor = None
) -> Handshake:
    """A change to another version (PUT at its credentials), yet to be run. Raises Refused."""
    _refuse_unconnected(connection)
    _check_offered(connection, version)
    if version == connection.version:
        raise Refused(f"{connection} speaks OCPI {version} already.")
    return _prepare(connection, HandshakeKind.VERSION, actor, version)


def prepare_discovery(connection: Connection, actor: events.Actor = None) -> Handshake:
    """Versions and endpoints fetched again, yet to be run. Raises Refused unless connected."""
    _refuse_unconnected(connection)
    return _prepare(connection, HandshakeKind.DISCOVERY, actor, connection.version)


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


def _refuse_unconnected(connection: Connection) -> None:
    if not connection.is_connected:
        raise Refused(f"{connection} is not connected.")


def _check_offered(connection: Connection, version: str) -> None:
    making.check_version(version)
    offered = parties.offered_versions(connection)
    if version in offered:
        return
    if version == "2.1.1" and version in (connection.offered_versions or [version]):
        raise Refused(f"version: {making.NEEDS_ONE_PARTY}")
    raise Refused(
        f"version: {version} is not among those {connection} is offered: {', '.join(offered)}."
    )


def _check(versions_url: str, token: str) -> None:
    try:
        check_url(versions_url)
    except ValueError as error:
        raise Refused(f"versions URL: {versions_url[:80]!r}: {error}.") from None
    if _TOKEN.fullmatch(token) is None:
        raise Refused(
            "token: must have printable characters without spaces, as the partner gave it."
        )


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
