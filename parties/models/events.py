"""What happened, behind every timeline."""

from __future__ import annotations

from typing import Any

from django.db import models

from parties.models.connections import Connection


class Event(models.Model):
    """What happened, once and for all: the append-only stream behind every timeline.

    ``name`` is dotted (``connection.invited``); the actor's name is kept as text, so that it outlives
    the account.
    """

    at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=60)
    actor = models.CharField(max_length=150, blank=True)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    subject = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=400)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="event_by_connection"),
            models.Index(fields=["subject", "-id"], name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are never deleted.")
