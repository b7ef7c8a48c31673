"""The life of a connection: made, connected, suspended, resumed, ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from ocpi.urls import host_of
from parties import events
from parties.choices import ConnectionKind, ConnectionState
from parties.models import Connection, Party
from parties.services.access import revoke_tokens


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


def connect(
    connection: Connection,
    *,
    versions_url: str,
    version: str,
    endpoints: list[dict[str, str]],
    push_modules: list[str],
    partner_versions: Sequence[str] = (),
    hub_party_id: str = "",
) -> None:
    """What a handshake agreed on: kept, the hosts pinned, and traffic flows (again).

    A partner with a ``hub_party_id`` is a hub from now on, whatever staff took it for.
    """
    now = timezone.now()
    if hub_party_id and connection.kind == ConnectionKind.PARTNER:
        connection.kind = ConnectionKind.HUB
        message = f"The partner is the hub {hub_party_id}: parties may be reached through it."
        events.record("connection.is_hub", message, connection=connection, actor="partner")
    agreed = _agreed(versions_url, endpoints, push_modules, partner_versions)
    _change(
        connection,
        connected_at=connection.connected_at if connection.is_connected else now,
        token_rotated_at=now,
        version=version,
        kind=connection.kind,
        hub_party_id=hub_party_id,
        **agreed,
        state=ConnectionState.CONNECTED,
        state_reason="",
        deliveries_stopped="",
        last_error="",
        hold_until=None,
        hold_attempts=0,
        unreachable_since=None,
    )


def update_endpoints(
    connection: Connection,
    *,
    endpoints: list[dict[str, str]],
    push_modules: list[str],
    partner_versions: Sequence[str],
) -> None:
    """What the partner offers now in the version agreed on: kept, and the hosts pinned anew."""
    url = connection.versions_url
    _change(connection, **_agreed(url, endpoints, push_modules, partner_versions))


def _agreed(
    versions_url: str,
    endpoints: list[dict[str, str]],
    push_modules: list[str],
    partner_versions: Sequence[str],
) -> dict[str, Any]:
    return {
        "versions_url": versions_url,
        "endpoints": endpoints,
        "push_modules": push_modules,
        "partner_versions": [v[:10] for v in partner_versions][:20],
        "pinned_hosts": sorted({host_of(url) for url in _urls(versions_url, endpoints)}),
    }


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


def agreed_anew(connection: Connection) -> bool:
    """Whether the partner and we have agreed on a version or a token since ``connection`` was read."""
    same = Connection.objects.filter(
        pk=connection.pk,
        version=connection.version,
        outbound_token_encrypted=connection.outbound_token_encrypted,
    )
    return not same.exists()


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


@transaction.atomic
def discard(connection: Connection, *, actor: events.Actor = None) -> None:
    """Remove a connection that never was connected; ``ValueError`` for any other."""
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if row.connected_at is not None or row.is_connected:
        raise ValueError(f"{row} was connected: unregister it instead.")
    events.record("connection.discarded", f"{row} was discarded, never connected.", actor=actor)
    row.delete()
