"""Whose list to ask for: one crawl per party of a platform, or one for all of it.

OCPI 2.2.1, transport_and_format, Message Routing: the header names one party, and there is no "all parties of
this platform" without a hub. Platforms answer either with the party's objects or with everybody's; what comes
in is attributed by its own owner in both cases.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from exchange import registry
from exchange.models import PullState
from exchange.registry import Module
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId
from ocpi.versions import WITHOUT_ROUTING, Role
from parties import services as parties
from parties.choices import ConnectionKind
from parties.models import Connection, Party

EVERYBODY = "all its parties"


@dataclass(frozen=True)
class Target:
    """One list: of ``party``, or (``None``) of everyone behind the connection; and the headers to ask with."""

    party: Party | None
    routing: RoutingHeaders

    def state(self, connection: Connection, module: Module) -> PullState:
        """How far this list was fetched, made when it is new."""
        return PullState.objects.get_or_create(
            connection=connection, module=module.identifier, party=self.party
        )[0]


def targets(connection: Connection, module: Module) -> list[Target]:
    """The lists to fetch, in the order of the parties' keys."""
    if not module.routed:
        return [Target(None, RoutingHeaders(None, None))]
    ours = _ours(connection, module)
    if connection.version in WITHOUT_ROUTING or not connection.dialect.routing_headers:
        return [Target(None, RoutingHeaders(None, None))]
    if connection.kind == ConnectionKind.HUB:
        return [Target(None, RoutingHeaders(hub_party(connection), ours))]
    senders = sending_parties(connection, module)
    naming = connection.dialect.name_party
    if len(senders) > 1 and naming != "never":
        heedless = _asked_and_listed_all(connection, module)
        if heedless is None:
            return [Target(sender, RoutingHeaders(sender.identity, ours)) for sender in senders]
        return [Target(None, RoutingHeaders(heedless.identity, ours))]
    named = senders[0].identity if len(senders) == 1 and naming != "never" else None
    return [Target(None, RoutingHeaders(named, ours))]


def sending_parties(connection: Connection, module: Module) -> list[Party]:
    """The parties behind a connection that may offer the module, one row for each identity."""
    found = parties.spoken_parties(connection).filter(role__in=module.sender_roles)
    by_identity: dict[PartyId, Party] = {}
    for party in found.order_by("id"):
        by_identity.setdefault(party.identity, party)
    return list(by_identity.values())


def owner_ids(connection: Connection, module: Module) -> list[int]:
    """The primary keys that objects of the module from this connection can have as owner."""
    found = parties.spoken_parties(connection).filter(role__in=module.sender_roles)
    return list(found.order_by("id").values_list("pk", flat=True))


def owner_ids_of(state: PullState, module: Module) -> list[int]:
    """Those whose objects the list of ``state`` holds."""
    if state.party_id is not None:
        return [state.party_id]
    return owner_ids(state.connection, module)


def whose(state: PullState) -> str:
    """Whose list it is, for staff: one party, or everybody behind the connection."""
    if state.party is not None:
        return str(state.party.identity)
    module = registry.find(state.module)
    senders = sending_parties(state.connection, module) if module else []
    return str(senders[0].identity) if len(senders) == 1 else EVERYBODY


def hub_party(connection: Connection) -> PartyId | None:
    """The party of a hub itself: asked by its name, a hub answers for everyone behind it ("GET All")."""
    named = connection.hub_party_id
    if len(named) == 5:
        return PartyId.of(named[:2], named[2:])
    return _first(parties.spoken_parties(connection).filter(role=Role.HUB))


def _ours(connection: Connection, module: Module) -> PartyId | None:
    if parties.is_gateway(connection):
        return parties.portal_identity()
    ours = parties.our_parties(connection)
    return _first(ours.filter(role__in=module.receiver_roles)) or _first(ours)


def _asked_and_listed_all(connection: Connection, module: Module) -> Party | None:
    """The party that was asked for when the platform listed all of them."""
    state = (
        PullState.objects.filter(connection=connection, module=module.identifier, lists_all=True)
        .exclude(party=None)
        .select_related("party")
        .order_by("party_id")
        .first()
    )
    return state.party if state else None


def _first(found: QuerySet[Party]) -> PartyId | None:
    party = found.order_by("id").first()
    return party.identity if party else None
