"""One object from a push: PUT, PATCH and DELETE (OCPI 2.3.0, mod_tariffs, Receiver interface)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from exchange.announce import announce
from exchange.comparing import is_stale
from ocpi import json
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import ci_key
from ocpi.versioned import CANONICAL, merge_patch, validate_document
from parties.models import Connection, Party
from tariffs import store
from tariffs.documents import take_apart
from tariffs.services.announcing import MODULE, tell


def put_tariff(owner: Party, document: dict[str, Any], *, source: Connection | None) -> bool:
    """Replace a Tariff (validated, canonical), or bring a deleted one back; whether it is new here.

    What it said before is kept as a version. Call it in a transaction.
    """
    written = store.write(
        [(owner.pk, take_apart(document))],
        received_from=source.pk if source else None,
        at=timezone.now(),
    )
    tell(written, source)
    return bool(written.created or written.revived)


def patch_tariff(
    owner: Party, tariff_id: str, patch: Mapping[str, Any], *, source: Connection | None
) -> None:
    """Merge a partial Tariff (canonical fields) and check the whole (OCPI 2.1.1, mod_tariffs, 2.2.3).

    A patch that does not say when it was made counts as made now. Raises ``NotFound`` when there is nothing
    to patch. Call it in a transaction.
    """
    stored = store.lock([(owner.pk, _key_of(tariff_id))]).get((owner.pk, _key_of(tariff_id)))
    if stored is None or stored.deleted:
        raise NotFound(f"There is no tariff {tariff_id} of {owner.identity} here.")
    stamp = patch.get("last_updated")
    if stamp is None:
        stamp = format_datetime(max(timezone.now(), stored.last_updated))
    elif is_stale(_moment(stamp), stored.last_updated):
        return
    current = json.loads(stored.document.encode())
    # Whose it is, the address says; a patch cannot give it away.
    merged = {**merge_patch(current, {**patch, "last_updated": stamp}), **owner.identity._asdict()}
    checked = validate_document(CANONICAL, "tariff", merged)
    if checked["id"].upper() != tariff_id.upper():
        raise InvalidParameters(f"id: {checked['id']!r} differs from {tariff_id!r} in the address.")
    put_tariff(owner, checked, source=source)


def _moment(value: Any) -> Any:
    try:
        return parse_datetime(str(value))
    except ValueError as error:
        raise InvalidParameters(
            f"last_updated: {error}", problems=[Problem("not_a_time", "last_updated", str(error))]
        ) from None


def delete_tariff(owner: Party, tariff_id: str, *, source: Connection | None) -> bool:
    """Mark a Tariff as deleted; whether it was not before. It stays as history, and a PUT revives it.

    Raises ``NotFound`` when there never was such a tariff. Call it in a transaction.
    """
    deleted = store.delete(
        (owner.pk, _key_of(tariff_id)),
        received_from=source.pk if source else None,
        at=timezone.now(),
    )
    if deleted is None:
        raise NotFound(f"There is no tariff {tariff_id} of {owner.identity} here.")
    if deleted:
        announce(MODULE, [deleted], source=source)
    return bool(deleted)


def _key_of(text: str) -> str:
    try:
        return ci_key(text)
    except ValueError as error:
        raise InvalidParameters(str(error)) from None
