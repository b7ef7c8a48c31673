"""What the workers do about tokens."""

from __future__ import annotations

from celery import shared_task

from tokens.authorization import store


@shared_task(ignore_result=True)
def forget_old_authorizations() -> None:
    """Drop decisions and unknown cards that are past their time."""
    store.forget_old()
