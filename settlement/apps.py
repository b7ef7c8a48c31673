from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from exchange.jobs import Running
    from exchange.models import Job


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.arrivals import arrived
        from exchange import jobs, registry
        from review.decided import changed
        from settlement.admin import adjusting
        from settlement.reconciliation import following, tasks  # noqa: F401 - known to the workers
        from settlement.reconciliation.ocpi import MODULE
        from settlement.services import booking, month_end, rebooking

        registry.register(MODULE)
        adjusting.bring()
        changed.connect(booking.follow, dispatch_uid="settlement")
        arrived.connect(following.arrived, dispatch_uid="settlement.reconciliation")
        changed.connect(following.decided, dispatch_uid="settlement.reconciliation")
        permission = "settlement.change_statement"
        jobs.register(jobs.Kind(month_end.KIND, _closing, permission, about=_about_closing))
        jobs.register(jobs.Kind(rebooking.KIND, _rebooking, permission, about=_about_rebooking))


def _closing() -> Running:
    from settlement import tasks

    task: Running = tasks.close_month
    return task


def _rebooking() -> Running:
    from settlement import tasks

    task: Running = tasks.book_again
    return task


def _about_closing(job: Job) -> tuple[str, str]:
    from settlement.models import Statement
    from staff.links import list_url

    return list_url(
        Statement, month=str(job.parameters["month"])[:7]
    ), "The statements of the month"


def _about_rebooking(job: Job) -> tuple[str, str]:
    from settlement.models import Statement
    from staff.links import list_url

    chosen = {
        "month": "all",
        "state__exact": "open",
        "partner__id__exact": job.parameters["partner"],
    }
    return list_url(Statement, **chosen), "Its open statements"
