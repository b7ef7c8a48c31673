"""Tariffs, many at once: from a pull or a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from exchange import deviations, quarantine
from exchange.announce import announce
from exchange.registry import Counts, Received, Source
from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient import Accepted, accept_tariff
from parties import services as parties
from parties.choices import Role
from tariffs import store
from tariffs.documents import TariffParts, take_apart
from tariffs.services.announcing import MODULE, tell


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Tariffs from a pull or a file; one bad object never sinks the others.

    What cannot be identified, or belongs to a party the connection does not speak for, goes to quarantine;
    every repair counts as a warning. One transaction; the objects that changed are announced in it.
    """
    try:
        with transaction.atomic():
            return _receive(items, source)
    except IntegrityError:
        # Another writer made one of the same tariffs a moment ago: now it is there to be locked.
        with transaction.atomic():
            return _receive(items, source)


def _receive(items: Sequence[bytes], source: Source) -> Received:
    good: list[TariffParts] = []
    rejected: list[quarantine.Rejected] = []
    warnings: list[tuple[str, Problem]] = []
    for raw in items:
        accepted = accept_tariff(
            raw, owner=source.owner, version=source.version, dialect=source.dialect
        )
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
        at=timezone.now(),
    )
    tell(written, source.connection)
    quarantine.put_many(MODULE, rejected, source)
    deviations.count_warnings(source.connection, MODULE, warnings, objects=len(items))
    counts = Counts(
        created=len(written.created),
        updated=len(written.updated),
        # Several of the same identity in one batch count as one change and repeats.
        unchanged=len(good) - len(written.created) - len(written.updated),
        rejected=len(rejected),
        warnings=len(warnings),
    )
    return Received(counts, written.all, set(owners.values()))


def _identify(accepted: Accepted, source: Source) -> tuple[TariffParts | None, list[Problem]]:
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
    """Tariffs that their owner's complete list no longer names have vanished (F-006); returns how many.

    Those who were told about them are told that they are gone.
    """
    with transaction.atomic():
        vanished = store.retire(ids)
        announce(MODULE, vanished, source=source.connection)
    return len(vanished)
