"""Whole locations, many at once: from a pull or a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction

from exchange import deviations, quarantine
from exchange.announce import announce
from exchange.registry import Counts, Received, Source
from locations import store
from locations.documents import (
    LocationParts,
    take_apart,
)
from locations.services.announcing import MODULE, tell
from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient import Accepted, accept_location
from parties import services as parties
from parties.choices import Role


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
    dialect = source.dialect
    for raw in items:
        accepted = accept_location(raw, owner=source.owner, version=source.version, dialect=dialect)
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
    tell(written, source.connection)
    quarantine.put_many(MODULE, rejected, source)
    deviations.count_warnings(source.connection, MODULE, warnings, objects=len(items))
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


def retire(ids: Sequence[int], source: Source) -> int:
    """Locations that their owner's complete list no longer names have vanished; returns how many.

    Those they were shown to are told that they are gone.
    """
    with transaction.atomic():
        vanished = store.retire(ids)
        announce(MODULE, vanished, source=source.connection)
    return len(vanished)
