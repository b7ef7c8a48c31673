"""Applicants are told by e-mail: that their application came in, and what was decided.

The row says whether they were, and is written with the decision. Sending comes after the commit, by a worker, and
nothing that goes wrong with it touches the decision.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from registers.models import Application, ApplicationMail
from registers.running import words
from registers.running.choices import ApplicationKind, MailKind, MailState
from registers.running.services import mailing

log = structlog.get_logger(__name__)

_FORGOTTEN_AFTER = timedelta(minutes=30)
_NO_SERVER = "No mail server is set (EMAIL_HOST)."


def tell(application: Application, kind: MailKind) -> ApplicationMail:
    """Write down that the applicant is to be told, and hand it to a worker after the commit."""
    can = mailing.can_send()
    mail = ApplicationMail.objects.create(
        application=application,
        kind=kind,
        address=application.contact_email,
        state=MailState.WAITING if can else MailState.NOT_SENT,
        problem="" if can else _NO_SERVER,
    )
    if can:
        transaction.on_commit(partial(_queue, mail.pk))
    return mail


def send(key: int, *, is_last: bool) -> None:
    """Send one that waits, once. Raises one of ``mailing.FAILURES`` unless it is the last try, which is noted."""
    with transaction.atomic():
        mail = (
            ApplicationMail.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("application__register__rules", "application__code")
            .filter(pk=key, state=MailState.WAITING)
            .first()
        )
        if mail is None:
            return
        problem: Exception | None = None
        try:
            mailing.send(*written(mail.application, mail.kind), [mail.address])
            mail.state, mail.problem, mail.sent_at = MailState.SENT, "", timezone.now()
        except mailing.FAILURES as error:
            problem = error
            mail.problem = f"The mail server did not take it: {error}"[:300]
            mail.state = MailState.NOT_SENT if is_last else MailState.WAITING
        mail.save(update_fields=["state", "problem", "sent_at"])
    if problem is not None:
        log.warning("mail_not_sent", mail=key, error=str(problem))
        if not is_last:
            raise problem


def queue_forgotten() -> int:
    """Hand those that still wait to the workers once more; returns how many."""
    old = timezone.now() - _FORGOTTEN_AFTER
    waiting = ApplicationMail.objects.filter(state=MailState.WAITING, created_at__lt=old)
    keys = list(waiting.values_list("pk", flat=True))
    for key in keys:
        _queue(key)
    return len(keys)


def written(application: Application, kind: str) -> tuple[str, str]:
    """The subject and the text; dates are of UTC and say so."""
    about = f"{application.get_kind_display().lower()}, {application.written}"
    lines = [f"Your application {application.number} to {application.register} ({about})"]
    if kind == MailKind.RECEIVED:
        subject = f"Application {application.number} was received"
        lines[0] += " was received."
        if application.kind == ApplicationKind.NEW:
            lines.append(f"{application.written} is held for you until it is decided.")
        lines.append(
            "How far it is, you see on the page whose address you were shown when you applied."
        )
    elif kind == MailKind.REFUSED:
        subject = f"Application {application.number} was refused"
        lines[0] += " was refused."
        lines.append(f"The reason: {application.refusal}")
    else:
        subject = f"Application {application.number} was granted: {application.written}"
        lines[0] += " was granted."
        lines += _issued(application)
    lines.append(application.register.rules.contact)
    return subject, "\n\n".join(filter(None, lines)) + "\n"


def _issued(application: Application) -> list[str]:
    code = application.code
    if code is None:
        return []
    until = (
        f"valid until {code.valid_until:%Y-%m-%d} (UTC)" if code.valid_until else "without an end"
    )
    address = f"{settings.BASE_URL}/register/{code.country_code}/{code.party_id}/"
    return [
        f"The code is {code}, as {words.roles(code.roles)}, {until}.",
        f"It is in the public register: {address}",
    ]


def _queue(key: int) -> None:
    if not settings.WAKE_WORKERS:
        return
    from registers import tasks

    try:
        tasks.tell_applicant.apply_async(args=[key], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", mail=key, error=str(error))
