"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from exchange.models import Job
from registers.audit import services


@shared_task(ignore_result=True)
def audit(job_id: int) -> None:
    """Look at all IDs."""
    services.run(Job.objects.get(pk=job_id))
