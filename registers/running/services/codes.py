"""What happens to an issued code. State and history are written together, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from parties import events
from registers.choices import CodeRole
from registers.models import Application, CodeClaim, CodeEvent, IssuedCode, Organisation
from registers.running import rules as pure
from registers.running import selectors, words
from registers.running.choices import HELD_STATES, CodeEventKind, CodeState
from registers.running.services.errors import NotPossible

_ACTIVE = (CodeState.ACTIVE,)


@transaction.atomic
def assign(
    application: Application, organisation: Organisation, *, actor: events.Actor
) -> IssuedCode:
    """Issue the code that an application holds. Call it with the application locked."""
    now = timezone.now()
    term = application.register.rules.term_months
    code = IssuedCode.objects.create(
        register=application.register,
        country_code=application.country_code,
        party_id=application.party_id,
        organisation=organisation,
        roles=application.roles,
        issued_at=now,
        valid_until=pure.after_months(now, term) if term else None,
    )
    application.claims.update(application=None, code=code)
    said = f"Assigned to {organisation.known_as} as {words.roles(code.roles)}."
    write(code, CodeEventKind.ASSIGNED, actor=actor, reason=application.number, said=said)
    return code


@transaction.atomic
def suspend(code: IssuedCode, *, reason: str, actor: events.Actor) -> IssuedCode:
    """It is not to be used for a while. Raises :class:`NotPossible` unless it is active."""
    locked = _locked(code, _ACTIVE)
    return change(
        locked,
        CodeEventKind.SUSPENDED,
        actor=actor,
        reason=reason,
        said="Suspended.",
        state=CodeState.SUSPENDED,
    )


@transaction.atomic
def reactivate(code: IssuedCode, *, reason: str, actor: events.Actor) -> IssuedCode:
    """A suspended code may be used again. Raises :class:`NotPossible`."""
    locked = _locked(code, (CodeState.SUSPENDED,))
    return change(
        locked,
        CodeEventKind.REACTIVATED,
        actor=actor,
        reason=reason,
        said="Active again.",
        state=CodeState.ACTIVE,
    )


@transaction.atomic
def revoke(code: IssuedCode, *, reason: str, actor: events.Actor) -> IssuedCode:
    """It is nobody's any more, and free for others after the rest of the rules. Raises :class:`NotPossible`."""
    return end(
        _locked(code, HELD_STATES),
        CodeState.REVOKED,
        CodeEventKind.REVOKED,
        actor=actor,
        reason=reason,
        said="Revoked.",
    )


@transaction.atomic
def renew(code: IssuedCode, *, reason: str, actor: events.Actor) -> IssuedCode:
    """Another term from its end, of an expired code from now. Raises :class:`NotPossible`."""
    locked = _locked(code, (*HELD_STATES, CodeState.EXPIRED))
    term = locked.register.rules.term_months
    if locked.valid_until is None:
        raise NotPossible(f"{code} has no end, and needs no renewal.")
    now = timezone.now()
    is_expired = locked.state == CodeState.EXPIRED
    if is_expired and not locked.claims.filter(free_from__gt=now).exists():
        raise NotPossible(f"{code} expired long ago and is free; it has to be applied for.")
    start = now if is_expired else locked.valid_until
    until = pure.after_months(start, term) if term else None
    locked.claims.update(free_from=None)
    return change(
        locked,
        CodeEventKind.RENEWED,
        actor=actor,
        reason=reason,
        said=f"Renewed until {until:%Y-%m-%d}." if until else "Renewed without an end.",
        state=CodeState.ACTIVE if is_expired else locked.state,
        valid_until=until,
        ended_at=None,
        reminded_days=None,
    )


@transaction.atomic
def add_role(
    code: IssuedCode, roles: Iterable[str], *, reason: str, actor: events.Actor
) -> IssuedCode:
    """Its holder has it in more roles. Raises :class:`NotPossible` where somebody else has it in one."""
    locked = _locked(code, HELD_STATES)
    added = set(roles) - set(locked.roles)
    if not added:
        raise NotPossible(f"{code} has this role already.")
    locked.claims.filter(role__in=added).update(free_from=None)
    mine = set(locked.claims.values_list("role", flat=True))
    missing = [role for role in _ordered(added) if role not in mine]
    party = locked.party
    same = CodeClaim.objects.filter(country_code=party.country_code, party_id=party.party_id)
    same.filter(role__in=missing, free_from__lte=timezone.now()).delete()
    try:
        with transaction.atomic():
            CodeClaim.objects.bulk_create(
                CodeClaim(
                    country_code=party.country_code,
                    party_id=party.party_id,
                    role=role,
                    code=locked,
                )
                for role in missing
            )
    except IntegrityError:
        raise NotPossible(f"Somebody else has {code} as {words.roles(missing)}.") from None
    return change(
        locked,
        CodeEventKind.ROLE_ADDED,
        actor=actor,
        reason=reason,
        said=f"Also as {words.roles(added)}.",
        roles=_ordered({*locked.roles, *added}),
    )


