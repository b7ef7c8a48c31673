"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from exchange.models import Job
from settlement.services import month_end, rebooking


@shared_task(ignore_result=True)
def close_month(job_id: int) -> None:
    """Close a month for all partners."""
    month_end.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def book_again(job_id: int) -> None:
    """Make open statements anew by the terms of now."""
    rebooking.run(Job.objects.get(pk=job_id))
