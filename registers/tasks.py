"""What the workers do. A task calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from registers import services


@shared_task(ignore_result=True)
def refresh() -> None:
    """Read the registers whose time has come."""
    services.refresh_due()
