"""Tokens from the lines of a table: what a line does not say stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from exchange.registry import Counts, Source
from ocpi import json
from ocpi.datetimes import format_datetime
from ocpi.versioned import merge_patch
from parties import services as parties
from parties.choices import Role
from tokens import store
from tokens.choices import STARTED_FROM_AN_APP, TokenType, Whitelist
from tokens.documents import TokenParts, key_of, take_apart
from tokens.services.announcing import tell

_WITHOUT_WHITELIST = STARTED_FROM_AN_APP | {TokenType.EMAID.value}


def take_lines(documents: Sequence[Mapping[str, Any]], source: Source) -> Counts:
    """Write tokens of ``source.owner`` from checked lines; what says the same as before is not touched.

    A line has no time: what it changes was changed now. A new token that does not say so is valid, and may be
    white-listed if it is a card. One transaction.
    """
    assert source.owner is not None  # noqa: S101 - asked for before
    with transaction.atomic():
        owner = parties.ensure_party(source.owner, Role.EMSP, is_ours=True)
        lines = {(owner.pk, key_of(line["uid"], line["type"])): line for line in documents}
        store.wait_for_other_creators(lines)
        stored = store.lock(lines)
        now = timezone.now()
        changed: list[tuple[int, TokenParts]] = []
        for identity, line in lines.items():
            parts = _parts({**line, **source.owner._asdict()}, stored.get(identity), now)
            if parts is not None:
                changed.append((owner.pk, parts))
        written = store.write(changed, None)
        tell(written, None)
    return Counts(
        created=len(written.created),
        updated=len(written.updated),
        unchanged=len(documents) - len(written.changed),
    )


def _parts(
    line: dict[str, Any], stored: store.StoredToken | None, now: datetime
) -> TokenParts | None:
    """The token as it is after a line; ``None`` where that changes nothing."""
    before = json.loads(stored.document.encode()) if stored else {}
    after = {**_defaults(line["type"]), **merge_patch(before, line)}
    if stored is not None and not stored.vanished and after == before:
        return None
    stamp = max(now, stored.last_updated) if stored else now
    return take_apart({**after, "last_updated": format_datetime(stamp)})


def _defaults(type_: str) -> dict[str, Any]:
    whitelist = Whitelist.NEVER if type_ in _WITHOUT_WHITELIST else Whitelist.ALLOWED
    return {"valid": True, "whitelist": whitelist.value}
