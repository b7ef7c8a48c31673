"""Applicants are told by e-mail."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail

from registers.models import ApplicationMail
from registers.running import services
from registers.running.services import mailing, telling
from tests.registers import running

pytestmark = pytest.mark.django_db


def test_receipt_and_decision_are_mailed(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example"
    register = running.run()
    application = running.apply(register)
    code = running.grant(application)
    other = running.apply(register, "XYZ")
    services.review(other, note="", actor=running.person("ann"))
    services.refuse(other, reason="No seat in GB.", actor=running.person("bob"))
    for one in ApplicationMail.objects.all():
        telling.send(one.pk, is_last=False)
        telling.send(one.pk, is_last=False)
    texts = [message.subject + "\n" + str(message.body) for message in mail.outbox]
    assert len(texts) == 4
    assert application.number in texts[0]
    assert (
        f"The code is GB*ABC, as operator and provider, valid until {code.valid_until:%Y-%m-%d}"
        in texts[1]
    )
    assert "The reason: No seat in GB." in texts[3]
    assert not ApplicationMail.objects.exclude(state="sent", sent_at__isnull=False).exists()


def test_what_was_not_sent_says_why(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    register = running.run()
    settings.EMAIL_HOST = ""
    assert "EMAIL_HOST" in running.apply(register).mails.get().problem
    settings.EMAIL_HOST = "mail.example"
    waiting = running.apply(register, "XYZ").mails.get()

    def refuse(*_: Any) -> None:
        raise SMTPException("full")

    monkeypatch.setattr(mailing, "send", refuse)
    with pytest.raises(SMTPException):
        telling.send(waiting.pk, is_last=False)
    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    telling.send(waiting.pk, is_last=True)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.problem) == ("not_sent", "The mail server did not take it: full")
