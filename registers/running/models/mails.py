"""What applicants were told by e-mail, and whether it was sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from registers.running.choices import MailKind, MailState
from registers.running.models.applications import Application


class ApplicationMail(models.Model):
    """One e-mail about an application. ``problem`` says why it was not sent, or not yet."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=8, choices=MailKind)
    address = models.EmailField("to")
    state = models.CharField(max_length=8, choices=MailState)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField("sent", null=True, blank=True)

    class Meta:
        verbose_name = "e-mail about an application"
        verbose_name_plural = "e-mails about applications"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], name="mails_waiting", condition=Q(state=MailState.WAITING))
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_kind_display()}"
