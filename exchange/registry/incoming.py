"""How a module's objects come in: from lists and files, and by pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from exchange.places import Place
from ocpi.convert import Beside
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.ids import PartyId
from parties.models import Connection, Party


@dataclass
class Counts:
    """What taking in a batch of objects came to."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.warnings += other.warnings
        return self

    @property
    def total(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def as_dict(self) -> dict[str, int]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "warnings": self.warnings,
        }


@dataclass(frozen=True)
class Source:
    """Where a batch of objects comes from.

    ``connection`` is set for a pull and limits the owners to ``owners`` (the parties it may speak for).
    A file has none: the parties its objects name become hosted here. ``owner`` replaces whatever owner the
    objects name: staff chose it for a file, or the connection's version has no parties in its objects.
    ``asked_at`` is when the page of a list was asked for: it knows nothing of what was deleted since.
    """

    label: str
    version: str
    connection: Connection | None = None
    owners: frozenset[PartyId] | None = None
    owner: PartyId | None = None
    job_id: int | None = None
    asked_at: datetime | None = None

    @property
    def dialect(self) -> Dialect:
        """How what comes is written."""
        return self.connection.dialect if self.connection else TO_THE_LETTER


@dataclass
class Received:
    """The outcome of a batch: counts, and the primary keys of every object it named and we hold."""

    counts: Counts = field(default_factory=Counts)
    object_ids: list[int] = field(default_factory=list)
    owner_ids: set[int] = field(default_factory=set)


class Inbox(Protocol):
    """How a module's objects come in, other than by a push, and which of them a list can take away; derive from it.

    The SQL calls the object ``o`` and its owner's party ``p`` (``o.owner_id = p.id``). ``listable`` may name
    ``%(connection)s``, the primary key of the connection that lists, and ``%(before)s``, when it began.
    """

    table: str
    """The table of the objects, such as ``locations_location``; its key is ``id``."""

    reference: str
    """How staff and the log name an object, such as ``NL*ABC/LOC1``."""

    name: str
    """What staff read beside the reference; may be empty."""

    changed: str
    """When its owner changed it last, as the owner says."""

    held: str
    """A condition: it is here, and has not vanished."""

    listable: str
    """A condition: a list of this connection, begun then, has to name it, or it has vanished."""

    details: Mapping[str, str]
    """More for staff to judge by, as title and SQL, such as how many EVSEs it has."""

    reach: timedelta | None = None
    """How far back the first read goes, of lists that have no end and are asked for from a date on.

    Such a list is never the whole, so that nothing can vanish by it.
    """

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        """Take in a batch of raw JSON objects; one bad object never sinks the others."""
        ...

    def retire(self, ids: Sequence[int], source: Source) -> int:
        """Objects that their owner's complete list no longer names have vanished; returns how many."""
        ...


class Receiver(Protocol):
    """How a pushed object, or a part of one, is put in its place (see ``exchange.pushes``); derive from it."""

    def beside(self, owner: Party, place: Place, source: Connection | None) -> Beside:
        """What the body means without saying all of it, as at 2.1.1 a session its token; usually nothing."""
        return Beside()

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        """Put a canonical object; whether it is new. In the caller's transaction, as all below."""
        ...

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        """Change members of an object and check the whole. Raises InvalidParameters, NotFound."""
        ...

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        """The canonical object as it would be after ``patch``, unchecked; ``None`` when it is not here."""
        ...

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """The IANA time zone of the site it is about, where that is known."""
        ...
