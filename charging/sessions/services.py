"""What can happen to sessions; the only writers of their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from charging.choices import SessionStatus
from charging.sessions import places, store
from charging.sessions.documents import SessionParts, take_apart
from charging.sessions.periods import appended, change
from charging.sessions.store import Written
from exchange import receiving
from exchange.announce import EVERYTHING, announce
from exchange.comparing import is_stale
from exchange.quality import deviations
from exchange.registry import Received, Source
from ocpi import json
from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.convert import Beside
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import PartyId, ci_key
from ocpi.lenient import CODES
from ocpi.versioned import CANONICAL, merge_patch, validate_document
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party

MODULE = "sessions"
_AFTER_END, _NOWHERE = "changed_after_end", "charge_at_none"
_AT_AN_EVSE = frozenset({SessionStatus.ACTIVE, SessionStatus.PENDING})


def put_session(owner: Party, document: dict[str, Any], *, source: Connection | None) -> bool:
    """Replace a Session (validated, canonical), charging periods included (S-003); whether it is new here.

    Call it in a transaction. Raises InvalidParameters for one that says too little to be kept.
    """
    return _put(owner, document, source, EVERYTHING)


def _put(owner: Party, document: dict[str, Any], source: Connection | None, changed: str) -> bool:
    try:
        parts = take_apart(document)
    except (KeyError, ValueError) as error:
        raise InvalidParameters(str(error)) from None
    written = write([(owner.pk, parts)], source.pk if source else None)
    announce(MODULE, written.changed, changed=changed, source=source)
    _count(written, parts, source)
    return bool(written.created)


def patch_session(
    owner: Party,
    session_id: str,
    patch: Mapping[str, Any],
    *,
    source: Connection | None,
    appends: bool = True,
) -> None:
    """Merge a partial Session (canonical fields) and check the whole.

    With ``appends`` charging periods are added to those that are there (since OCPI 2.2), otherwise they replace them.
    Those that were there already change nothing. A patch that does not say when it was made counts as made now, an
    older one as none. Raises ``NotFound`` when there is nothing to patch. Call it in a transaction.
    """
    identity = (owner.pk, _key(session_id))
    stored = store.lock([identity]).get(identity)
    if stored is None:
        raise NotFound(f"There is no session {session_id} of {owner.identity} here.")
    stamp = patch.get("last_updated")
    if stamp is None:
        stamp = format_datetime(max(timezone.now(), stored.last_updated))
    elif is_stale(_moment(stamp), stored.last_updated):
        return
    before = json.loads(stored.document.encode())
    merged = merged_with(owner, before, {**patch, "last_updated": stamp}, appends=appends)
    checked = validate_document(CANONICAL, "session", merged)
    if _key(checked["id"]) != identity[1]:
        raise InvalidParameters("id: a PATCH cannot make another session of this one.")
    after = {name: value for name, value in checked.items() if name != "last_updated"}
    _put(owner, checked, source, change(before, after) or EVERYTHING)


def merged_with(
    owner: Party, document: Mapping[str, Any], patch: Mapping[str, Any], *, appends: bool
) -> dict[str, Any]:
    """A Session as it is after ``patch``, unchecked; whose it is, the address says."""
    merged = {**merge_patch(document, patch), **owner.identity._asdict()}
    if appends and "charging_periods" in patch:
        present = document.get("charging_periods") or []
        merged["charging_periods"] = appended(present, patch["charging_periods"] or [])
    return merged


def write(batch: Sequence[tuple[int, SessionParts]], received_from: int | None) -> Written:
    """Write sessions, each with its owner's primary key; their eMSPs are made where they are new."""
    rows = emsp_rows(parts.emsp for _, parts in batch)
    for _, parts in batch:
        parts.emsp_id = rows[parts.emsp]
    return store.write(batch, received_from)


def emsp_rows(identities: Iterable[PartyId]) -> dict[PartyId, int]:
    """Primary keys of eMSPs; one that nobody told us about is a partner's."""
    return {
        identity: parties.ensure_party(identity, Role.EMSP).pk
        for identity in sorted(set(identities))
    }


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Sessions from a pull or a file; see :func:`exchange.receiving.receive`."""
    return receiving.receive(_SESSIONS, items, source)


def _never_retired(ids: Sequence[int]) -> list[int]:
    """No list is complete: it has to be asked for from a date on, and what is over need not be on it."""
    return []


def _beside(source: Source) -> Beside:
    return places.reading_beside(source.connection)


_SESSIONS = receiving.Stored(
    MODULE, "session", Role.CPO, take_apart, write, _never_retired, beside=_beside
)


def _count(written: Written, parts: SessionParts, source: Connection | None) -> None:
    """Staff get to know of a session that changes after its end (S-015), and of one that goes on nowhere (S-014).

    It is taken as its owner says all the same.
    """
    if source is None or not written.changed:
        return
    noted = [
        (reference, Problem(_AFTER_END, "status", CODES[_AFTER_END]))
        for reference in written.after_end
    ]
    if parts.evse_uid == NOT_AVAILABLE and parts.status in _AT_AN_EVSE:
        problem = Problem(_NOWHERE, "evse_uid", CODES[_NOWHERE])
        noted.append((parts.reference, problem))
    deviations.count_warnings(source, MODULE, noted)


def _key(session_id: str) -> str:
    try:
        return ci_key(session_id)
    except ValueError as error:
        raise InvalidParameters(f"id: {error}") from None


def _moment(value: Any) -> datetime:
    try:
        return parse_datetime(str(value))
    except ValueError as error:
        raise InvalidParameters(
            f"last_updated: {error}", problems=[Problem("not_a_time", "last_updated", str(error))]
        ) from None
