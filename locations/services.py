"""What can happen to locations; the only writers of their tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone

from exchange import quarantine
from exchange.announce import announce
from exchange.registry import Counts, Received, Source
from locations import store
from locations.choices import Status
from locations.documents import (
    LocationParts,
    differs_in,
    find_connector,
    join_evse,
    join_location,
    take_apart,
    take_evse_apart,
    with_connector,
)
from locations.models import EVSE, Location
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.errors import InvalidParameters, NotFound, OCPIError, Problem, UnknownLocation
from ocpi.ids import PartyId, ci_key
from ocpi.lenient import Accepted, accept_location
from ocpi.versioned import CANONICAL, merge_patch, validate_document
from parties import events
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party

MODULE = "locations"


# --- Whole locations, many at once -----------------------------------------------------------------


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Locations from a pull or a file; one bad object never sinks the others.

    What cannot be identified, or belongs to a party the connection does not speak for, goes to quarantine;
    every repair counts as a warning. One transaction; the objects that changed are announced in it.
    """
    try:
        with transaction.atomic():
            return _receive(items, source)
    except IntegrityError:
        # Another writer made one of the same locations a moment ago: now it is there to be locked.
        with transaction.atomic():
            return _receive(items, source)


def _receive(items: Sequence[bytes], source: Source) -> Received:
    received = Received()
    good: list[LocationParts] = []
    rejected: list[quarantine.Rejected] = []
    warnings: list[tuple[str, Problem]] = []
    for raw in items:
        accepted = accept_location(raw, owner=source.owner)
        parts, problems = _identify(accepted, source)
        if parts is None:
            reference = str(accepted.document.get("id") or "")[:160]
            rejected.append(quarantine.Rejected(raw, problems, reference))
            continue
        good.append(parts)
        warnings.extend((parts.reference, warning) for warning in accepted.warnings)
    owners = _owner_ids({parts.owner for parts in good}, source)
    written = store.write(
        [(owners[parts.owner], parts) for parts in good],
        received_from=source.connection.pk if source.connection else None,
    )
    _tell(written, source.connection)
    quarantine.put_many(MODULE, rejected, source)
    quarantine.count_warnings(source.connection, MODULE, warnings)
    received.object_ids = written.all
    received.owner_ids = set(owners.values())
    received.counts = Counts(
        created=len(written.created),
        updated=len(written.updated),
        # Two of the same identity in one batch count as one change and a repeat.
        unchanged=len(good) - len(written.created) - len(written.updated),
        rejected=len(rejected),
        warnings=len(warnings),
    )
    return received


def _identify(accepted: Accepted, source: Source) -> tuple[LocationParts | None, list[Problem]]:
    if accepted.fatal:
        return None, accepted.fatal
    try:
        parts = take_apart(accepted.document)
    except (KeyError, ValueError) as error:
        return None, [Problem("not_usable", "", f"The object cannot be stored: {error}")]
    if source.owners is not None and parts.owner not in source.owners:
        message = f"{parts.owner} is not a party this connection speaks for."
        return None, [Problem("foreign_owner", "party_id", message, str(parts.owner))]
    return parts, []


def _owner_ids(owners: Collection[PartyId], source: Source) -> dict[PartyId, int]:
    """Primary keys of the owners as CPOs; those that a file names become hosted here."""
    return {
        owner: parties.ensure_party(owner, Role.CPO, is_ours=source.connection is None).pk
        for owner in sorted(owners)
    }


def _tell(written: store.Written, source: Connection | None) -> None:
    announce(MODULE, [*written.created, *written.updated], source=source)
    announce(MODULE, written.hidden, source=source, withdrawn=True)


def forget(
    owner_ids: Collection[int], seen: Collection[int], source: Source, *, before: datetime
) -> int:
    """After a complete crawl that began at ``before``: what these owners no longer list has vanished.

    Returns how many. Of our own parties only what the same connection told us can vanish: the rest comes
    from files and from staff, and is not theirs to list.
    """
    teller = source.connection.pk if source.connection else None
    with transaction.atomic():
        vanished = store.retire(list(owner_ids), list(seen), before=before, teller=teller)
        announce(MODULE, vanished, source=source.connection, withdrawn=True)
    return len(vanished)


# --- One object from a push --------------------------------------------------------------------------


def put_location(owner: Party, document: dict[str, Any], *, source: Connection | None) -> bool:
    """Replace a whole Location (validated, canonical); whether it is new. Call it in a transaction."""
    written = store.write(
        [(owner.pk, take_apart(document))], received_from=source.pk if source else None
    )
    _tell(written, source)
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
    location.differs_in = sorted({*location.differs_in, *differs_in("evse", document)})
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
    current = orjson.loads(document_of(location))
    merged = merge_patch(current, {k: v for k, v in patch.items() if k != "evses"})
    merged["evses"] = _merge_evses(current.get("evses") or [], patch)
    checked = validate_document(CANONICAL, "location", merged)
    _same_id(checked["id"], location_id, "id")
    put_location(owner, checked, source=source)


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
    if patch.keys() == {"status", "last_updated"}:
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
        _key(location_id),
        _key(evse_uid),
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


