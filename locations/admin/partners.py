"""Who is told about a location, how far that is, and why somebody is not."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from exchange import conditions, explain
from exchange.admin import comparing, insight, links
from exchange.models import Delivery
from locations.models import Location
from locations.services import MODULE
from locations.visibility import VISIBILITY
from ocpi.versions import InterfaceRole
from parties.choices import ConnectionState
from parties.models import Connection
from staff import badges, fragments


def told(location: Location) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the location and why."""
    deliveries = {
        row.connection_id: row
        for row in Delivery.objects.filter(
            object_reference=location.reference, module=MODULE
        ).select_related("connection")
    }
    connections = list(
        Connection.objects.filter(state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED])
    )
    answers = conditions.ask(VISIBILITY, location.pk, [row.pk for row in connections])
    return [
        _line(location, connection, deliveries.get(connection.pk), answers.get(connection.pk, []))
        for connection in connections
    ]


def _line(
    location: Location,
    connection: Connection,
    delivery: Delivery | None,
    answers: list[conditions.Answered],
) -> dict[str, Any]:
    reference = location.reference
    may_compare = connection.is_connected and connection.endpoint_url(
        MODULE, InterfaceRole.RECEIVER
    )
    line = {
        "partner": links.partner(connection),
        "url": "",
        "when": "",
        "why": insight.url("why", connection, MODULE, reference),
        "as_partner": insight.url("as_partner", connection, MODULE, reference),
        "compare": comparing.one_url(connection, MODULE, reference) if may_compare else "",
    }
    if delivery is None:
        badge, reason = _without_delivery(location, connection, answers)
        return {**line, "badge": badge, "reason": reason}
    return {
        **line,
        "badge": badges.label_badge(*explain.state(delivery)),
        "reason": explain.reason(delivery, connection),
        "url": reverse("admin:exchange_delivery_change", args=[delivery.pk]),
        "when": fragments.ago(delivery.last_attempt_at),
    }


def _without_delivery(
    location: Location, connection: Connection, answers: list[conditions.Answered]
) -> tuple[str, str]:
    """Why no delivery to this partner was ever marked."""
    if connection.pk == location.received_from_id:
        return badges.label_badge("Source"), "This partner told us about the location."
    refusal = conditions.first_refusal(answers)
    if refusal is not None:
        return badges.label_badge("Not told"), refusal.sentence
    if MODULE in connection.push_modules:
        return (
            badges.label_badge("May fetch", "info"),
            "Nothing has changed since this partner was connected; it can fetch the location.",
        )
    if connection.endpoint_url(MODULE, InterfaceRole.RECEIVER):
        return badges.label_badge("May fetch", "info"), "Sending locations to it is switched off."
    return (
        badges.label_badge("May fetch", "info"),
        "This partner has no address to send locations to; it fetches them.",
    )
