"""Writing what a handshake agreed on, whichever side began it; both in the caller's transaction."""

from __future__ import annotations

from credentials.discovery import Offer
from credentials.reading import Theirs
from exchange import registry, sharing
from parties import services as parties
from parties.models import Connection


def declare(connection: Connection, theirs: Theirs) -> None:
    """The parties the partner speaks for. Raises ``PartyTaken``."""
    # What a partner sees follows from the parties it speaks for, and what was agreed with those.
    with sharing.changing([connection.pk]):
        parties.declare_parties(connection, theirs.parties, reached=theirs.reached)


def connect(connection: Connection, offer: Offer, theirs: Theirs, *, versions_url: str) -> None:
    """The version, the endpoints and how our token is spelled there.

    At 2.1.1 the one party of ours that the connection is about is written down, so that hosting another
    later does not change what it is about. To our back office one party stands for all, and all are seen.
    """
    parties.spell_tokens(connection, offer.encoding, offer.version)
    parties.connect(
        connection,
        versions_url=versions_url,
        version=offer.version,
        endpoints=offer.endpoints,
        push_modules=registry.push_modules(offer.endpoints, offer.version),
        partner_versions=offer.offered,
        hub_party_id=theirs.hub or ("" if theirs.parties else connection.hub_party_id),
    )
    if parties.is_gateway(connection):
        return
    if offer.version == "2.1.1" and not connection.presents.exists():
        connection.presents.set(filter(None, [parties.only_party(connection)]))