def _key(text: str) -> str:
    try:
        return ci_key(text)
    except ValueError as error:
        raise InvalidParameters(str(error)) from None


def _locked(
    owner: Party, location_id: str, *, missing: type[OCPIError] = UnknownLocation
) -> Location:
    location = (
        Location.objects.select_for_update()
        .filter(owner=owner, location_key=_key(location_id))
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


# --- Reading one object as a document -------------------------------------------------------------------


def document_of(location: Location) -> bytes:
    """The whole canonical Location as JSON."""
    rows = location.evses.order_by("id").values_list("document", "status", "last_updated")
    evses = [(orjson.dumps(document).decode(), status, at) for document, status, at in rows]
    return join_location(orjson.dumps(location.document).decode(), location.last_updated, evses)


def get_evse_document(
    owner: Party,
    location_id: str,
    evse_uid: str,
    *,
    missing: type[OCPIError] = UnknownLocation,
) -> dict[str, Any]:
    """One EVSE as a canonical document; ``missing`` (2003) is raised when it is not here."""
    evse = EVSE.objects.filter(
        location__owner=owner, location__location_key=_key(location_id), uid_key=_key(evse_uid)
    ).first()
    if evse is None:
        raise missing(f"There is no EVSE {evse_uid} at location {location_id} here.")
    return evse_document(evse)


def evse_document(evse: EVSE) -> dict[str, Any]:
    """An EVSE row as a canonical document."""
    text = orjson.dumps(evse.document).decode()
    return orjson.loads(join_evse((text, evse.status, evse.last_updated)))  # type: ignore[no-any-return]


# --- What staff do to our own locations ---------------------------------------------------------------


class NotOurs(ValueError):
    """Only locations of parties hosted here can be edited here."""


@transaction.atomic
def set_status(
    evse: EVSE, status: str, *, at: datetime | None = None, actor: events.Actor = None
) -> bool:
    """Give one of our EVSEs a status, as of ``at`` (now); whether that changed anything."""
    location = evse.location
    _must_be_ours(location)
    changed = store.set_status(
        location.owner_id,
        location.location_key,
        evse.uid_key,
        Status(status),
        max(to_milliseconds(at or timezone.now()), evse.last_updated),
        received_from=None,
    )
    if changed:
        announce(MODULE, [changed], changed=f"status:{evse.uid}")
        events.record(
            "evse.status",
            f"EVSE {evse} was set to {Status(status).label}.",
            actor=actor,
            subject=location.reference,
        )
    return bool(changed)


@transaction.atomic
def save_location(
    owner: Party, document: Mapping[str, Any], *, actor: events.Actor = None
) -> Location:
    """Create or replace one of our own Locations from a canonical document without ``last_updated``.

    ``last_updated`` becomes now, on EVSEs and connectors that have none as well. Raises
    ``InvalidParameters`` with every problem found, and :class:`NotOurs`.
    """
    if not owner.is_ours:
        raise NotOurs(f"{owner.identity} is not hosted here.")
    now = format_datetime(timezone.now())
    stamped = {
        **document,
        "country_code": owner.country_code,
        "party_id": owner.party_id,
        "last_updated": now,
    }
    stamped["evses"] = [_stamped_evse(evse, now) for evse in document.get("evses") or ()]
    checked = validate_document(CANONICAL, "location", stamped)
    created = put_location(owner, checked, source=None)
    location = Location.objects.get(owner=owner, location_key=ci_key(checked["id"]))
    events.record(
        "location.created" if created else "location.edited",
        f"Location {location} was {'created' if created else 'edited'}.",
        actor=actor,
        subject=location.reference,
    )
    return location


def _stamped_evse(evse: Mapping[str, Any], now: str) -> dict[str, Any]:
    connectors = [
        {**connector, "last_updated": connector.get("last_updated", now)}
        for connector in evse.get("connectors") or ()
    ]
    return {**evse, "last_updated": evse.get("last_updated", now), "connectors": connectors}


@transaction.atomic
def save_evse(
    location: Location, document: Mapping[str, Any], *, actor: events.Actor = None
) -> EVSE:
    """Add or replace an EVSE of one of our Locations; ``last_updated`` of EVSE and Location become now."""
    _must_be_ours(location)
    now = format_datetime(timezone.now())
    stamped = {**_stamped_evse(document, now), "last_updated": now}
    checked = validate_document(CANONICAL, "evse", stamped)
    put_evse(location.owner, location.location_id, checked, source=None)
    evse = EVSE.objects.get(location=location, uid_key=ci_key(checked["uid"]))
    events.record(
        "evse.edited", f"EVSE {evse} was edited.", actor=actor, subject=location.reference
    )
    return evse


def _must_be_ours(location: Location) -> None:
    if not location.owner.is_ours:
        raise NotOurs(f"{location.reference} belongs to a partner; only its owner changes it.")


__all__ = [
    "NotOurs",
    "document_of",
    "evse_document",
    "forget",
    "get_evse_document",
    "patch_connector",
    "patch_evse",
    "patch_location",
    "put_connector",
    "put_evse",
    "put_location",
    "receive",
    "save_evse",
    "save_location",
    "set_status",
]
