"""How a module's objects go out: the request that tells a partner, and who renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ocpi.convert import Beside
from ocpi.errors import Problem
from ocpi.headers import RoutingHeaders
from ocpi.ids import ci_key
from ocpi.responses import OCPIResponse
from ocpi.urls import join, with_query
from parties.models import Connection
from parties.visibility import Visibility


@dataclass(frozen=True)
class Push:
    """A request that tells a partner the current state of an object.

    ``segments`` go behind the partner's endpoint URL, percent-encoded one by one. ``whole`` is false for a
    partial update, which is only safe while the partner certainly holds the object. ``version`` is the
    object's version that was rendered. ``losses`` is what the partner's OCPI version cannot say of it. ``url`` is
    the whole address instead, where the partner named one (the result of a command); it must be at a pinned host.
    ``query`` goes behind the segments. ``correlation_id`` is that of the request which this one answers.
    ``instead`` is what to send where this one, being not ``whole``, shows that the partner does not hold the object;
    without it the whole object is rendered.
    """

    method: str
    segments: Sequence[str]
    data: Any
    whole: bool
    version: int
    routing: RoutingHeaders | None = None
    losses: Sequence[Problem] = ()
    url: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str = ""
    instead: Push | None = None

    def address(self, endpoint: str) -> str:
        """Where it goes; ``endpoint`` is the partner's address of the module."""
        return self.url or with_query(join(endpoint, *self.segments), self.query)


class Said(NamedTuple):
    """An object as a version writes it, and what it cannot say of it."""

    json: bytes
    losses: list[Problem]


class Naming(NamedTuple):
    """How an object is looked up by the end of its reference.

    ``column`` is SQL over ``o`` that equals ``key``; of several, those come first for which ``first`` (SQL) holds.
    """

    column: str
    key: str
    first: str = "(o.id IS NOT NULL)"


def reference_sql(column: str) -> str:
    """SQL over ``o`` for the reference of an object that a party owns: ``column`` is its OCPI id."""
    owner = (
        "SELECT p.country_code || '*' || p.party_id FROM parties_party p WHERE p.id = o.owner_id"
    )
    return f"({owner}) || '/' || o.{column}"


class Outbox(Protocol):
    """How a module's objects go out; derive from it, as most of it has a usual answer."""

    visibility: Visibility
    """Who may see the objects, and the table of them; the one predicate behind reads and deliveries."""

    reference: str
    """SQL over ``o``: how staff and the log name the object, such as ``NL*ABC/LOC1``."""

    in_order: bool = False
    """Whether an object waits until every one before it has been told or refused (by when it was marked)."""

    for_good: bool = False
    """Whether what was told stays told: it is not told again in another version by itself, as a bill is not."""

    addressed: bool = False
    """Whether each push has an address of its own (``Push.url``), so that the partner needs no endpoint."""

    pushed: str = "TRUE"
    """SQL over ``o``: changes of it are pushed; what is not pushed can still be fetched."""

    def naming(self, identifier: str) -> Naming:
        """How to find the object whose reference ends so, as in ``LOC1``; ValueError for what is no CiString."""
        return Naming(self.visibility.key, ci_key(identifier))

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

    def copy_address(self, connection: Connection, object_id: int, push: Push, url: str) -> str:
        """Where a GET finds the partner's copy: usually where the object was sent to.

        ``url`` is the partner's address of the module. Empty where the partner has not said where it is.
        """
        return push.address(url)

    def beside(self, object_id: int) -> Beside:
        """What the partner's copy means without saying all of it; usually nothing."""
        return Beside()

    def answered(self, connection: Connection, object_id: int, response: OCPIResponse) -> None:
        """The partner took it, with this answer; for what the answer says beyond that. Raises nothing."""
        return

    def too_late(self, object_id: int) -> str:
        """Why it must not be sent any more, such as a deadline that has passed; empty while it may."""
        return ""