@transaction.atomic
def drop_role(
    code: IssuedCode, roles: Iterable[str], *, reason: str, actor: events.Actor
) -> IssuedCode:
    """Its holder has it in fewer roles; one stays. Raises :class:`NotPossible`."""
    locked = _locked(code, HELD_STATES)
    dropped = set(roles) & set(locked.roles)
    left = set(locked.roles) - dropped
    if not dropped or not left:
        raise NotPossible(f"{code} is issued as {words.roles(locked.roles)}; a role has to stay.")
    kept = selectors.claimed_roles(locked.register.rules, left)
    rest = pure.after_months(timezone.now(), locked.register.rules.rest_months)
    locked.claims.exclude(role__in=kept).update(free_from=rest)
    return change(
        locked,
        CodeEventKind.ROLE_REMOVED,
        actor=actor,
        reason=reason,
        said=f"No longer as {words.roles(dropped)}.",
        roles=_ordered(left),
    )


@transaction.atomic
def transfer(
    code: IssuedCode, organisation: Organisation, *, reason: str, actor: events.Actor
) -> IssuedCode:
    """Another organisation holds it from now on. Raises :class:`NotPossible`."""
    locked = _locked(code, HELD_STATES)
    if locked.organisation_id == organisation.pk:
        raise NotPossible(f"{organisation} holds {code} already.")
    said = f"Transferred from {locked.organisation.known_as} to {organisation.known_as}."
    return change(
        locked,
        CodeEventKind.TRANSFERRED,
        actor=actor,
        reason=reason,
        said=said,
        organisation=organisation,
    )


def end(
    code: IssuedCode,
    state: CodeState,
    kind: CodeEventKind,
    *,
    actor: events.Actor,
    reason: str,
    said: str,
) -> IssuedCode:
    """It ends; its claims stay until the rest is over. Call it in a transaction, the code locked."""
    now = timezone.now()
    rest = code.register.rules.rest_months
    code.claims.update(free_from=pure.after_months(now, rest))
    return change(code, kind, actor=actor, reason=reason, said=said, state=state, ended_at=now)


def change(
    code: IssuedCode,
    kind: CodeEventKind,
    *,
    actor: events.Actor,
    reason: str,
    said: str,
    **values: Any,
) -> IssuedCode:
    """Set fields and write the event. Call it in a transaction, the code locked."""
    for name, value in values.items():
        setattr(code, name, value)
    code.save(update_fields=list(values))
    write(code, kind, actor=actor, reason=reason, said=said)
    return code


def write(
    code: IssuedCode,
    kind: CodeEventKind,
    *,
    actor: events.Actor,
    reason: str,
    said: str,
    at: datetime | None = None,
) -> CodeEvent:
    """Append to the history of a code, and to that of the portal."""
    events.record(
        f"code.{kind.value.lower()}",
        f"{code}: {said or kind.label}",
        actor=actor,
        subject=code.reference,
        detail={"reason": reason} if reason else None,
    )
    return CodeEvent.objects.create(
        code=code,
        kind=kind,
        at=at or timezone.now(),
        by=events.actor_name(actor)[:150],
        reason=reason[:500],
        said=said[:500],
    )


def _locked(code: IssuedCode, states: Sequence[CodeState]) -> IssuedCode:
    locked = (
        IssuedCode.objects.select_for_update(of=("self",))
        .select_related("register__rules", "organisation")
        .get(pk=code.pk)
    )
    if locked.state not in states:
        raise NotPossible(f"{code} is {locked.get_state_display().lower()}.")
    return locked


def _ordered(roles: Iterable[str]) -> list[str]:
    given = set(roles)
    return [str(role) for role in CodeRole if role in given]
