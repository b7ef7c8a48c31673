"""Applications come in: a code is held from that moment, and of many applications for one a single one gets it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from parties import events, tokens
from registers.choices import CodeRole
from registers.models import (
    Application,
    CodeClaim,
    IssuedCode,
    Register,
    RegisterRules,
    Submission,
)
from registers.running import rules as pure
from registers.running import selectors
from registers.running.choices import (
    HELD_STATES,
    ApplicationKind,
    ApplicationState,
    CodeState,
    MailKind,
)
from registers.running.services import telling
from registers.running.services.errors import CodeTaken, NotPossible, TooMany


@dataclass(frozen=True)
class Wish:
    """What is applied for. ``code`` is three characters, empty for any; ``organisation`` and ``contact`` are fields
    of :class:`Application` with their values."""

    country: str
    code: str
    roles: Sequence[str]
    organisation: dict[str, Any]
    contact: dict[str, Any]
    kind: str = ApplicationKind.NEW
    remark: str = ""

    @property
    def name(self) -> str:
        """What suggestions are made of."""
        return str(
            self.organisation.get("trading_name") or self.organisation.get("legal_name") or ""
        )


def submit(register: Register, wish: Wish, *, sender: str) -> tuple[Application, str]:
    """Take in an application from the address ``sender``; returns it and the secret of its tracking link.

    Of the secret only a keyed hash is kept. Raises :class:`CodeTaken`, :class:`TooMany` or :class:`NotPossible`.
    """
    secret = tokens.new_token()
    with transaction.atomic():
        # One after the other: so look-alikes cannot come in side by side either.
        rules = RegisterRules.objects.select_for_update().filter(register=register).first()
        if rules is None or not rules.is_open:
            raise NotPossible(f"{register} takes no applications now.")
        _count(sender)
        if wish.country not in register.jurisdictions:
            raise NotPossible(f"{register} does not issue codes of {wish.country}.")
        is_new = wish.kind == ApplicationKind.NEW
        code = None if is_new else _issued(register, wish)
        party_id = _free_code(rules, wish) if is_new else wish.code
        application = _save(rules, wish, party_id, code, tokens.token_hash(secret))
        if is_new or (wish.kind == ApplicationKind.ADD_ROLE and not rules.one_holder):
            _claim(rules, application, wish)
        events.record(
            "application.submitted",
            f"{application.known_as} applied: {application.get_kind_display().lower()},"
            f" {application.written}.",
            actor="public",
            subject=application.reference,
        )
        telling.tell(application, MailKind.RECEIVED)
    return application, secret


def find(secret: str) -> Application | None:
    """The application of a tracking link."""
    return (
        Application.objects.select_related("register", "code")
        .filter(tracking_hash=tokens.token_hash(secret))
        .first()
    )


@transaction.atomic
def withdraw(application: Application, *, actor: events.Actor) -> Application:
    """The applicant does not want it any more; the code is free again. Raises :class:`NotPossible`."""
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if not locked.is_open:
        raise NotPossible("It is decided already.")
    locked.state = ApplicationState.WITHDRAWN
    locked.save(update_fields=["state"])
    locked.claims.all().delete()
    events.record(
        "application.withdrawn",
        f"{locked.number} for {locked.written} was withdrawn.",
        actor=actor,
        subject=locked.reference,
    )
    return locked


def _count(sender: str) -> None:
    limit = settings.REGISTER_APPLICATIONS_PER_HOUR
    if not limit:
        return
    now = timezone.now()
    hashed = hmac.new(settings.TOKEN_HASH_KEY.encode(), sender.encode(), hashlib.sha256).digest()
    Submission.objects.filter(at__lt=now - timedelta(hours=1)).delete()
    if Submission.objects.filter(sender=hashed).count() >= limit:
        raise TooMany(
            f"{limit} applications came from your address within an hour. Try again later."
        )
    Submission.objects.create(sender=hashed, at=now)


def _free_code(rules: RegisterRules, wish: Wish) -> str:
    ground = selectors.ground(rules, wish.country, wish.roles)
    if not wish.code:
        first = pure.suggestions(wish.name, "", ground.is_free, 1)
        if not first:
            raise NotPossible(f"No code of {wish.country} is free.")
        return first[0]
    reason = ground.refusal(wish.code)
    if reason:
        near = pure.suggestions(wish.name, wish.code, ground.is_free)
        raise CodeTaken(reason, wish.country, near)
    return wish.code


def _issued(register: Register, wish: Wish) -> IssuedCode:
    states = [*HELD_STATES]
    if wish.kind == ApplicationKind.RENEW:
        states.append(CodeState.EXPIRED)
    code = (
        IssuedCode.objects.filter(
            register=register, country_code=wish.country, party_id=wish.code, state__in=states
        )
        .order_by("-pk")
        .first()
    )
    if code is None:
        raise NotPossible(f"{wish.country}*{wish.code} is not issued by {register}.")
    if wish.kind == ApplicationKind.ADD_ROLE and not set(wish.roles) - set(code.roles):
        raise NotPossible(f"{code} has these roles already.")
    if wish.kind == ApplicationKind.DROP_ROLE and not set(code.roles) - set(wish.roles):
        raise NotPossible(f"{code} would have no role left. Ask for its end instead.")
    if wish.kind == ApplicationKind.RENEW and code.valid_until is None:
        raise NotPossible(f"{code} has no end, and needs no renewal.")
    return code


def _save(
    rules: RegisterRules, wish: Wish, party_id: str, code: IssuedCode | None, tracking_hash: bytes
) -> Application:
    application = Application(
        register=rules.register,
        kind=wish.kind,
        country_code=wish.country,
        party_id=party_id,
        any_code=not wish.code,
        roles=[role for role in CodeRole if role in wish.roles],
        code=code,
        remark=wish.remark,
        tracking_hash=tracking_hash,
        submitted_at=timezone.now(),
        four_eyes=rules.four_eyes,
        **wish.organisation,
        **wish.contact,
    )
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        raise NotPossible(f"Another application about {code} is not decided yet.") from None
    return application


def _claim(rules: RegisterRules, application: Application, wish: Wish) -> None:
    same = CodeClaim.objects.filter(
        country_code=application.country_code, party_id=application.party_id
    )
    same.filter(free_from__lte=timezone.now()).delete()
    code = application.code
    mine = set(code.claims.values_list("role", flat=True)) if code else set()
    claims = [
        CodeClaim(
            country_code=application.country_code,
            party_id=application.party_id,
            role=role,
            application=application,
        )
        for role in selectors.claimed_roles(rules, wish.roles)
        if role not in mine
    ]
    try:
        with transaction.atomic():
            CodeClaim.objects.bulk_create(claims)
    except IntegrityError:
        # Another register of the same country was quicker; ours was locked.
        ground = selectors.ground(rules, wish.country, wish.roles)
        near = pure.suggestions(wish.name, application.party_id, ground.is_free)
        raise CodeTaken(f"{application.written} is taken.", wish.country, near) from None
