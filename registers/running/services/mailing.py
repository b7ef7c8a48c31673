"""Plain e-mails to holders and applicants, where the portal can send any."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

FAILURES = (SMTPException, OSError)
"""What :func:`send` raises where the mail server does not take a message."""


def can_send() -> bool:
    """Whether a mail server is set (``EMAIL_HOST``)."""
    return bool(settings.EMAIL_HOST)


def send(subject: str, text: str, addresses: Sequence[str]) -> None:
    """Send a plain text. Raises one of :data:`FAILURES`."""
    # A name of several lines must not become another header.
    send_mail(" ".join(subject.split()), text, None, list(addresses))
