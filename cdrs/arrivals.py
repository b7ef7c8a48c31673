"""What lies above learns here of new CDRs, in the transaction that writes them."""

from __future__ import annotations

from django.dispatch import Signal

arrived = Signal()
"""Sent with ``ids``, the primary keys of CDRs just written, in order of arrival."""
