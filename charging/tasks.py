"""What the workers do about charges."""

from __future__ import annotations

from celery import shared_task

from charging.commands import services as commands
from charging.profiles import services as profiles
from charging.sessions import readings


@shared_task(ignore_result=True)
def settle_commands() -> None:
    """Every few seconds: give up the commands of which nothing was heard in time."""
    while commands.settle() >= commands.SETTLED_AT_ONCE:
        pass


@shared_task(ignore_result=True)
def forget_old_readings() -> None:
    """Drop what sessions had come to on the way, and their charging profiles, when that is past its time."""
    readings.forget_old()
    profiles.forget_old()
