"""Writing locations in bulk: a handful of statements, whatever the size of the batch."""

from exchange.comparing import FUTURE_TOLERANCE, is_stale, same_document
from locations.store.rows import StoredEVSE, StoredLocation, Written
from locations.store.statements import drop_renditions, insert_evses, update_evses
from locations.store.statuses import set_status, turn_intervals
from locations.store.writing import lock, retire, write

__all__ = [
    "FUTURE_TOLERANCE",
    "StoredEVSE",
    "StoredLocation",
    "Written",
    "drop_renditions",
    "insert_evses",
    "is_stale",
    "lock",
    "retire",
    "same_document",
    "set_status",
    "turn_intervals",
    "update_evses",
    "write",
]
