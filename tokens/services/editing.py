"""What staff do to the tokens of our own eMSPs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from ocpi.datetimes import format_datetime
from ocpi.versioned import CANONICAL, validate_document
from parties import events
from parties.choices import Role
from parties.models import Party
from tokens import selectors
from tokens.documents import key_of
from tokens.models import Token
from tokens.services.pushes import put_token


class NotOurs(ValueError):
    """Only tokens of eMSPs hosted here can be changed here."""


@transaction.atomic
def save_token(owner: Party, document: Mapping[str, Any], *, actor: events.Actor = None) -> Token:
    """Create or replace a token of one of our eMSPs from a canonical document without ``last_updated``.

    Raises ``InvalidParameters`` with every problem found, and :class:`NotOurs`.
    """
    if not (owner.is_ours and owner.role == Role.EMSP):
        raise NotOurs(f"{owner.identity} is not hosted here as eMSP.")
    named = f"{document.get('type')}:{document.get('uid')}".upper()
    known = Token.objects.select_for_update().filter(owner=owner, token_key=named).first()
    checked = validate_document(CANONICAL, "token", _now(owner, document, known))
    created = put_token(owner, checked, source=None)
    token = Token.objects.select_related("owner").get(
        owner=owner, token_key=key_of(checked["uid"], checked["type"])
    )
    _record(token, "created" if created else "edited", actor)
    return token


@transaction.atomic
def block(token: Token, *, actor: events.Actor = None) -> None:
    """Make one of our tokens invalid; partners are told."""
    _set_valid(token, False, "blocked", actor)


@transaction.atomic
def unblock(token: Token, *, actor: events.Actor = None) -> None:
    """Make one of our tokens valid again; partners are told."""
    _set_valid(token, True, "unblocked", actor)


def _set_valid(token: Token, valid: bool, done: str, actor: events.Actor) -> None:
    if not token.owner.is_ours:
        raise NotOurs(f"{token.reference} belongs to a partner; only its owner changes it.")
    # The row is locked by what is written; whatever else changed meanwhile must not be undone.
    locked = Token.objects.select_for_update().get(pk=token.pk)
    document = {**selectors.document_of(locked.pk), "valid": valid}
    put_token(token.owner, _now(token.owner, document, locked), source=None)
    _record(token, done, actor)


def _now(owner: Party, document: Mapping[str, Any], known: Token | None) -> dict[str, Any]:
    """As changed now, or with the newest that we hold: a clock that is ahead must not make it look older."""
    stamp = max(timezone.now(), known.last_updated) if known else timezone.now()
    return {**document, **owner.identity._asdict(), "last_updated": format_datetime(stamp)}


def _record(token: Token, done: str, actor: events.Actor) -> None:
    events.record(
        f"token.{done}", f"Token {token} was {done}.", actor=actor, subject=token.reference
    )
