from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from exchange.jobs import Running


class RegistersConfig(AppConfig):
    name = "registers"
    verbose_name = "Registers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from credentials.admin import sections
        from exchange import jobs
        from registers.admin import parties
        from registers.audit import services as audit
        from registers.audit import tasks  # noqa: F401 - known to the workers
        from staff.sections import Section

        template = "registers/standing.html"
        sections.PARTY.register(Section(template, parties.of_party))
        sections.CONNECTION.register(Section(template, parties.of_connection))
        jobs.register(jobs.Kind(audit.KIND, _audit, audit.PERMISSION))


def _audit() -> Running:
    from registers.audit import tasks

    task: Running = tasks.audit
    return task
