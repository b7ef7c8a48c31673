"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import shared_task

from exchange.models import Job
from review import again, arrived, bulk, checking, missing, trials


@shared_task(ignore_result=True)
def check_waiting() -> None:
    """Check the CDRs that wait for it, until none is left."""
    checking.drain()
    again.follow()
    arrived.follow()


@shared_task(ignore_result=True)
def decide_about_many(job_id: int) -> None:
    """Decide about many CDRs, as somebody confirmed it."""
    bulk.run(Job.objects.select_related("connection").get(pk=job_id))


@shared_task(ignore_result=True)
def check_again(job_id: int) -> None:
    """Check CDRs of the past again."""
    again.run(Job.objects.select_related("connection").get(pk=job_id))


@shared_task(ignore_result=True)
def try_check(job_id: int) -> None:
    """Count what a check would have flagged."""
    trials.run(Job.objects.select_related("connection").get(pk=job_id))


@shared_task(ignore_result=True)
def find_missing() -> None:
    """Find sessions whose CDR should have come by now."""
    missing.find()


@shared_task(ignore_result=True)
def find_long_missing() -> None:
    """The same far back: for sessions that were told late, and deadlines that were set anew."""
    missing.find(missing.LONG_AGO)
