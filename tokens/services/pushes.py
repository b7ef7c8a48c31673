"""One token from a push: PUT and PATCH (OCPI 2.3.0, mod_tokens, Receiver interface)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from exchange.comparing import is_stale
from ocpi import json
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.versioned import CANONICAL, merge_patch, validate_document
from parties.models import Connection, Party
from tokens import selectors, store
from tokens.documents import key_of, take_apart
from tokens.selectors import Held
from tokens.services.announcing import tell


def put_token(owner: Party, document: dict[str, Any], *, source: Connection | None) -> bool:
    """Replace a Token (validated, canonical), or bring back one that vanished; whether it is new here.

    Call it in a transaction.
    """
    batch = [(owner.pk, take_apart(document))]
    written = store.write(batch, source.pk if source else None)
    tell(written, source)
    return bool(written.created)


def patch_token(
    owner: Party, uid: str, type_: str, patch: Mapping[str, Any], *, source: Connection | None
) -> None:
    """Merge a partial Token (canonical fields) and check the whole.

    Without ``type_`` it is the token that :func:`tokens.selectors.held` finds. A patch that does not say when it was
    made counts as made now. Raises ``NotFound`` when there is nothing to patch. Call it in a transaction.
    """
    found = _held(owner, uid, type_)
    if found is None:
        raise NotFound(f"There is no token {uid} of {owner.identity} here.")
    identity = (owner.pk, found.token_key)
    stored = store.lock([identity])[identity]
    stamp = patch.get("last_updated")
    if stamp is None:
        stamp = format_datetime(max(timezone.now(), stored.last_updated))
    elif is_stale(_moment(stamp), stored.last_updated):
        return
    merged = _merged(owner, stored.document, {**patch, "last_updated": stamp})
    checked = validate_document(CANONICAL, "token", merged)
    if key_of(checked["uid"], checked["type"]) != found.token_key:
        raise InvalidParameters("uid and type: a PATCH cannot make another token of this one.")
    put_token(owner, checked, source=source)


def merged_token(
    owner: Party, uid: str, type_: str, patch: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The Token as it would be after ``patch``, unchecked; ``None`` when it is not here."""
    found = _held(owner, uid, type_)
    if found is None:
        return None
    current = selectors.document_of(found.id)
    return {**merge_patch(current, patch), **owner.identity._asdict()}


def _held(owner: Party, uid: str, type_: str) -> Held | None:
    try:
        return selectors.held(owner, uid, type_)
    except ValueError as error:
        raise InvalidParameters(str(error)) from None


def _merged(owner: Party, document: str, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Whose it is, the address says; a patch cannot give it away."""
    return {**merge_patch(json.loads(document.encode()), patch), **owner.identity._asdict()}


def _moment(value: Any) -> datetime:
    try:
        return parse_datetime(str(value))
    except ValueError as error:
        raise InvalidParameters(
            f"last_updated: {error}", problems=[Problem("not_a_time", "last_updated", str(error))]
        ) from None
