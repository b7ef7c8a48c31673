"""What can happen to what hubs say of the parties behind them; the only writers.

What a hub says decides through which parties it may be spoken with, and to whom nothing is sent: see
``parties.models.ConnectionParty.hub_status``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from credentials import following
from exchange import announce, sharing
from exchange.bulk import Written
from exchange.comparing import is_stale
from exchange.pulls.targets import hub_party
from hub.documents import Client
from hub.models import ClientInfo
from parties import events
from parties import services as parties
from parties.choices import ConnectionKind, HubStatus, Role
from parties.models import Connection, ConnectionParty, Party

MODULE = "hubclientinfo"
_SENTENCES = {
    HubStatus.CONNECTED: "is connected",
    HubStatus.OFFLINE: "is offline: nothing is sent to it",
    HubStatus.PLANNED: "is planned: nothing can be sent to it yet",
    HubStatus.SUSPENDED: "is suspended: nothing is sent to it any more",
}


def is_hub(connection: Connection) -> bool:
    """Whether the other side is a hub: staff said so, or it named itself as one."""
    return connection.kind == ConnectionKind.HUB or bool(connection.hub_party_id)


@dataclass
class _Changes:
    """Parties by what became of their status: ``told`` as the hub says it now."""

    told: dict[Party, str] = field(default_factory=dict)
    changed: list[tuple[Party, str]] = field(default_factory=list)


@transaction.atomic
def hear(connection: Connection, clients: Sequence[Client], *, accept: bool = False) -> Written:
    """Take in what a hub says of parties behind it, and let follow what follows from it.

    With ``accept`` parties that are new and connected may speak through the hub at once, as in a handshake; else
    they wait for approval. What is older than what is known is passed over.
    """
    # One at a time for each hub, so that two pushes about one party never cross.
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    newest: dict[tuple[str, str], Client] = {}
    for client in clients:
        key = (str(client.party), client.role)
        if key not in newest or client.last_updated >= newest[key].last_updated:
            newest[key] = client
    written, changes = Written(), _Changes()
    owner = owner_of(connection)
    known = {row.party: row for row in _of(connection, newest.values())}
    for client in newest.values():
        party = parties.ensure_party(client.party, client.role)
        _write(connection, owner, party, client, known.get(party), written, changes)
    _follow(connection, changes, accept=accept)
    return written


def _of(connection: Connection, clients: Iterable[Client]) -> Iterable[ClientInfo]:
    codes = {client.party.party_id for client in clients}
    rows = ClientInfo.objects.filter(connection=connection, party__party_id__in=codes)
    return rows.select_related("party")


def _write(
    connection: Connection,
    owner: Party | None,
    party: Party,
    client: Client,
    row: ClientInfo | None,
    written: Written,
    changes: _Changes,
) -> None:
    now = timezone.now()
    if row is not None and is_stale(client.last_updated, row.last_updated):
        written.stale.append(row.pk)
        return
    if row is None:
        row = ClientInfo(connection=connection, party=party, status_since=now)
        before = ""
    else:
        before = row.status if row.unlisted_at is None else HubStatus.SUSPENDED.value
        if before == client.status and client.document == row.document:
            ClientInfo.objects.filter(pk=row.pk).update(heard_at=now)
            written.unchanged.append(row.pk)
            return
    if before != client.status:
        row.status_since = now
        changes.told[party] = client.status
        if before:
            changes.changed.append((party, client.status))
    row.owner, row.status, row.unlisted_at, row.heard_at = owner, client.status, None, now
    row.last_updated, row.document = client.last_updated, client.document
    is_new = row.pk is None
    row.save()
    (written.created if is_new else written.updated).append(row.pk)


def retire(connection: Connection, ids: Collection[int]) -> int:
    """Parties that the hub's complete list no longer names count as suspended; returns how many."""
    with transaction.atomic():
        Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        rows = list(
            ClientInfo.objects.filter(connection=connection, pk__in=ids, unlisted_at=None)
            .select_related("party")
            .order_by("pk")
        )
        now, changes = timezone.now(), _Changes()
        ClientInfo.objects.filter(pk__in=[row.pk for row in rows]).update(unlisted_at=now)
        for row in rows:
            if row.status != HubStatus.SUSPENDED:
                changes.told[row.party] = HubStatus.SUSPENDED
                changes.changed.append((row.party, HubStatus.SUSPENDED))
        _follow(connection, changes, accept=False)
    return len(rows)


def owner_of(connection: Connection) -> Party | None:
    """The hub's own party, whose objects these are; ``None`` while it has not said who it is."""
    identity = hub_party(connection)
    return parties.ensure_party(identity, Role.HUB) if identity else None


# --- What follows ------------------------------------------------------------------------------------


def _follow(connection: Connection, changes: _Changes, *, accept: bool) -> None:
    if not changes.told:
        return
    spoken = {
        row.party_id: row
        for row in connection.connection_parties.filter(party__in=list(changes.told))
    }
    away: list[int] = []
    back: list[int] = []
    for party, status in changes.told.items():
        row = spoken.get(party.pk)
        if row is None:
            continue
        was_reachable = row.is_reachable
        row.hub_status, row.hub_status_since = status, timezone.now()
        row.save(update_fields=["hub_status", "hub_status_since"])
        if was_reachable != row.is_reachable:
            (back if row.is_reachable else away).append(party.pk)
    for party, status in changes.changed:
        events.record(
            "hub.client_status",
            f"{party} {_SENTENCES[HubStatus(status)]}, says the hub.",
            connection=connection,
            actor="partner",
            subject=str(party.identity),
        )
    _reach(connection, changes, set(spoken), accept=accept)
    if away:
        announce.left(connection, away)
    if back:
        announce.returned(connection, back)


def _reach(
    connection: Connection, changes: _Changes, known: Collection[int], *, accept: bool
) -> None:
    """Parties that are new behind the hub, and connected, may be spoken with through it."""
    new = [
        party
        for party, status in changes.told.items()
        if status == HubStatus.CONNECTED
        and party.pk not in known
        and not party.is_ours
        and party.role != Role.HUB
    ]
    if not new:
        return
    if accept:
        with sharing.changing([connection.pk]):
            rows = [_reached(connection, party, accept=True) for party in new]
    else:
        rows = [_reached(connection, party, accept=False) for party in new]
    for role in sorted({row.party.role for row in rows if row.approved}):
        following.follow_approval(connection, role, "partner")


def _reached(connection: Connection, party: Party, *, accept: bool) -> ConnectionParty:
    row = parties.reach_party(connection, party, approved=accept)
    row.hub_status, row.hub_status_since = HubStatus.CONNECTED, timezone.now()
    row.save(update_fields=["hub_status", "hub_status_since"])
    return row
