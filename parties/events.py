"""Writing to the append-only stream of what happened."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from parties.models import Connection, Event

Actor = AbstractBaseUser | AnonymousUser | str | None


def record(
    name: str,
    message: str,
    *,
    connection: Connection | None = None,
    actor: Actor = None,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> Event:
    """Append an event. ``name`` is dotted (``connection.rotated``), ``message`` is for staff.

    ``actor`` is a user, a plain name (``"partner"``, ``"system"``) or nothing for the system itself.
    """
    return Event.objects.create(
        name=name,
        message=message[:400],
        connection=connection,
        actor=actor_name(actor),
        subject=subject,
        detail=detail or {},
    )


def actor_name(actor: Actor) -> str:
    if actor is None:
        return "system"
    if isinstance(actor, str):
        return actor
    return actor.get_username() or "anonymous"
