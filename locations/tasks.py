"""What the workers do for locations."""

from __future__ import annotations

from celery import shared_task

from locations import services


@shared_task(ignore_result=True)
def count_unknown_tariffs() -> None:
    """Every hour: how many connectors of each partner name tariffs that nobody told us."""
    services.count_unknown_tariffs()
