"""What the workers do for tariffs."""

from __future__ import annotations

from celery import shared_task

from tariffs import services


@shared_task(ignore_result=True)
def turn_tariffs() -> None:
    """Every few minutes: see to the tariffs whose validity began or ended."""
    while services.turn():
        pass


@shared_task(ignore_result=True)
def publish_drafts() -> None:
    """Every minute: publish the drafts of tariffs whose time has come."""
    while services.publish_due():
        pass


@shared_task(ignore_result=True)
def lint_tariffs() -> None:
    """Now and then: remark upon the tariffs that an older linter, or none, has seen."""
    while services.lint_stored():
        pass
