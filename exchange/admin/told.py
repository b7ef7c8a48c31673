"""Who is told about an object, how far that is, and why somebody is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from exchange import conditions, explain
from exchange.admin import comparing, insight, links
from exchange.models import Delivery
from ocpi.versions import InterfaceRole
from parties.choices import ConnectionState
from parties.models import Connection
from parties.visibility import Visibility
from staff import badges, fragments


@dataclass(frozen=True)
class Subject:
    """The object: how it is asked who sees it, its primary key, how log and staff name it, who told us.

    ``noun`` is what one object is called, ``location``.
    """

    rules: Visibility
    noun: str
    object_id: int
    reference: str
    received_from_id: int | None


def told(subject: Subject) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the object and why."""
    deliveries = {
        row.connection_id: row
        for row in Delivery.objects.filter(
            object_reference=subject.reference, module=subject.rules.module
        ).select_related("connection")
    }
    connections = list(
        Connection.objects.filter(state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED])
    )
    answers = conditions.ask(subject.rules, subject.object_id, [row.pk for row in connections])
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
    module, reference = subject.rules.module, subject.reference
    may_compare = connection.is_connected and connection.endpoint_url(
        module, InterfaceRole.RECEIVER
    )
    line = {
        "partner": links.partner(connection),
        "url": "",
        "when": "",
        "why": insight.url("why", connection, module, reference),
        "as_partner": insight.url("as_partner", connection, module, reference),
        "compare": comparing.one_url(connection, module, reference) if may_compare else "",
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
    module = subject.rules.module
    if connection.pk == subject.received_from_id:
        return badges.label_badge("Source"), f"This partner told us about the {subject.noun}."
    refusal = conditions.first_refusal(answers)
    if refusal is not None:
        return badges.label_badge("Not told"), refusal.sentence
    may_fetch = badges.label_badge("May fetch", "info")
    if module in connection.push_modules:
        return (
            may_fetch,
            f"Nothing has changed since this partner could see it; it can fetch the {subject.noun}.",
        )
    if connection.endpoint_url(module, InterfaceRole.RECEIVER):
        return may_fetch, f"Sending {module} to it is switched off."
    return may_fetch, f"This partner has no address to send {module} to; it fetches them."
