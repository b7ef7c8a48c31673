"""Locations and EVSEs as they are stored, and what a batch changes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from exchange.bulk import Identity
from locations.documents import EVSEParts, LocationParts


@dataclass(slots=True)
class StoredEVSE:
    id: int
    uid_key: str
    status: str
    status_since: datetime
    document: str
    last_updated: datetime


@dataclass(slots=True)
class StoredLocation:
    id: int
    vanished: bool
    document: str
    last_updated: datetime
    version: int
    evses: dict[str, StoredEVSE] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    new: list[tuple[Identity, LocationParts]] = field(default_factory=list)
    changed: list[tuple[StoredLocation, LocationParts]] = field(default_factory=list)
    new_evses: list[tuple[int, EVSEParts]] = field(default_factory=list)
    changed_evses: list[tuple[StoredEVSE, EVSEParts]] = field(default_factory=list)
