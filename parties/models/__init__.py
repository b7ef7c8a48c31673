"""Parties, the connections to their platforms, agreements, tokens and events."""

from parties.models.agreements import Agreement, AgreementShare, EntitledToken, SelectedObject
from parties.models.connections import Connection, ConnectionParty, ConnectionQuerySet
from parties.models.events import Event
from parties.models.parties import Party, PartyQuerySet
from parties.models.tokens import InboundToken, InboundTokenQuerySet

__all__ = [
    "Agreement",
    "AgreementShare",
    "Connection",
    "ConnectionParty",
    "ConnectionQuerySet",
    "EntitledToken",
    "Event",
    "InboundToken",
    "InboundTokenQuerySet",
    "Party",
    "PartyQuerySet",
    "SelectedObject",
]
