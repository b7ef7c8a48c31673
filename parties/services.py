"""What can happen to parties and connections; the only writers of their tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from ocpi.ids import PartyId
from ocpi.urls import host_of
from parties import events, tokens
from parties.choices import ConnectionKind, ConnectionState, PartySource, Role, TokenKind
from parties.models import Connection, ConnectionParty, InboundToken, Party

REGISTRATION_TOKEN_LIFE = timedelta(hours=72)
ROTATION_OVERLAP = timedelta(minutes=15)


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


def create_connection(
    name: str,
    *,
    kind: str = ConnectionKind.PARTNER,
    environment: str | None = None,
    presents: Collection[Party] = (),
) -> Connection:
    """A connection with nothing agreed yet; ``name`` must be free (``IntegrityError`` otherwise)."""
    fields = {"environment": environment} if environment else {}
    connection = Connection.objects.create(name=name, kind=kind, **fields)
    if presents:
        connection.presents.set(presents)
    return connection


def issue_token(
    connection: Connection, kind: str, *, host: str = "", life: timedelta | None = None
) -> tuple[InboundToken, str]:
    """A new token for the partner to present; its plain text exists only in what is returned."""
    plain = tokens.new_token()
    if kind == TokenKind.REGISTRATION and life is None:
        life = REGISTRATION_TOKEN_LIFE
    row = InboundToken.objects.create(
        connection=connection,
        kind=kind,
        token_hash=tokens.token_hash(plain),
        prefix=tokens.prefix(plain),
        host=host,
        expires_at=timezone.now() + life if life else None,
    )
    return row, plain


def consume_registration_token(token: InboundToken) -> bool:
    """Use up a one-time token; ``False`` when someone else just did (C5: twenty at once, one wins)."""
    claimed = (
        InboundToken.objects.valid()
        .filter(pk=token.pk, kind=TokenKind.REGISTRATION, used_at=None)
        .update(used_at=Now(), revoked_at=Now())
    )
    return claimed == 1


def revoke_tokens(connection: Connection, *, except_ids: Collection[int] = ()) -> int:
    """Make every token of a connection worthless at once, but for ``except_ids``."""
    return (
        InboundToken.objects.filter(connection=connection, revoked_at=None)
        .exclude(pk__in=except_ids)
        .update(revoked_at=Now())
    )


def revoke_token(token: InboundToken) -> None:
    """Make one token worthless at once."""
    InboundToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now())


def retire_tokens(
    connection: Connection, *, except_id: int, overlap: timedelta = ROTATION_OVERLAP
) -> None:
    """After a rotation: the older access tokens stay good for ``overlap``, then die."""
    limit = timezone.now() + overlap
    InboundToken.objects.valid().filter(connection=connection, kind=TokenKind.ACCESS).exclude(
        pk=except_id
    ).filter(expires_at=None).update(expires_at=limit)


def store_outbound_token(connection: Connection, token: str) -> None:
    """Keep the token that the partner gave us, and the one before it for a rollback."""
    connection.previous_outbound_token_encrypted = connection.outbound_token_encrypted
    connection.outbound_token_encrypted = tokens.encrypt(token)
    connection.outbound_token_prefix = tokens.prefix(token)
    connection.save(
        update_fields=[
            "previous_outbound_token_encrypted",
            "outbound_token_encrypted",
            "outbound_token_prefix",
        ]
    )


def outbound_token(connection: Connection) -> str:
    """The plain token we present to the partner; empty when there is none."""
    if not connection.outbound_token_encrypted:
        return ""
    return tokens.decrypt(connection.outbound_token_encrypted)


def previous_outbound_token(connection: Connection) -> str:
    """The plain token we presented before the one in use; empty when there is none."""
    if not connection.previous_outbound_token_encrypted:
        return ""
    return tokens.decrypt(connection.previous_outbound_token_encrypted)


def pin_hosts(connection: Connection, urls: Iterable[str]) -> list[str]:
    """Remember the hosts (with port) of ``urls``: the only ones our token for the partner goes to."""
    found = {host_of(url) for url in urls if url}
    connection.pinned_hosts = sorted({*connection.pinned_hosts, *found})
    connection.save(update_fields=["pinned_hosts"])
    return connection.pinned_hosts


def is_host(url: str, host: str) -> bool:
    """Whether ``url`` lies at ``host``: a name, which leaves the port open, or ``name:port``."""
    found = host_of(url)
    return found == host or found.rpartition(":")[0] == host


def connect(
    connection: Connection,
    *,
    versions_url: str,
    version: str,
    endpoints: list[dict[str, str]],
    push_modules: list[str],
) -> None:
    """What a handshake agreed on: kept, the hosts pinned, and traffic flows (again)."""
    now = timezone.now()
    _change(
        connection,
        connected_at=connection.connected_at if connection.is_connected else now,
        token_rotated_at=now,
        versions_url=versions_url,
        version=version,
        endpoints=endpoints,
        push_modules=push_modules,
        pinned_hosts=sorted({host_of(url) for url in _urls(versions_url, endpoints)}),
        state=ConnectionState.CONNECTED,
        state_reason="",
        deliveries_stopped="",
        last_error="",
        hold_until=None,
        hold_attempts=0,
        unreachable_since=None,
    )


def _change(connection: Connection, **values: Any) -> None:
    for name, value in values.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(values))


def _urls(versions_url: str, endpoints: Iterable[dict[str, str]]) -> Iterable[str]:
    return [versions_url, *(endpoint["url"] for endpoint in endpoints)]


@transaction.atomic
def disconnect(connection: Connection, reason: str) -> None:
    """Unregistered: every token is worthless at once, ours for the partner is wiped, traffic ends."""
    revoke_tokens(connection)
    _change(
        connection,
        outbound_token_encrypted=b"",
        previous_outbound_token_encrypted=b"",
        outbound_token_prefix="",
        endpoints=[],
        push_modules=[],
        state=ConnectionState.UNREGISTERED,
        state_reason=reason[:400],
    )


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


def suspend(connection: Connection, reason: str, *, actor: events.Actor = None) -> None:
    """Stop all traffic in both directions until staff resume; nothing that is due gets lost."""
    Connection.objects.filter(pk=connection.pk).update(
        state=ConnectionState.SUSPENDED, state_reason=reason[:400]
    )
    connection.refresh_from_db(fields=["state", "state_reason"])
    events.record("connection.suspended", reason, connection=connection, actor=actor)


def resume(connection: Connection, *, actor: events.Actor = None) -> None:
    """Take a suspended connection up again; deliveries that waited go out at once."""
    Connection.objects.filter(pk=connection.pk, state=ConnectionState.SUSPENDED).update(
        state=ConnectionState.CONNECTED,
        state_reason="",
        deliveries_stopped="",
        hold_until=None,
        hold_attempts=0,
    )
    connection.refresh_from_db()
    events.record("connection.resumed", "Traffic resumed.", connection=connection, actor=actor)


def stop_deliveries(connection: Connection, reason: str) -> None:
    """The partner refuses us (a dead token, say): deliver nothing more, lose nothing, tell staff.

    Unlike :func:`suspend` this leaves the partner's own calls alone, so that it can register anew.
    """
    Connection.objects.filter(pk=connection.pk).update(deliveries_stopped=reason[:400])
    connection.deliveries_stopped = reason[:400]
    events.record("connection.deliveries_stopped", reason, connection=connection)


def resume_deliveries(connection: Connection, *, actor: events.Actor = None) -> None:
    """Deliver again what is due; a no-op when deliveries are going on."""
    stopped = (
        Connection.objects.filter(pk=connection.pk)
        .exclude(deliveries_stopped="")
        .update(deliveries_stopped="", hold_until=None, hold_attempts=0)
    )
    connection.deliveries_stopped = ""
    if stopped:
        events.record(
            "connection.deliveries_resumed",
            "Deliveries resumed.",
            connection=connection,
            actor=actor,
        )


def heard_from(connection: Connection) -> None:
    """The partner just called us: note it (at most every ten seconds) and lift a hold on deliveries."""
    fresh = timezone.now() - timedelta(seconds=10)
    if (
        connection.hold_until is None
        and connection.last_heard_at
        and connection.last_heard_at > fresh
    ):
        return
    Connection.objects.filter(pk=connection.pk).update(
        last_heard_at=Now(), hold_until=None, hold_attempts=0
    )


def reached(connection: Connection) -> None:
    """A request of ours was answered: the partner is there."""
    fresh = timezone.now() - timedelta(seconds=10)
    if (
        connection.unreachable_since is None
        and not connection.hold_attempts
        and connection.last_reached_at
        and connection.last_reached_at > fresh
    ):
        return
    connection.last_reached_at = timezone.now()
    connection.unreachable_since = None
    connection.hold_attempts = 0
    Connection.objects.filter(pk=connection.pk).update(
        last_reached_at=Now(),
        unreachable_since=None,
        hold_until=None,
        hold_attempts=0,
        last_error="",
    )


HOLD_SECONDS = (1, 2, 5, 10, 20, 30)
# So many answers in a row that prove nothing are a sick platform, not a bad object.
FAILURES_UNTIL_HOLD = 5


def unreachable(connection: Connection, error: str) -> None:
    """The partner's platform could not be reached: hold its deliveries for a while, longer each time."""
    since = connection.unreachable_since or timezone.now()
    _hold(connection, error, _hold_seconds(connection.hold_attempts), unreachable_since=since)


