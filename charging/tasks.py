"""What the workers do about charging."""

from __future__ import annotations

from celery import shared_task

from charging.commands import services as commands


@shared_task(ignore_result=True)
def settle_commands() -> None:
    """Every few seconds: give up the commands of which nothing was heard in time."""
    while commands.settle() >= commands.SETTLED_AT_ONCE:
        pass
