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

    Raises ``PartyTaken``.
    """
    with sharing.changing([row.connection_id]):
        parties.approve_party(row, actor=actor)
    following.follow_approval(row.connection, row.party.role, actor)


def refuse(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Do not let a connection speak for a party, now or when the partner declares it again."""
    parties.refuse_party(row, actor=actor)
