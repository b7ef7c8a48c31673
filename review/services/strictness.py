"""Setting checks: on or off, how strict, for everybody or for one partner. Each change is an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from parties import events
from parties.models import Party
from review.checks.catalogue import BY_CODE
from review.checks.declaration import Check, Choice
from review.choices import Severity
from review.models import CheckSetting

EVENT = "check.set"


def subject(code: str) -> str:
    """How the stream of events names a check."""
    return f"check:{code}"


@transaction.atomic
def set_check(
    code: str,
    partner: Party | None,
    *,
    enabled: bool,
    severity: Severity,
    parameters: Mapping[str, Any],
    actor: events.Actor,
) -> CheckSetting:
    """Set a check for everybody, or for one partner. What is not named of its parameters has its usual value.

    Raises ``KeyError`` for a check that there is not, and ``NotAllowed`` for values that it cannot have. CDRs that
    were checked before stay as they are.
    """
    check = BY_CODE[code]
    values = check.values(parameters).to_json()
    rows = CheckSetting.objects.select_for_update().filter(code=code, partner=partner)
    row = rows.order_by("pk").first()
    before = _words(check, row.enabled, row.severity, row.parameters) if row else ""
    row = row or CheckSetting(code=code, partner=partner)
    row.enabled, row.severity, row.parameters = enabled, severity, values
    row.changed_by, row.changed_at = events.actor_name(actor)[:150], timezone.now()
    row.save()
    now = _words(check, enabled, severity, values)
    if now != before:
        _record(check, partner, f"{now}{f' (before: {before})' if before else ''}", values, actor)
    return row


@transaction.atomic
def make_usual(setting: CheckSetting, *, actor: events.Actor) -> None:
    """Forget a setting: a partner's CDRs are checked like everybody's, or everybody's as the check itself says."""
    check, partner = BY_CODE[setting.code], setting.partner
    setting.delete()
    said = "As for everybody again." if partner else "As usual again."
    _record(check, partner, said, {}, actor)


def _record(
    check: Check, partner: Party | None, said: str, values: Mapping[str, Any], actor: events.Actor
) -> None:
    whom = f" for {partner}" if partner else ""
    events.record(
        EVENT,
        f"{check.title}{whom}: {said}",
        actor=actor,
        subject=subject(check.code),
        detail={"partner": str(partner.identity) if partner else "", "parameters": dict(values)},
    )


def _words(check: Check, enabled: bool, severity: str, values: Mapping[str, Any]) -> str:
    """A setting in words: ``on, holds the CDR …; a difference up to this does not count: 0.05``."""
    if not enabled:
        return "off"
    said = [f"on, {Severity(severity).label[0].lower()}{Severity(severity).label[1:]}"]
    for parameter in check.parameters:
        value = values.get(parameter.name, parameter.usual)
        if isinstance(parameter, Choice):
            shown = parameter.options().get(str(value), str(value))
        else:
            shown = f"{value} {parameter.unit.value}"
        said.append(f"{parameter.label[0].lower()}{parameter.label[1:]}: {shown}")
    return "; ".join(said)
