"""Who is told about an object, how far that is, and why somebody is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from exchange import conditions, explain, registry
from exchange.admin import comparing, insight, links
from exchange.models import Delivery
from ocpi.versions import InterfaceRole
from parties.choices import ConnectionState
from parties.models import Connection
from staff import badges, fragments


@dataclass(frozen=True)
class Subject:
    """The object: its module, keys and name, and the connection that told us about it."""

    module: str
    object_id: int
    reference: str
    noun: str
    received_from_id: int | None


def told(subject: Subject) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the object and why."""
    deliveries = {
        row.connection_id: row
        for row in Delivery.objects.filter(
            object_reference=subject.reference, module=subject.module, object_id=subject.object_id
        ).select_related("connection")
    }
    connections = list(
        Connection.objects.filter(state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED])
    )
    outbox = registry.get(subject.module).outbox
    ids = [row.pk for row in connections]
    answers = conditions.ask(outbox.visibility, subject.object_id, ids) if outbox else {}
    return [
        _line(subject, connection, deliveries.get(connection.pk), answers.get(connection.pk, []))
        for connection in connections
    ]


def _line(
    subject: Subject,
    connection: Connection,
    delivery: Delivery | None,
    answers: list[conditions.Answered],
) -> dict[str, Any]:
    about = (connection, subject.module, subject.reference)
    may_compare = connection.is_connected and connection.endpoint_url(
        subject.module, InterfaceRole.RECEIVER
    )
    line = {
        "partner": links.partner(connection),
        "url": "",
        "when": "",
        "why": insight.url("why", *about),
        "as_partner": insight.url("as_partner", *about),
        "compare": comparing.one_url(*about) if may_compare else "",
    }
    if delivery is None:
        badge, reason = _without_delivery(subject, connection, answers)
        return {**line, "badge": badge, "reason": reason}
    return {
        **line,
        "badge": badges.label_badge(*explain.state(delivery)),
        "reason": explain.reason(delivery, connection),
        "url": reverse("admin:exchange_delivery_change", args=[delivery.pk]),
        "when": fragments.ago(delivery.last_attempt_at),
    }


def _without_delivery(
    subject: Subject, connection: Connection, answers: list[conditions.Answered]
) -> tuple[str, str]:
    """Why no delivery to this partner was ever marked."""
    not_told, may_fetch = badges.label_badge("Not told"), badges.label_badge("May fetch", "info")
    if connection.pk == subject.received_from_id:
        return badges.label_badge("Source"), f"This partner told us about the {subject.noun}."
    refusal = conditions.first_refusal(answers)
    if refusal is not None:
        return not_told, refusal.sentence
    if subject.module in connection.push_modules:
        return (
            may_fetch,
            f"Nothing has changed since this partner could see it; it can fetch the {subject.noun}.",
        )
    if connection.endpoint_url(subject.module, InterfaceRole.RECEIVER):
        return may_fetch, f"Sending {subject.module} to it is switched off."
    return (
        may_fetch,
        f"This partner has no address to send {subject.module} to; it fetches them.",
    )
