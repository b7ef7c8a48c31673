"""Inviting a partner to register with us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import transaction

from credentials import documents
from credentials.models import ExpectedParty
from credentials.services import making
from credentials.services.making import Refused
from ocpi.ids import PartyId
from ocpi.urls import host_of
from parties import events
from parties import services as parties
from parties.choices import ConnectionState, TokenKind
from parties.models import Connection, Party

Expected = tuple[PartyId, str]
"""A party that may register, and its role (empty for any)."""
_Expected = Sequence[Expected]


class Invitation(NamedTuple):
    """What a partner needs to register with us; the token's plain text exists only here."""

    connection: Connection
    versions_url: str
    token: str


@transaction.atomic
def invite(
    name: str,
    *,
    presents: Collection[Party] = (),
    host: str = "",
    parties: _Expected = (),
    kind: str | None = None,
    environment: str | None = None,
    offered_versions: Collection[str] | None = None,
    required_modules: Collection[str] | None = None,
    token_encoding: str | None = None,
    dialect: str | None = None,
    actor: events.Actor = None,
) -> Invitation:
    """A connection for a partner that will register with us, and its one-time token (72 hours).

    ``host`` limits where the partner's platform may be (``name`` or ``name:port``), ``parties`` whom it
    may declare, ``offered_versions`` what it may speak; without its ``required_modules`` it is refused.
    ``kind`` (partner), ``environment`` (test) and ``token_encoding`` (version: as OCPI says) have the
    defaults named; ``dialect`` is a preset of ``ocpi.dialects``.
    The name of a connection that isn't connected gets a fresh token. Raises Refused.
    """
    values = {
        "kind": kind,
        "environment": environment,
        "offered_versions": offered_versions,
        "required_modules": required_modules,
    }
    connection = making.make(name, presents, values, token_encoding, dialect)
    return _issue(connection, _host(host), parties, actor)


@transaction.atomic
def reinvite(connection: Connection, actor: events.Actor = None) -> Invitation:
    """A fresh one-time token, under the conditions of the one before. Raises Refused when connected."""
    making.refuse_connected(connection)
    last = connection.inbound_tokens.filter(kind=TokenKind.REGISTRATION).first()
    expected = ExpectedParty.objects.filter(token=last) if last else ()
    named = [(PartyId(e.country_code, e.party_id), e.role) for e in expected]
    return _issue(connection, last.host if last else "", named, actor)


def _issue(
    connection: Connection, host: str, expected: _Expected, actor: events.Actor
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


def _host(text: str) -> str:
    text = text.strip().lower()
    if not text:
        return ""
    try:
        return host_of(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise Refused(f"host: {text[:80]!r} is not a host: {error}.") from None
