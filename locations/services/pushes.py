"""One object from a push: PUT and PATCH at three levels (OCPI 2.2.1, mod_locations, Receiver interface)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Max
from django.utils import timezone

from exchange.announce import announce
from locations import store
from locations.choices import Status
from locations.documents import (
    find_connector,
    take_apart,
    take_evse_apart,
    with_connector,
)
from locations.models import EVSE, Location
from locations.services.announcing import MODULE, tell
from locations.services.reading import document_of, get_evse_document, key_of
from ocpi import convert
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.errors import InvalidParameters, NotFound, OCPIError, Problem, UnknownLocation
from ocpi.versioned import CANONICAL, merge_patch, validate_document
from parties.models import Connection, Party

STATUS_PATCH = frozenset({"status", "last_updated"})


def put_location(owner: Party, document: dict[str, Any], *, source: Connection | None) -> bool:
    """Replace a whole Location (validated, canonical); whether it is new. Call it in a transaction."""
    written = store.write(
        [(owner.pk, take_apart(document))], received_from=source.pk if source else None
    )
    tell(written, source)
    return bool(written.created)


def put_evse(
    owner: Party,
    location_id: str,
    document: dict[str, Any],
    *,
    source: Connection | None,
) -> bool:
    """Replace one EVSE, or add it; whether it is new. Its Location's ``last_updated`` follows (L-006).

    Raises :class:`UnknownLocation` when there is no such Location. Call it in a transaction.
    """
    parts = take_evse_apart(document)
    location = _locked(owner, location_id)
    known = EVSE.objects.filter(location=location, uid_key=parts.uid_key).first()
    if known is not None and store.is_stale(parts.last_updated, known.last_updated):
        return False
    if known is None:
        store.insert_evses([(location.pk, parts)])
    else:
        stored = store.StoredEVSE(
            known.pk,
            known.uid_key,
            known.status,
            known.status_since,
            "",
            known.last_updated,
        )
        store.update_evses([(stored, parts)])
    fits = convert.fit_per_version("evse", document)
    location.differs_in = sorted({*location.differs_in, *fits.differs_in})
    store.drop_renditions([location.pk])
    _touch(location, parts.last_updated, source)
    announce(MODULE, [location.pk], source=source)
    return known is None


def put_connector(
    owner: Party,
    location_id: str,
    evse_uid: str,
    document: Mapping[str, Any],
    *,
    source: Connection | None,
) -> bool:
    """Replace one Connector, or add it; whether it is new. EVSE and Location follow (L-006)."""
    evse = get_evse_document(owner, location_id, evse_uid)
    created = find_connector(evse, str(document["id"])) is None
    changed = with_connector(evse, document)
    changed["last_updated"] = _later(evse["last_updated"], document["last_updated"])
    put_evse(owner, location_id, changed, source=source)
    return created


def _later(one: str, other: str) -> str:
    return format_datetime(max(parse_datetime(one), parse_datetime(other)))


def patch_location(
    owner: Party, location_id: str, patch: Mapping[str, Any], *, source: Connection | None
) -> None:
    """Merge a partial Location and check the whole; EVSEs in it are merged one by one by their uid."""
    location = _locked(owner, location_id, missing=NotFound)
    if store.is_stale(_stamp(patch), location.last_updated):
        return
    checked = validate_document(CANONICAL, "location", _merged(location, patch))
    _same_id(checked["id"], location_id, "id")
    put_location(owner, checked, source=source)


def merged_location(
    owner: Party, location_id: str, patch: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The Location as it would be after ``patch``, unchecked; ``None`` when it is not here."""
    location = Location.objects.filter(owner=owner, location_key=key_of(location_id)).first()
    return _merged(location, patch) if location else None


def _merged(location: Location, patch: Mapping[str, Any]) -> dict[str, Any]:
    current = orjson.loads(document_of(location))
    merged = merge_patch(current, {k: v for k, v in patch.items() if k != "evses"})
    merged["evses"] = _merge_evses(current.get("evses") or [], patch)
    return merged


def _merge_evses(current: list[dict[str, Any]], patch: Mapping[str, Any]) -> list[dict[str, Any]]:
    patches = {str(evse.get("uid", "")).upper(): evse for evse in patch.get("evses") or ()}
    merged = [merge_patch(evse, patches.pop(str(evse["uid"]).upper(), {})) for evse in current]
    return [*merged, *patches.values()]


