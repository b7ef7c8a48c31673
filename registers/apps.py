from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_save

if TYPE_CHECKING:
    from exchange.jobs import Running
    from parties.models import Party


class RegistersConfig(AppConfig):
    name = "registers"
    verbose_name = "Registers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from credentials.admin import sections
        from exchange import jobs
        from locations.admin.sections import LOCATION
        from parties.models import Party
        from registers.admin import code_actions, minted, parties
        from registers.audit import services as audit
        from registers.audit import tasks  # noqa: F401 - known to the workers
        from registers.minting import assigning
        from registers.minting import tasks as giving  # noqa: F401 - likewise
        from registers.running.services import taking_over
        from staff.sections import Section

        LOCATION.register(Section("registers/minted_section.html", minted.of_location))
        template = "registers/standing.html"
        sections.PARTY.register(Section(template, parties.of_party))
        sections.CONNECTION.register(Section(template, parties.of_connection))
        jobs.register(jobs.Kind(audit.KIND, _audit, audit.PERMISSION))
        jobs.register(jobs.Kind(assigning.KIND, _giving, assigning.PERMISSION))
        jobs.register(jobs.Kind(taking_over.KIND, _taking_over, code_actions.PERMISSION))
        post_save.connect(_hosted, sender=Party, dispatch_uid="patterns_of_hosted_parties")


def _hosted(instance: Party, *, raw: bool = False, **_: object) -> None:
    """Pages only read, so the patterns of a party are made when it becomes ours."""
    from registers.minting import services

    if not raw:
        services.make_patterns(instance)


def _audit() -> Running:
    from registers.audit import tasks

    task: Running = tasks.audit
    return task


def _giving() -> Running:
    from registers.minting import tasks

    task: Running = tasks.give_ids
    return task


def _taking_over() -> Running:
    from registers import tasks

    task: Running = tasks.take_over_holders
    return task
