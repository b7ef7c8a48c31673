"""Delivering: claim with a lease, render the current state, send, record what came of it."""

from exchange.deliveries.claiming import (
    BATCH,
    LEASE_MARGIN_SECONDS,
    LEASE_SECONDS,
    REQUEST_SECONDS,
    claim,
)
from exchange.deliveries.deciding import forget_pending, replay, skip
from exchange.deliveries.sending import Drained, attempt, drain
from exchange.deliveries.settling import Told, give_back

__all__ = [
    "BATCH",
    "LEASE_MARGIN_SECONDS",
    "LEASE_SECONDS",
    "REQUEST_SECONDS",
    "Drained",
    "Told",
    "attempt",
    "claim",
    "drain",
    "forget_pending",
    "give_back",
    "replay",
    "skip",
]
