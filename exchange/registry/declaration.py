"""The declaration of one OCPI module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from exchange.registry.filed import Export, Table
from exchange.registry.incoming import Inbox, Receiver
from exchange.registry.outgoing import Outbox
from ocpi.versions import SUPPORTED, InterfaceRole
from parties.models import Connection

if TYPE_CHECKING:
    from exchange.views import OCPIView


@dataclass(frozen=True)
class Route:
    """One URL of a module, below ``/ocpi/{version}/{side}/{identifier}``.

    ``pattern`` is a Django path with the converters of ``exchange.converters``; empty for the module's
    own URL. ``kind`` is the type of object it is about (``ocpi.versioned.TYPES``), ``many`` says that it
    answers a list of them. ``query`` describes the query parameters it has beside those of lists.
    """

    pattern: str
    view: type[OCPIView]
    name: str
    kind: str
    many: bool = False
    query: Mapping[str, str] = field(default_factory=dict)


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
    ``import_permission`` is what staff need to import its objects from a file. Configuration modules are not
    ``routed``: their requests name no parties. What only a partner can say does not come ``from_files``.
    ``findings`` looks through what a connection has sent (without one: what files and we ourselves have) for the
    page of data quality; it may take a moment, and what it found is kept for a while. ``export`` says how objects
    are written to a file, ``table`` how they come and go as CSV. ``noun`` is what staff call one object, where its
    kind is no word.
    """

    identifier: str
    kind: str
    label: str
    sender: tuple[Route, ...] = ()
    receiver: tuple[Route, ...] = ()
    sender_roles: frozenset[str] = frozenset()
    receiver_roles: frozenset[str] = frozenset()
    versions: tuple[str, ...] = SUPPORTED
    routed: bool = True
    from_files: bool = True
    outbox: Outbox | None = None
    inbox: Inbox | None = None
    admin_url: Callable[[str], str | None] | None = None
    import_permission: str = "exchange.change_job"
    pushed: Receiver | None = None
    findings: Callable[[Connection | None], list[Finding]] | None = None
    export: Export | None = None
    table: Table | None = None
    noun: str = ""

    @property
    def called(self) -> str:
        """What staff call one object: its ``noun``, or its kind where that is a word."""
        return self.noun or self.kind

    def routes(self, side: InterfaceRole) -> tuple[Route, ...]:
        return self.sender if side is InterfaceRole.SENDER else self.receiver

    def roles(self, side: InterfaceRole) -> frozenset[str]:
        return self.sender_roles if side is InterfaceRole.SENDER else self.receiver_roles
