"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from settlement.reconciliation import matching


@shared_task(ignore_result=True)
def match_waiting() -> None:
    """Match the invoices that wait for it, until none is left."""
    matching.match_waiting()
