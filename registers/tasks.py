"""What the workers do. A task calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from registers import services
from registers.running import services as running


@shared_task(ignore_result=True)
def refresh() -> None:
    """Read the registers whose time has come."""
    services.refresh_due()


@shared_task(ignore_result=True)
def look_after_terms() -> None:
    """Remind holders of codes whose term ends, and let codes expire whose days of grace are over."""
    running.look_after_terms()
