"""What the workers do. A task calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

from celery import Task, shared_task

from exchange.models import Job
from registers import services
from registers.running import services as running
from registers.running.services import mailing, taking_over, telling


@shared_task(ignore_result=True)
def refresh() -> None:
    """Read the registers whose time has come."""
    services.refresh_due()


@shared_task(ignore_result=True)
def look_after_terms() -> None:
    """Remind holders of codes whose term ends, and let codes expire whose days of grace are over."""
    running.look_after_terms()
    telling.queue_forgotten()


@shared_task(
    bind=True,
    ignore_result=True,
    autoretry_for=mailing.FAILURES,
    max_retries=5,
    retry_backoff=60,
    retry_jitter=False,
)
def tell_applicant(self: Task, mail_id: int) -> None:
    """Send an e-mail about an application; tried again for half an hour where the mail server does not take it."""
    telling.send(mail_id, is_last=self.request.retries >= self.max_retries)


@shared_task(ignore_result=True)
def take_over_holders(job_id: int) -> None:
    """Take the holders of a list over into a register that is run here."""
    taking_over.run(Job.objects.get(pk=job_id))
