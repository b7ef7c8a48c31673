"""What differs between what is stored and what came in."""

from __future__ import annotations

from datetime import datetime

import orjson

from exchange.bulk import Identity, Written
from exchange.comparing import is_stale, same_document
from locations.choices import Status
from locations.documents import EVSEParts, LocationParts, named_tariffs
from locations.store.rows import (
    Changes,
    StoredEVSE,
    StoredLocation,
)


def sort_out(
    identity: Identity,
    parts: LocationParts,
    stored: StoredLocation | None,
    changes: Changes,
    written: Written,
    guard: bool,
) -> None:
    if stored is None:
        changes.new.append((identity, parts))
        return
    if guard and is_stale(parts.last_updated, stored.last_updated):
        written.stale.append(stored.id)
        return
    if not _evses_differ(parts, stored, changes) and _same_location(parts, stored):
        written.unchanged.append(stored.id)
        return
    changes.changed.append((stored, parts))
    written.updated.append(stored.id)


def _same_location(parts: LocationParts, stored: StoredLocation) -> bool:
    return (
        not stored.vanished
        and parts.last_updated == stored.last_updated
        and same_document(parts.document, stored.document)
    )


def _evses_differ(parts: LocationParts, stored: StoredLocation, changes: Changes) -> bool:
    """Collect what changes among the EVSEs of a known location; whether there is anything."""
    before = len(changes.new_evses) + len(changes.changed_evses)
    named = set()
    for evse in parts.evses:
        named.add(evse.uid_key)
        known = stored.evses.get(evse.uid_key)
        if known is None:
            changes.new_evses.append((stored.id, evse))
        elif not _same_evse(evse, known):
            changes.changed_evses.append((known, evse))
    for uid_key, known in stored.evses.items():
        if uid_key not in named and known.status != Status.REMOVED:
            changes.changed_evses.append((known, _removed(known, parts.last_updated)))
    return len(changes.new_evses) + len(changes.changed_evses) > before


def _same_evse(evse: EVSEParts, known: StoredEVSE) -> bool:
    return (
        evse.status == known.status
        and evse.last_updated == known.last_updated
        and same_document(evse.document, known.document)
    )


def _removed(known: StoredEVSE, at: datetime) -> EVSEParts:
    document = orjson.loads(known.document)
    return EVSEParts(
        uid=document["uid"],
        uid_key=known.uid_key,
        evse_id=document.get("evse_id") or "",
        evse_key="",
        status=Status.REMOVED,
        document=known.document,
        tariffs=named_tariffs(document),
        last_updated=max(at, known.last_updated),
    )
