"""How a module's objects go out: the request that tells a partner, and who renders it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ocpi.errors import Problem
from ocpi.headers import RoutingHeaders
from parties.models import Connection
from parties.visibility import Visibility


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


def reference_sql(column: str) -> str:
    """SQL over ``o`` for the reference of an object that a party owns: ``column`` is its OCPI id."""
    owner = (
        "SELECT p.country_code || '*' || p.party_id FROM parties_party p WHERE p.id = o.owner_id"
    )
    return f"({owner}) || '/' || o.{column}"


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
