"""Parties that a partner added after its first handshake, and what staff decide about them."""

from __future__ import annotations

from django.db import transaction

from credentials import following
from exchange import sharing
from parties import events
from parties import services as parties
from parties.models import ConnectionParty


@transaction.atomic
def approve(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Let a connection speak for a party; it is told and asked for what follows from that.

    A party of our own back office becomes ours. Raises ``PartyTaken``.
    """
    party = row.party
    if parties.is_gateway(row.connection) and not party.is_ours:
        parties.check_free(row.connection, party)
        sharing.host(party.identity, [party.role], actor=actor)
        row.party.refresh_from_db()
    with sharing.changing([row.connection_id]):
        parties.approve_party(row, actor=actor)
    following.follow_approval(row.connection, row.party.role, actor)


def refuse(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Do not let a connection speak for a party, now or when the partner declares it again."""
    parties.refuse_party(row, actor=actor)
