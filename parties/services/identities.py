"""Who is who: parties that are ours, and those that a connection may speak for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.db import transaction
from django.db.models import QuerySet

from ocpi.ids import PartyId
from ocpi.versions import WITHOUT_ROUTING
from parties import events
from parties.choices import ConnectionKind, ConnectionState, PartySource, Role
from parties.models import Connection, ConnectionParty, Party, PartyQuerySet


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


def reachable_parties(connection: Connection) -> PartyQuerySet:
    """The parties ``connection`` can send requests to here.

    Those of ours that it sees; for our back office, to which the portal is a hub, everybody it does not speak
    for itself (or of these the ones that staff chose).
    """
    if connection.kind != ConnectionKind.BACK_OFFICE:
        return Party.objects.filter(pk__in=our_parties(connection).values("pk"))
    others = Party.objects.exclude(pk__in=spoken_parties(connection).values("pk"))
    chosen = connection.presents.all()
    return others.filter(pk__in=chosen.values("pk")) if chosen.exists() else others


def running_connection(
    party: Party, module: str, side: str, *, environment: str = ""
) -> Connection | None:
    """The connection that requests to ``party`` go through; ``None`` when there is none that takes them.

    It is connected, speaks for the party, which no hub says is away, and has an endpoint of ``module`` on
    ``side`` (SENDER or RECEIVER, as the party acts). A direct connection comes before a hub, our back office
    before all.
    """
    rows = (
        ConnectionParty.objects.reachable()
        .filter(party=party, approved=True, connection__state=ConnectionState.CONNECTED)
        .select_related("connection")
        .order_by("connection_id")
    )
    if environment:
        rows = rows.filter(connection__environment=environment)
    found = [row for row in rows if row.connection.endpoint_url(module, side)]
    best = min(found, key=_distance, default=None)
    return best.connection if best else None


def _distance(row: ConnectionParty) -> tuple[bool, bool]:
    return row.connection.kind != ConnectionKind.BACK_OFFICE, row.source == PartySource.HUB


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
    connection: Connection,
    declared: Iterable[tuple[PartyId, str, str]],
    *,
    reached: Iterable[tuple[PartyId, str, str]] | None = None,
) -> list[ConnectionParty]:
    """Set the parties a partner declares: ``(party, role, name)`` each.

    The first handshake is accepted as offered, unless a party is ours (and the connection is not our
    back office) or another direct connection's: :class:`PartyTaken`. Parties that come later wait for
    approval; those no longer declared end at once, because the partner itself no longer speaks for them.
    What our back office declares and is not hosted here waits as well: approved, it becomes ours.

    ``reached`` are the parties behind a hub, where it lists them (``None`` where it does not, and what is
    known stays): ours are passed over, and those with a direct connection of their own wait.
    """
    first = not connection.connection_parties.exists()
    rows = []
    for party in _parties(declared):
        check_free(connection, party)
        known = party.is_ours or connection.kind != ConnectionKind.BACK_OFFICE
        rows.append(_declared(connection, party, PartySource.DECLARED, approved=first and known))
    for party in _parties(reached or ()):
        if not party.is_ours:
            free = _taken_by(connection, party) is None
            rows.append(_declared(connection, party, PartySource.HUB, approved=first and free))
    sources = {PartySource.DECLARED, PartySource.STAFF, PartySource.HUB}
    if reached is None:
        sources.remove(PartySource.HUB)
    _drop(connection, sources, {row.pk for row in rows})
    return rows


def reach_party(connection: Connection, party: Party, *, approved: bool) -> ConnectionParty:
    """A party that a hub says is connected may be reached through it; one that is ours never is.

    ``approved`` without asking anybody, unless another connection speaks for the party directly; else it waits
    for approval. What is known already stays as it is.
    """
    free = not party.is_ours and _taken_by(connection, party) is None
    return _declared(connection, party, PartySource.HUB, approved=approved and free)


def _parties(declared: Iterable[tuple[PartyId, str, str]]) -> Iterator[Party]:
    for identity, role, name in declared:
        party = ensure_party(identity, role, name=name)
        if name and not party.is_ours and party.name != name:
            party.name = name
            party.save(update_fields=["name"])
        yield party


def _declared(
    connection: Connection, party: Party, source: str, *, approved: bool
) -> ConnectionParty:
    row, created = ConnectionParty.objects.get_or_create(
        connection=connection, party=party, defaults={"source": source, "approved": approved}
    )
    if created and not approved:
        events.record(
            "connection.party_waiting",
            f"{party} was added by the partner and waits for approval.",
            connection=connection,
            actor="partner",
        )
    return row


def _drop(connection: Connection, sources: Collection[str], kept: Collection[int]) -> None:
    gone = connection.connection_parties.filter(source__in=sources).exclude(pk__in=kept)
    for row in gone.select_related("party"):
        events.record(
            "connection.party_dropped",
            f"{row.party} is no longer declared: the partner speaks for it no more.",
            connection=connection,
            actor="partner",
        )
    gone.delete()


def check_free(connection: Connection, party: Party) -> None:
    """Raises :class:`PartyTaken` for a party that ``connection`` cannot speak for, as somebody else does."""
    if party.is_ours and connection.kind != ConnectionKind.BACK_OFFICE:
        raise PartyTaken(f"{party.identity} as {party.role} is hosted here.")
    if _taken_by(connection, party) is not None:
        raise PartyTaken(
            f"{party.identity} as {party.role} already speaks through another connection."
        )


def _taken_by(connection: Connection, party: Party) -> ConnectionParty | None:
    """The direct connection of the same environment that speaks for the party already."""
    return (
        ConnectionParty.objects.filter(party=party, approved=True)
        .exclude(connection=connection)
        .exclude(source=PartySource.HUB)
        .exclude(connection__state=ConnectionState.UNREGISTERED)
        .filter(connection__environment=connection.environment)
        .select_related("connection")
        .first()
    )


def approve_party(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Let a connection speak for a party that was added after the first handshake.

    What our back office speaks for must be hosted here first. Raises :class:`PartyTaken`.
    """
    check_free(row.connection, row.party)
    row.approved, row.refused = True, False
    if row.source != PartySource.HUB:
        row.source = PartySource.STAFF
    row.save(update_fields=["approved", "refused", "source"])
    events.record(
        "connection.party_approved",
        f"{row.party} may speak through this connection.",
        connection=row.connection,
        actor=actor,
    )


def refuse_party(row: ConnectionParty, *, actor: events.Actor) -> None:
    """Never mind a party that the partner added, until staff think better of it."""
    row.approved, row.refused = False, True
    row.save(update_fields=["approved", "refused"])
    events.record(
        "connection.party_refused",
        f"{row.party} may not speak through this connection.",
        connection=row.connection,
        actor=actor,
    )
