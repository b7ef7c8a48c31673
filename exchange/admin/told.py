"""Who is told about an object, how far that is, and why somebody is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.urls import reverse

from exchange import explain, registry
from exchange.admin import links
from exchange.models import Delivery
from ocpi.versions import InterfaceRole
from parties.choices import ConnectionState
from parties.models import Connection, Party
from staff import badges, fragments


@dataclass(frozen=True)
class Subject:
    """The object: its module, keys and owner, who told us, and why a partner that sees its owner is not told.

    ``hidden`` answers that for a connection, with nothing when the partner may see it.
    """

    module: str
    object_id: int
    reference: str
    noun: str
    owner: Party
    received_from_id: int | None
    hidden: Callable[[Connection], str]


def told(subject: Subject) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the object and why."""
    deliveries = {
        row.connection_id: row
        for row in Delivery.objects.filter(
            object_reference=subject.reference, module=subject.module, object_id=subject.object_id
        ).select_related("connection")
    }
    audience = _audience(subject)
    connections = Connection.objects.filter(
        state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED]
    )
    return [
        _line(subject, connection, deliveries.get(connection.pk), connection.pk in audience)
        for connection in connections
    ]


def _audience(subject: Subject) -> set[int]:
    outbox = registry.get(subject.module).outbox
    if outbox is None:
        return set()
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM parties_connection c, {outbox.table} o"  # noqa: S608 - constants
            f" WHERE o.id = %s AND {outbox.audience}",
            [subject.object_id],
        )
        return {row[0] for row in cursor.fetchall()}


def _line(
    subject: Subject, connection: Connection, delivery: Delivery | None, may_see: bool
) -> dict[str, Any]:
    line = {"partner": links.partner(connection), "url": "", "when": ""}
    if delivery is None:
        badge, reason = _without_delivery(subject, connection, may_see)
        return {**line, "badge": badge, "reason": reason}
    return {
        **line,
        "badge": badges.label_badge(*explain.state(delivery)),
        "reason": explain.reason(delivery, connection),
        "url": reverse("admin:exchange_delivery_change", args=[delivery.pk]),
        "when": fragments.ago(delivery.last_attempt_at),
    }


def _without_delivery(subject: Subject, connection: Connection, may_see: bool) -> tuple[str, str]:
    """Why no delivery to this partner was ever marked."""
    not_told, may_fetch = badges.label_badge("Not told"), badges.label_badge("May fetch", "info")
    owner = subject.owner
    if connection.pk == subject.received_from_id:
        return badges.label_badge("Source"), f"This partner told us about the {subject.noun}."
    if not may_see and not owner.is_ours:
        return not_told, f"{owner.identity} is not hosted here."
    if not may_see:
        return not_told, f"This partner does not see {owner.identity}."
    hidden = subject.hidden(connection)
    if hidden:
        return not_told, hidden
    if subject.module in connection.push_modules:
        return (
            may_fetch,
            f"Nothing has changed since this partner was connected; it can fetch the {subject.noun}.",
        )
    if connection.endpoint_url(subject.module, InterfaceRole.RECEIVER):
        return may_fetch, f"Sending {subject.module} to it is switched off."
    return (
        may_fetch,
        f"This partner has no address to send {subject.module} to; it fetches them.",
    )
