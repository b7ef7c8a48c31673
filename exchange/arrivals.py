"""What lies above learns here of objects that came or changed, in the transaction that writes them."""

from __future__ import annotations

from django.dispatch import Signal

written = Signal()
"""Sent by the store of a module, with its model as the sender and ``ids``: the primary keys of what it has just
written in one batch, new or changed, or is about to take away; never empty. Whoever listens asks one indexed
question per batch at most."""
