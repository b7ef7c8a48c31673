"""Links from one staff page to another; plain text where there is no such page."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from exchange import registry
from parties.models import Connection
from staff import fragments


def partner(connection: Connection | None) -> str:
    """A partner's name, linked to its page."""
    if connection is None:
        return fragments.EMPTY
    try:
        url = reverse("admin:parties_connection_change", args=[connection.pk])
    except NoReverseMatch:
        return connection.name
    return fragments.link(url, connection.name)


def object_url(module: str, reference: str) -> str | None:
    """The page of an object that the log names, when its module has one."""
    declared = registry.find(module)
    if declared is None or declared.admin_url is None or not reference:
        return None
    return declared.admin_url(reference)


def object_link(module: str, reference: str) -> str:
    """An object's reference, linked to its page."""
    if not reference:
        return fragments.EMPTY
    url = object_url(module, reference)
    return fragments.link(url, reference) if url else reference


def exchange_url(exchange_id: int) -> str:
    return reverse("admin:exchange_exchange_change", args=[exchange_id])


def module_label(identifier: str) -> str:
    """A module as staff read it."""
    declared = registry.find(identifier)
    return declared.label if declared else identifier.capitalize()
