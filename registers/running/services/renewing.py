"""Terms end: holders are reminded before, and codes expire after the days of grace."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registers.models import IssuedCode, RegisterRules
from registers.running import rules as pure
from registers.running import selectors
from registers.running.choices import HELD_STATES, CodeEventKind, CodeState
from registers.running.services import codes, mailing

log = structlog.get_logger(__name__)

_ONE_DAY = timedelta(days=1)


def look_after_terms(now: datetime | None = None) -> tuple[int, int]:
    """Remind holders and let codes expire, in every register run here; returns how many of both.

    Reminders go by e-mail where the portal can send any; else staff see them in the list of codes to renew.
    """
    now = now or timezone.now()
    reminded = expired = 0
    for rules in selectors.run_here():
        expired += _expire(rules, now)
        reminded += _remind(rules, now)
    return reminded, expired


def _remind(rules: RegisterRules, now: datetime) -> int:
    if not rules.reminder_days:
        return 0
    ending = IssuedCode.objects.filter(
        register=rules.register_id,
        state__in=HELD_STATES,
        valid_until__lte=now + timedelta(days=max(rules.reminder_days)),
        valid_until__gt=now,
    )
    told = 0
    for key in list(ending.values_list("pk", flat=True)):
        with transaction.atomic():
            code = _claimed(key)
            if code is None or code.valid_until is None:
                continue
            left = (code.valid_until - now) / _ONE_DAY
            due = pure.reminder_due(left, rules.reminder_days, code.reminded_days)
            if due is None:
                continue
            codes.change(
                code,
                CodeEventKind.REMINDED,
                actor="system",
                said="",
                reason=f"Its term ends on {code.valid_until:%Y-%m-%d}.",
                reminded_days=due,
            )
        _write_to_holder(code, rules)
        told += 1
    return told


def _expire(rules: RegisterRules, now: datetime) -> int:
    over = IssuedCode.objects.filter(
        register=rules.register_id,
        state__in=HELD_STATES,
        valid_until__lte=now - timedelta(days=rules.grace_days),
    )
    expired = 0
    for key in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            code = _claimed(key)
            if code is None:
                continue
            codes.end(
                code,
                CodeState.EXPIRED,
                CodeEventKind.EXPIRED,
                actor="system",
                reason="It was not renewed.",
                said="Expired.",
            )
        expired += 1
    return expired


def _claimed(key: int) -> IssuedCode | None:
    return (
        IssuedCode.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("register__rules", "organisation")
        .filter(pk=key, state__in=HELD_STATES)
        .first()
    )


def _write_to_holder(code: IssuedCode, rules: RegisterRules) -> None:
    if not mailing.can_send():
        return
    addresses = list(code.organisation.contacts.values_list("email", flat=True))
    if not addresses:
        return
    text = (
        f"The code {code}, issued to {code.organisation} by {code.register}, is valid until"
        f" {code.valid_until:%Y-%m-%d}.\n\nApply for its renewal here:"
        f" {settings.BASE_URL}/register/apply/?kind=renew&code={code.party_id}\n\n{rules.contact}\n"
    )
    try:
        mailing.send(f"The term of {code} ends", text, addresses)
    except mailing.FAILURES as error:
        log.warning("reminder_not_sent", code=str(code), error=str(error))
