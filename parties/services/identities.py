"""Who is who: parties that are ours, and those that a connection may speak for."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from ocpi.ids import PartyId
from ocpi.versions import WITHOUT_ROUTING
from parties import events
from parties.choices import ConnectionKind, ConnectionState, PartySource, Role
from parties.models import Connection, ConnectionParty, Party


def host_party(
    party: PartyId, roles: Iterable[str], *, name: str = "", actor: events.Actor = None
) -> list[Party]:
    """Make ``party`` ours in each of ``roles``; existing rows keep their other values."""
    hosted = []
    for role in roles:
        row, _ = Party.objects.update_or_create(
            country_code=party.country_code,
            party_id=party.party_id,
            role=Role(role),
            defaults={"is_ours": True, **({"name": name} if name else {})},
        )
        hosted.append(row)
    events.record(
        "party.hosted",
        f"{party} is hosted here as {', '.join(sorted(roles))}.",
        actor=actor,
        subject=str(party),
    )
    return hosted


def ensure_party(party: PartyId, role: str, *, name: str = "", is_ours: bool = False) -> Party:
    """The row of a party in a role, made when it is new (theirs unless said otherwise)."""
    row, _ = Party.objects.get_or_create(
        country_code=party.country_code,
        party_id=party.party_id,
        role=role,
        defaults={"name": name, "is_ours": is_ours},
    )
    if is_ours and not row.is_ours:
        row.is_ours = True
        row.save(update_fields=["is_ours"])
    return row


def our_parties(connection: Connection) -> QuerySet[Party]:
    """Which of our parties ``connection`` sees: the chosen ones, or all that are hosted here."""
    chosen = Party.objects.filter(presented_on=connection)
    return chosen if chosen.exists() else Party.objects.filter(is_ours=True)


def spoken_parties(connection: Connection) -> QuerySet[Party]:
    """The parties ``connection`` may speak for."""
    return Party.objects.filter(
        connection_parties__connection=connection, connection_parties__approved=True
    )


def only_owner(connection: Connection) -> PartyId | None:
    """Whose everything is that a connection tells us at a version whose objects name no party.

    None at later versions, and while the connection speaks for none or for several.
    """
    if connection.version not in WITHOUT_ROUTING:
        return None
    spoken = {party.identity for party in spoken_parties(connection)}
    return spoken.pop() if len(spoken) == 1 else None


class PartyTaken(ValueError):
    """A party that is ours, or that another direct connection speaks for, cannot be claimed."""


@transaction.atomic
def declare_parties(
    connection: Connection, declared: Iterable[tuple[PartyId, str, str]]
) -> list[ConnectionParty]:
    """Set the parties a partner declares: ``(party, role, name)`` each.

    The first handshake is accepted as offered, unless a party is ours (and the connection is not our
    back office) or another direct connection's: :class:`PartyTaken`. Parties that come later wait for
    approval; those no longer declared are dropped.
    """
    first = not connection.connection_parties.exists()
    kept: list[int] = []
    rows = []
    for identity, role, name in declared:
        party = ensure_party(identity, role, name=name)
        _refuse_taken(connection, party)
        if name and not party.is_ours and party.name != name:
            party.name = name
            party.save(update_fields=["name"])
        row, created = ConnectionParty.objects.get_or_create(
            connection=connection,
            party=party,
            defaults={"source": PartySource.DECLARED, "approved": first},
        )
        if created and not first:
            events.record(
                "connection.party_waiting",
                f"{party} was added by the partner and waits for approval.",
                connection=connection,
                actor="partner",
            )
        kept.append(row.pk)
        rows.append(row)
    connection.connection_parties.filter(source=PartySource.DECLARED).exclude(pk__in=kept).delete()
    return rows


def _refuse_taken(connection: Connection, party: Party) -> None:
    if connection.kind == ConnectionKind.BACK_OFFICE:
        return
    if party.is_ours:
        raise PartyTaken(f"{party.identity} as {party.role} is hosted here.")
    other = (
        ConnectionParty.objects.filter(party=party, approved=True)
        .exclude(connection=connection)
        .exclude(source=PartySource.HUB)
        .exclude(connection__state=ConnectionState.UNREGISTERED)
        .filter(connection__environment=connection.environment)
        .select_related("connection")
        .first()
    )
    if other is not None:
        raise PartyTaken(
            f"{party.identity} as {party.role} already speaks through another connection."
        )


def approve_party(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Let a connection speak for a party that was added after the first handshake."""
    _refuse_taken(row.connection, row.party)
    row.approved = True
    row.source = PartySource.STAFF
    row.save(update_fields=["approved", "source"])
    events.record(
        "connection.party_approved",
        f"{row.party} may speak through this connection.",
        connection=row.connection,
        actor=actor,
    )
