"""A canonical ClientInfo taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpi.datetimes import parse_datetime
from ocpi.ids import PartyId
from parties.choices import HubStatus, Role


@dataclass(frozen=True, slots=True)
class Client:
    """A party behind a hub in one role; a role that OCPI does not list counts as OTHER."""

    party: PartyId
    role: str
    status: str
    last_updated: datetime
    document: dict[str, Any]

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``DE*XYZ/CPO``."""
        return f"{self.party}/{self.role}"


def take_apart(document: dict[str, Any]) -> Client:
    """Raises ``KeyError`` or ``ValueError`` for what cannot be stored, naming it."""
    for name in ("role", "status"):
        if not document.get(name):
            raise ValueError(f"{name} is missing")
    role = str(document["role"])
    return Client(
        party=PartyId.of(document["country_code"], document["party_id"]),
        role=role if role in Role.values else Role.OTHER.value,
        status=HubStatus(document["status"]).value,
        last_updated=parse_datetime(document["last_updated"]),
        document=document,
    )
