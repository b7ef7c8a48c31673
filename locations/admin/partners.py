"""Who is told about a location, how far that is, and why somebody is not."""

from __future__ import annotations

from typing import Any

from django.db import connection as database
from django.urls import reverse

from exchange import explain
from exchange.admin import links
from exchange.models import Delivery
from locations.models import Location
from locations.services import MODULE
from locations.visibility import AUDIENCE
from ocpi.versions import InterfaceRole
from parties.choices import ConnectionState
from parties.models import Connection
from staff import badges, fragments

_AUDIENCE = f"""
    SELECT c.id FROM parties_connection c, locations_location o
    WHERE o.id = %s AND {AUDIENCE}
"""  # noqa: S608 - a constant


def told(location: Location) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the location and why."""
    deliveries = {
        row.connection_id: row
        for row in Delivery.objects.filter(
            object_reference=location.reference, module=MODULE
        ).select_related("connection")
    }
    audience = _audience(location)
    connections = Connection.objects.filter(
        state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED]
    )
    return [
        _line(location, connection, deliveries.get(connection.pk), connection.pk in audience)
        for connection in connections
    ]


def _audience(location: Location) -> set[int]:
    with database.cursor() as cursor:
        cursor.execute(_AUDIENCE, [location.pk])
        return {row[0] for row in cursor.fetchall()}


def _line(
    location: Location, connection: Connection, delivery: Delivery | None, may_see: bool
) -> dict[str, Any]:
    line = {"partner": links.partner(connection), "url": "", "when": ""}
    if delivery is None:
        badge, reason = _without_delivery(location, connection, may_see)
        return {**line, "badge": badge, "reason": reason}
    return {
        **line,
        "badge": badges.label_badge(*explain.state(delivery)),
        "reason": explain.reason(delivery, connection),
        "url": reverse("admin:exchange_delivery_change", args=[delivery.pk]),
        "when": fragments.ago(delivery.last_attempt_at),
    }


def _without_delivery(location: Location, connection: Connection, may_see: bool) -> tuple[str, str]:
    """Why no delivery to this partner was ever marked."""
    if connection.pk == location.received_from_id:
        return badges.label_badge("Source"), "This partner told us about the location."
    if not may_see:
        owner = location.owner
        if not owner.is_ours:
            return badges.label_badge("Not told"), f"{owner.identity} is not hosted here."
        return badges.label_badge("Not told"), f"This partner does not see {owner.identity}."
    if not location.publish or location.vanished_at is not None:
        return badges.label_badge("Not told"), "The location is not published."
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