def patch_evse(
    owner: Party,
    location_id: str,
    evse_uid: str,
    patch: Mapping[str, Any],
    *,
    source: Connection | None,
) -> None:
    """Merge a partial EVSE and check the whole; a mere change of status takes the short way."""
    if patch.keys() == STATUS_PATCH:
        _patch_status(owner, location_id, evse_uid, patch, source)
        return
    _locked(owner, location_id, missing=NotFound)
    current = get_evse_document(owner, location_id, evse_uid, missing=NotFound)
    if store.is_stale(_stamp(patch), parse_datetime(current["last_updated"])):
        return
    checked = validate_document(CANONICAL, "evse", merge_patch(current, patch))
    _same_id(checked["uid"], evse_uid, "uid")
    put_evse(owner, location_id, checked, source=source)


def _patch_status(
    owner: Party,
    location_id: str,
    evse_uid: str,
    patch: Mapping[str, Any],
    source: Connection | None,
) -> None:
    status = patch["status"]
    if status not in Status.values:
        raise InvalidParameters(
            f"status: {status!r} is not one of {', '.join(Status.values)}.",
            problems=[Problem("not_a_choice", "status", "not a status of OCPI", status)],
        )
    changed = store.set_status(
        owner.pk,
        key_of(location_id),
        key_of(evse_uid),
        status,
        _stamp(patch),
        received_from=source.pk if source else None,
    )
    if changed is None:
        raise NotFound(f"There is no EVSE {evse_uid} at location {location_id} here.")
    if changed:
        announce(MODULE, [changed], changed=f"status:{evse_uid}", source=source)


def patch_connector(
    owner: Party,
    location_id: str,
    evse_uid: str,
    connector_id: str,
    patch: Mapping[str, Any],
    *,
    source: Connection | None,
) -> None:
    """Merge a partial Connector and check the whole."""
    _locked(owner, location_id, missing=NotFound)
    evse = get_evse_document(owner, location_id, evse_uid, missing=NotFound)
    connector = find_connector(evse, connector_id)
    if connector is None:
        raise NotFound(f"There is no connector {connector_id} at EVSE {evse_uid} here.")
    held_since = to_milliseconds(parse_datetime(connector["last_updated"]))
    if store.is_stale(_stamp(patch), held_since):
        return
    checked = validate_document(CANONICAL, "connector", merge_patch(connector, patch))
    _same_id(checked["id"], connector_id, "id")
    put_connector(owner, location_id, evse_uid, checked, source=source)


def time_of_change(owner: Party, location_id: str) -> str:
    """When a change happened that does not say so: now, or with the newest that we hold of the location.

    The owner's clock may be a little ahead of ours; what it says last is the latest all the same. In whole
    seconds, as whoever leaves the time out writes it elsewhere: what it says next must not look older.
    """
    held = Location.objects.filter(owner=owner, location_key=key_of(location_id)).aggregate(
        location=Max("last_updated"), evse=Max("evses__last_updated")
    )
    now = timezone.now().replace(microsecond=0)
    limit = now + store.FUTURE_TOLERANCE
    return format_datetime(max([now, *(at for at in held.values() if at and at <= limit)]))


def _stamp(patch: Mapping[str, Any]) -> datetime:
    """The ``last_updated`` that every PATCH must carry (OCPI 2.2.1, mod_locations, PATCH method)."""
    value = patch.get("last_updated")
    if not isinstance(value, str):
        raise InvalidParameters(
            "last_updated: every PATCH must carry it.",
            problems=[Problem("missing", "last_updated", "every PATCH must carry it")],
        )
    try:
        return to_milliseconds(parse_datetime(value))
    except ValueError as error:
        raise InvalidParameters(
            f"last_updated: {error}", problems=[Problem("not_a_time", "last_updated", str(error))]
        ) from None


def _same_id(value: str, expected: str, name: str) -> None:
    if value.upper() != expected.upper():
        raise InvalidParameters(f"{name}: {value!r} differs from {expected!r} in the address.")


def _locked(
    owner: Party, location_id: str, *, missing: type[OCPIError] = UnknownLocation
) -> Location:
    location = (
        Location.objects.select_for_update()
        .filter(owner=owner, location_key=key_of(location_id))
        .first()
    )
    if location is None:
        raise missing(f"There is no location {location_id} of {owner.identity} here.")
    return location


def _touch(location: Location, at: datetime, source: Connection | None) -> None:
    """The Location follows what changed below it: its ``last_updated`` never goes back."""
    location.last_updated = max(location.last_updated, at)
    location.version += 1
    location.received_from = source
    location.vanished_at = None
    location.save(
        update_fields=["last_updated", "version", "received_from", "vanished_at", "differs_in"]
    )
