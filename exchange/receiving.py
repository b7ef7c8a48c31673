"""Whole objects, many at once, from a pull or a file: what every module does with a batch of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import IntegrityError, transaction

from exchange.announce import announce
from exchange.bulk import Written
from exchange.quality import deviations, quarantine
from exchange.registry import Counts, Received, Source
from ocpi import lenient
from ocpi.convert import Beside
from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient import Accepted
from ocpi.lenient.roots import identifier_of
from parties import services as parties
from parties.choices import Role


class Parts(Protocol):
    """A canonical object taken apart for its columns."""

    @property
    def owner(self) -> PartyId: ...

    @property
    def reference(self) -> str:
        """How staff and the log name it, such as ``NL*ABC/LOC1``."""
        ...


_Parts = TypeVar("_Parts", bound=Parts)


def _nothing_beside(source: Source) -> Beside:
    return Beside()


@dataclass(frozen=True)
class Stored(Generic[_Parts]):
    """How a module stores its objects; what ``receive`` and ``retire`` need to know of it.

    ``kind`` is the type of object (``ocpi.lenient.accept``), ``role`` that of its owner. ``take_apart`` raises
    ``KeyError`` or ``ValueError`` for what cannot be stored. ``write`` gets the parts, each with its owner's
    primary key, and the primary key of the connection they come from. ``retire`` returns the primary keys of
    those that were there until now. ``beside`` finds what the objects mean without saying all of it.
    """

    module: str
    kind: str
    role: Role
    take_apart: Callable[[dict[str, Any]], _Parts]
    write: Callable[[Sequence[tuple[int, _Parts]], int | None], Written]
    retire: Callable[[Sequence[int]], list[int]]
    beside: Callable[[Source], Beside] = _nothing_beside


def receive(stored: Stored[_Parts], items: Sequence[bytes], source: Source) -> Received:
    """Take in raw objects from a pull or a file; one bad object never sinks the others.

    What cannot be identified, or belongs to a party the connection does not speak for, goes to quarantine;
    every repair counts as a warning. One transaction; the objects that changed are announced in it.
    """
    try:
        with transaction.atomic():
            return _receive(stored, items, source)
    except IntegrityError:
        # Another writer made one of the same objects a moment ago: now it is there to be locked.
        with transaction.atomic():
            return _receive(stored, items, source)


def _receive(stored: Stored[_Parts], items: Sequence[bytes], source: Source) -> Received:
    good: list[_Parts] = []
    rejected: list[quarantine.Rejected] = []
    warnings: list[tuple[str, Problem]] = []
    dialect, beside = source.dialect, stored.beside(source)
    for raw in items:
        accepted = lenient.accept(
            stored.kind,
            raw,
            owner=source.owner,
            version=source.version,
            dialect=dialect,
            beside=beside,
        )
        parts, problems = _identify(stored, accepted, source)
        if parts is None:
            named = accepted.document.get(identifier_of(stored.kind))
            reference = str(named or "")[:160]
            rejected.append(quarantine.Rejected(raw, problems, reference))
            continue
        good.append(parts)
        warnings.extend((parts.reference, warning) for warning in accepted.warnings)
    owners = _owner_ids({parts.owner for parts in good}, stored.role, source)
    written = stored.write(
        [(owners[parts.owner], parts) for parts in good],
        source.connection.pk if source.connection else None,
    )
    announce(stored.module, written.changed, source=source.connection)
    quarantine.put_many(stored.module, rejected, source)
    deviations.count_warnings(source.connection, stored.module, warnings, objects=len(items))
    counts = Counts(
        created=len(written.created),
        updated=len(written.updated),
        # Several of the same identity in one batch count as one change and repeats.
        unchanged=len(good) - len(written.changed),
        rejected=len(rejected),
        warnings=len(warnings),
    )
    return Received(counts, written.all, set(owners.values()))


def _identify(
    stored: Stored[_Parts], accepted: Accepted, source: Source
) -> tuple[_Parts | None, list[Problem]]:
    if accepted.fatal:
        return None, accepted.fatal
    try:
        parts = stored.take_apart(accepted.document)
    except (KeyError, ValueError) as error:
        return None, [Problem("not_usable", "", f"The object cannot be stored: {error}")]
    if source.owners is not None and parts.owner not in source.owners:
        message = f"{parts.owner} is not a party this connection speaks for."
        return None, [Problem("foreign_owner", "party_id", message, str(parts.owner))]
    return parts, []


def _owner_ids(owners: Collection[PartyId], role: Role, source: Source) -> dict[PartyId, int]:
    """Primary keys of the owners in their role; those that a file names become hosted here."""
    return {
        owner: parties.ensure_party(owner, role, is_ours=source.connection is None).pk
        for owner in sorted(owners)
    }


def retire(stored: Stored[_Parts], ids: Sequence[int], source: Source) -> int:
    """Objects that their owner's complete list no longer names have vanished (F-006); returns how many.

    Those who were told about them are told that they are gone.
    """
    with transaction.atomic():
        vanished = stored.retire(ids)
        announce(stored.module, vanished, source=source.connection)
    return len(vanished)
