"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from review import checking


@shared_task(ignore_result=True)
def check_waiting() -> None:
    """Check the CDRs that wait for it, until none is left."""
    checking.drain()
