"""What the workers do about charges."""

from __future__ import annotations

from celery import shared_task

from charging.sessions import readings


@shared_task(ignore_result=True)
def forget_old_readings() -> None:
    """Drop what sessions had come to on the way, when that is past its time."""
    readings.forget_old()
