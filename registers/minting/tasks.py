"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from exchange.models import Job
from registers.minting import assigning


@shared_task(ignore_result=True)
def give_ids(job_id: int) -> None:
    """Give IDs to everything of a party that has none."""
    assigning.run(Job.objects.get(pk=job_id))
