from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from exchange.jobs import Running


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import jobs
        from review.decided import changed
        from settlement.services import booking, month_end, rebooking

        changed.connect(booking.follow, dispatch_uid="settlement")
        permission = "settlement.change_statement"
        jobs.register(jobs.Kind(month_end.KIND, _closing, permission))
        jobs.register(jobs.Kind(rebooking.KIND, _rebooking, permission))


def _closing() -> Running:
    from settlement import tasks

    task: Running = tasks.close_month
    return task


def _rebooking() -> Running:
    from settlement import tasks

    task: Running = tasks.book_again
    return task
