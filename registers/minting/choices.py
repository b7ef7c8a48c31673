"""What our parties give IDs to."""

from __future__ import annotations

from django.db import models

from parties.choices import Role


class MintedKind(models.TextChoices):
    """What an ID is for."""

    EVSE = "evse", "EVSE"
    POOL = "pool", "Pool"
    STATION = "station", "Charging station"
    CONTRACT = "contract", "Contract"


KINDS: dict[str, tuple[MintedKind, ...]] = {
    Role.CPO: (MintedKind.EVSE, MintedKind.POOL, MintedKind.STATION),
    Role.EMSP: (MintedKind.CONTRACT,),
}
"""Which IDs a party of ours gives, by its role."""
DEFAULTS: dict[str, str] = {
    MintedKind.EVSE: "E{number:6}",
    MintedKind.POOL: "P{number:6}",
    MintedKind.STATION: "S{number:6}",
    MintedKind.CONTRACT: "{number:8}",
}
