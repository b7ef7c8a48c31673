"""Changing the OCPI version of a connection: what staff are asked, and what they should know before."""

from __future__ import annotations

from django import forms

from ocpi.versions import SUPPORTED
from parties.models import Connection
from parties.services import offered_versions
from staff import theme

# What objects cannot say in a version that they can in the next one.
_LOST = {
    "2.1.1": "one party on each side; no parking places, no publishing rules, no tariff types, no taxes,"
    " no reservation prices, no routing between several parties",
    "2.2.1": "no parking places, no accepted service providers, no taxes by name, no capabilities and"
    " connector types that came with 2.3.0",
}


class VersionForm(forms.Form):
    version = forms.ChoiceField(
        label="To",
        choices=[(version, f"OCPI {version}") for version in reversed(SUPPORTED)],
        widget=theme.SelectWidget,
    )


def is_possible(connection: Connection) -> bool:
    """Whether the partner may speak more than one version."""
    return connection.is_connected and len(connection.offered_versions or SUPPORTED) > 1


def explanation(connection: Connection) -> str:
    """The versions of both sides, and what going back to an older one loses."""
    theirs = (
        ", ".join(connection.partner_versions) or "not known; fetch versions and endpoints first"
    )
    lost = [
        f"In {version}: {what}."
        for version, what in _LOST.items()
        if version < connection.version and version in offered_versions(connection)
    ]
    sentences = [
        f"Now it is {connection.version}. The partner offered last: {theirs}.",
        f"We offer it: {', '.join(offered_versions(connection))}.",
        "The tokens are renewed on the way.",
        "Then everything the partner may see is told again, and what it offers fetched again.",
        *lost,
    ]
    if lost:
        sentences.append("What cannot be said is left out and counted as a loss.")
    return " ".join(sentences)
