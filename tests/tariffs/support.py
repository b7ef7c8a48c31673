"""What tests of tariffs start from."""

from __future__ import annotations

from typing import Any

from exchange.registry import Received, Source
from ocpi.ids import PartyId
from parties.models import Connection, Party
from tariffs import services
from tariffs.models import Tariff
from tests import builders

SENDER = "sender/tariffs"
RECEIVER = "receiver/tariffs"


def hold(*documents: dict[str, Any], owner: PartyId | None = None) -> Received:
    """Tariffs of ours, from a file."""
    return services.receive(
        builders.raw(*documents), Source(label="test", version="2.3.0", owner=owner)
    )


def hold_theirs(connection: Connection, *documents: dict[str, Any]) -> Received:
    """Tariffs of a partner, pulled over its connection."""
    owners = frozenset(PartyId.of(one["country_code"], one["party_id"]) for one in documents)
    return services.receive(
        builders.raw(*documents),
        Source(label="test", version="2.3.0", connection=connection, owners=owners),
    )


def said(document: dict[str, Any], version: str) -> dict[str, Any]:
    """A plain tariff of ``builders.tariff`` as a version writes it."""
    gone = {"2.1.1": ("country_code", "party_id", "tax_included"), "2.2.1": ("tax_included",)}
    return {k: v for k, v in document.items() if k not in gone.get(version, ())}


def held(owner: Party, tariff_id: str = "T1") -> Tariff:
    return Tariff.objects.get(owner=owner, tariff_key=tariff_id.upper())
