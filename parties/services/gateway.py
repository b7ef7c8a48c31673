"""The portal as its own back office sees it: a hub, behind which everybody else can be reached."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q

from ocpi.ids import PartyId
from parties.choices import ConnectionKind, ConnectionState, Role
from parties.models import Connection, Party
from parties.services.identities import reachable_parties, spoken_parties

HUB_SUFFIX = "HUB"
_LIVE = (ConnectionState.CONNECTED, ConnectionState.SUSPENDED)


def is_gateway(connection: Connection) -> bool:
    """Whether the portal is a hub to this connection, because our own back office is behind it."""
    return connection.kind == ConnectionKind.BACK_OFFICE


def portal_identity() -> PartyId | None:
    """Whom the portal is as a hub: ``PORTAL_PARTY_ID``, or a party hosted here in the role HUB.

    Without either it is ``HUB`` in the country of the party that was hosted here first; ``None`` while there
    is none. Only our own back office gets to see it.
    """
    if settings.PORTAL_PARTY_ID:
        return PartyId.parse(settings.PORTAL_PARTY_ID)
    hosted = Party.objects.ours().order_by("id")
    hub = hosted.filter(role=Role.HUB).first()
    if hub is not None:
        return hub.identity
    first = hosted.first()
    return PartyId(first.country_code, HUB_SUFFIX) if first else None


def is_the_hub(connection: Connection, party: PartyId) -> bool:
    """Whether our back office means the portal itself by ``party``."""
    return is_gateway(connection) and party == portal_identity()


def portal_party(role: str) -> Party | None:
    """The portal itself in a role, as a party that is not stored; ``None`` while it has no identity."""
    identity = portal_identity()
    if identity is None:
        return None
    known = Party.objects.ours().identified(identity).exclude(name="").first()
    name = known.name if known else "Roaming portal"
    return Party(
        country_code=identity.country_code, party_id=identity.party_id, role=role, name=name
    )


def parties_behind(connection: Connection) -> list[Party]:
    """Everybody our back office can reach here, for the list of 2.3.0.

    Parties of ours that it does not run, and those that partners of the same environment speak for.
    """
    partners = Q(
        connection_parties__approved=True,
        connection_parties__connection__state__in=_LIVE,
        connection_parties__connection__environment=connection.environment,
    )
    found = reachable_parties(connection).filter(Q(is_ours=True) | partners)
    return list(found.exclude(role=Role.HUB).distinct())


def stand_in(connection: Connection) -> Party | None:
    """The one party that our back office has to do with at 2.1.1, which knows no hubs.

    The one that staff chose; without a choice the portal itself, on the other side of what the back office
    runs. ``None`` while the portal has no identity.
    """
    chosen = list(connection.presents.all()[:2])
    if len(chosen) == 1:
        return chosen[0]
    return portal_party(Role.CPO if _runs(connection) == Role.EMSP else Role.EMSP)


def _runs(connection: Connection) -> str:
    """CPO or EMSP: what it speaks for, and before it said so what is hosted here; CPO where it could be both."""
    runs = set(spoken_parties(connection).values_list("role", flat=True))
    roles = runs or set(Party.objects.ours().values_list("role", flat=True))
    return Role.EMSP if Role.EMSP in roles and Role.CPO not in roles else Role.CPO
