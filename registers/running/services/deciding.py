"""Applications are reviewed by one person and decided by another."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from parties import events
from registers.models import Application, IssuedCode, Organisation
from registers.running.choices import ApplicationKind, ApplicationState, MailKind
from registers.running.services import codes, organisations, telling
from registers.running.services.errors import NotPossible


@transaction.atomic
def review(application: Application, *, note: str, actor: User) -> Application:
    """Somebody looked into it; ``note`` is for whoever decides. Raises :class:`NotPossible`."""
    locked = _locked(application, ApplicationState.SUBMITTED)
    locked.state = ApplicationState.REVIEWED
    locked.reviewed_by, locked.reviewed_at, locked.review_note = actor, timezone.now(), note
    locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "review_note"])
    _record(locked, "reviewed", f"{locked} was reviewed.", actor)
    return locked


@transaction.atomic
def link(application: Application, organisation: Organisation, *, actor: User) -> Application:
    """Say which organisation known here the applicant is. Raises :class:`NotPossible`."""
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if not locked.is_open:
        raise NotPossible("It is decided already.")
    locked.organisation = organisation
    locked.save(update_fields=["organisation"])
    _record(locked, "linked", f"The applicant of {locked} is {organisation}.", actor)
    return locked


@transaction.atomic
def issue(application: Application, *, actor: User) -> IssuedCode:
    """Grant it, and do what it asks for. Raises :class:`NotPossible`, also for whoever reviewed it."""
    locked = _to_decide(application, actor)
    code = _grant(locked, actor)
    locked.code = code
    locked.state = ApplicationState.ISSUED
    locked.decided_by, locked.decided_at = actor, timezone.now()
    locked.save(update_fields=["code", "state", "decided_by", "decided_at", "organisation"])
    locked.claims.all().delete()
    _record(locked, "granted", f"{locked} was granted.", actor)
    telling.tell(locked, MailKind.GRANTED)
    return code


@transaction.atomic
def refuse(application: Application, *, reason: str, actor: User) -> Application:
    """Do not grant it; the applicant reads ``reason``. The code is free again. Raises :class:`NotPossible`."""
    if not reason.strip():
        raise NotPossible("A refusal needs a reason.")
    locked = _to_decide(application, actor)
    locked.state, locked.refusal = ApplicationState.REFUSED, reason
    locked.decided_by, locked.decided_at = actor, timezone.now()
    locked.save(update_fields=["state", "refusal", "decided_by", "decided_at"])
    locked.claims.all().delete()
    _record(locked, "refused", f"{locked} was refused: {reason}", actor)
    telling.tell(locked, MailKind.REFUSED)
    return locked


def _grant(application: Application, actor: User) -> IssuedCode:
    reason = application.number
    code = application.code
    if application.kind == ApplicationKind.NEW or code is None:
        application.organisation = organisations.of_application(application)
        return codes.assign(application, application.organisation, actor=actor)
    match application.kind:
        case ApplicationKind.ADD_ROLE:
            application.claims.update(application=None, code=code)
            return codes.add_role(code, application.roles, reason=reason, actor=actor)
        case ApplicationKind.DROP_ROLE:
            return codes.drop_role(code, application.roles, reason=reason, actor=actor)
        case ApplicationKind.RENEW:
            return codes.renew(code, reason=reason, actor=actor)
        case ApplicationKind.RENAME:
            organisations.rename(
                code.organisation,
                application.legal_name,
                application.trading_name,
                reason=reason,
                actor=actor,
            )
            return code
    application.organisation = organisations.of_application(application)
    return codes.transfer(code, application.organisation, reason=reason, actor=actor)


def _to_decide(application: Application, actor: User) -> Application:
    locked = _locked(application, ApplicationState.REVIEWED)
    if locked.four_eyes and locked.reviewed_by_id == actor.pk:
        raise NotPossible("You reviewed it yourself; somebody else has to decide.")
    return locked


def _locked(application: Application, state: ApplicationState) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("register__rules", "code__organisation", "organisation")
        .get(pk=application.pk)
    )
    if locked.state != state:
        raise NotPossible(f"{locked} is in another state: {locked.get_state_display().lower()}.")
    return locked


def _record(application: Application, name: str, message: str, actor: User) -> None:
    events.record(f"application.{name}", message, actor=actor, subject=application.reference)
