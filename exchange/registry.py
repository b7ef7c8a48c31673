"""The module registry: each OCPI module is declared once, and everything else follows from that.

Routes, version details, delivery targets, pull, import and the OpenAPI document are derived from the
declarations. A domain app registers its own in ``AppConfig.ready()``; tables know a module by its OCPI
identifier. What lies below the domain apps reaches them only through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from exchange.places import Place
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.errors import Problem
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED, InterfaceRole
from parties.models import Connection, Party
from parties.visibility import Visibility

if TYPE_CHECKING:
    from exchange.views import OCPIView


@dataclass(frozen=True)
class Route:
    """One URL of a module, below ``/ocpi/{version}/{side}/{identifier}``.

    ``pattern`` is a Django path with the converters of ``exchange.converters``; empty for the module's
    own URL. ``kind`` is the type of object it is about (``ocpi.versioned.TYPES``), ``many`` says that it
    answers a list of them.
    """

    pattern: str
    view: type[OCPIView]
    name: str
    kind: str
    many: bool = False


@dataclass(frozen=True)
class Push:
    """A request that tells a partner the current state of an object.

    ``segments`` go behind the partner's endpoint URL, percent-encoded one by one. ``whole`` is false for a
    partial update, which is only safe while the partner certainly holds the object. ``version`` is the
    object's version that was rendered. ``losses`` is what the partner's OCPI version cannot say of it.
    """

    method: str
    segments: Sequence[str]
    data: Any
    whole: bool
    version: int
    routing: RoutingHeaders | None = None
    losses: Sequence[Problem] = ()


class Outbox(Protocol):
    """How a module's objects go out."""

    visibility: Visibility
    """Who may see the objects, and the table of them; the one predicate behind reads and deliveries."""

    reference: str
    """SQL over ``o``: how staff and the log name the object, such as ``NL*ABC/LOC1``."""

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        """The current state as a request, or ``None`` when there is nothing left to tell.

        ``changed`` names the parts that changed; with ``whole`` the full object is wanted. ``withdrawn`` says
        that the partner may not see the object any more: the request must tell it that the object is gone.
        Raises ``ocpi.convert.Refused`` when the connection's version cannot say it without misleading.
        """
        ...


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
    """

    label: str
    version: str
    connection: Connection | None = None
    owners: frozenset[PartyId] | None = None
    owner: PartyId | None = None
    job_id: int | None = None

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
    """How a module's objects come in, other than by a push, and which of them a list can take away.

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

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        """Take in a batch of raw JSON objects; one bad object never sinks the others."""
        ...

    def retire(self, ids: Sequence[int], source: Source) -> int:
        """Objects that their owner's complete list no longer names have vanished; returns how many."""
        ...


class Receiver(Protocol):
    """How a pushed object, or a part of one, is put in its place (see ``exchange.pushes``)."""

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


class Finding(NamedTuple):
    """One thing about the quality of what a partner sends that only the module can see.

    ``title`` is a sentence, ``number`` how many it concerns. ``examples`` are up to ten: what, and the
    reference of the object where it has a page. ``ask`` is what to ask the partner.
    """

    code: str
    title: str
    number: int
    examples: tuple[tuple[str, str], ...] = ()
    ask: str = ""


@dataclass(frozen=True)
class Module:
    """The declaration of one OCPI module.

    ``sender`` and ``receiver`` are our URLs in that role; empty where we don't act in it. ``sender_roles``
    and ``receiver_roles`` are the roles of ours that make the side appear in version details.
    ``import_permission`` is what staff need to import its objects from a file. ``findings`` looks through what
    a connection has sent (without one: what files and we ourselves have) for the page of data quality; it
    may take a moment, and what it found is kept for a while.
    """

    identifier: str
    kind: str
    label: str
    sender: tuple[Route, ...] = ()
    receiver: tuple[Route, ...] = ()
    sender_roles: frozenset[str] = frozenset()
    receiver_roles: frozenset[str] = frozenset()
    versions: tuple[str, ...] = SUPPORTED
    outbox: Outbox | None = None
    inbox: Inbox | None = None
    admin_url: Callable[[str], str | None] | None = None
    import_permission: str = "exchange.change_job"
    pushed: Receiver | None = None
    findings: Callable[[Connection | None], list[Finding]] | None = None

    def routes(self, side: InterfaceRole) -> tuple[Route, ...]:
        return self.sender if side is InterfaceRole.SENDER else self.receiver

    def roles(self, side: InterfaceRole) -> frozenset[str]:
        return self.sender_roles if side is InterfaceRole.SENDER else self.receiver_roles


_modules: dict[str, Module] = {}


def register(module: Module) -> None:
    """Make a module known; called once, from its app's ``ready()``."""
    if module.identifier in _modules:
        raise ValueError(f"Module {module.identifier!r} is registered already.")
    _modules[module.identifier] = module


def get(identifier: str) -> Module:
    """The declaration of a module; ``KeyError`` when there is none."""
    return _modules[identifier]


def find(identifier: str) -> Module | None:
    return _modules.get(identifier)


def modules(version: str | None = None) -> Iterable[Module]:
    """All modules, or those that exist in an OCPI version."""
    return [m for m in _modules.values() if version is None or version in m.versions]


def push_modules(endpoints: Iterable[dict[str, Any]], version: str) -> list[str]:
    """The modules whose changes a partner with these endpoints takes: its RECEIVER sides we can serve."""
    theirs = {
        e["identifier"] for e in endpoints if e.get("role", "RECEIVER") == InterfaceRole.RECEIVER
    }
    return sorted(m.identifier for m in modules(version) if m.outbox and m.identifier in theirs)


def pull_modules(endpoints: Iterable[dict[str, Any]], version: str) -> list[str]:
    """The modules we can fetch from a partner with these endpoints: its SENDER sides we can take."""
    theirs = {e["identifier"] for e in endpoints if e.get("role", "SENDER") == InterfaceRole.SENDER}
    return sorted(m.identifier for m in modules(version) if m.inbox and m.identifier in theirs)


__all__ = [
    "Counts",
    "Finding",
    "Inbox",
    "Module",
    "Outbox",
    "Push",
    "Received",
    "Receiver",
    "Route",
    "Source",
    "find",
    "get",
    "modules",
    "pull_modules",
    "push_modules",
    "register",
]
