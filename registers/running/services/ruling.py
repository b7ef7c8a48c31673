"""Deciding by which rules a register is run."""

from __future__ import annotations

from django.db import transaction

from parties import events
from registers.models import RegisterRules


@transaction.atomic
def set_rules(rules: RegisterRules, *, actor: events.Actor) -> RegisterRules:
    """Save new or changed rules. Applications that came in before keep their rule about two people."""
    is_new = rules.pk is None
    rules.reserved_codes = sorted({code.upper() for code in rules.reserved_codes})
    rules.reminder_days = sorted(set(rules.reminder_days), reverse=True)
    rules.save()
    events.record(
        "register.run" if is_new else "register.rules_changed",
        f"{rules.register} is run here from now on."
        if is_new
        else f"The rules of {rules.register} were changed.",
        actor=actor,
        subject=f"register:{rules.register.key}",
    )
    return rules