def busy(connection: Connection, error: str, seconds: float = 0) -> None:
    """The partner asks for a pause: hold its deliveries, for ``seconds`` at least and longer each time."""
    _hold(connection, error, max(seconds, _hold_seconds(connection.hold_attempts)))


def failing(connection: Connection, error: str) -> bool:
    """An answer proved nothing; after several in a row deliveries are held. Whether they are now."""
    beyond = connection.hold_attempts + 1 - FAILURES_UNTIL_HOLD
    _hold(connection, error, _hold_seconds(beyond) if beyond >= 0 else None)
    return beyond >= 0


def _hold_seconds(attempts: int) -> float:
    return HOLD_SECONDS[min(attempts, len(HOLD_SECONDS) - 1)]


def _hold(connection: Connection, error: str, seconds: float | None, **fields: datetime) -> None:
    if seconds is not None:
        fields["hold_until"] = timezone.now() + timedelta(seconds=seconds)
    Connection.objects.filter(pk=connection.pk).update(
        hold_attempts=F("hold_attempts") + 1, last_error=error[:400], **fields
    )
    connection.refresh_from_db(
        fields=["hold_until", "hold_attempts", "unreachable_since", "last_error"]
    )


@transaction.atomic
def discard(connection: Connection, *, actor: events.Actor = None) -> None:
    """Remove a connection that never was connected; ``ValueError`` for any other."""
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if row.connected_at is not None or row.is_connected:
        raise ValueError(f"{row} was connected: unregister it instead.")
    events.record("connection.discarded", f"{row} was discarded, never connected.", actor=actor)
    row.delete()
