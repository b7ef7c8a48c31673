"""What a conversion takes and gives back."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from ocpi.errors import Problem
from ocpi.ids import PartyId

Document = dict[str, Any]


class Converted(NamedTuple):
    """The converted document and what was lost, with the lost values and their canonical paths."""

    document: dict[str, Any]
    losses: list[Problem]


class Beside(NamedTuple):
    """What is known beside a document that refers to other objects, as canonical documents.

    OCPI 2.1.1 puts a whole Location into Sessions and CDRs and names a Token by its contract alone: on the way
    out ``location`` is what they refer to, on the way in ``token`` is the one that is meant, or ``token_of``
    finds the CdrToken of a contract.
    """

    location: Document | None = None
    token: Document | None = None
    token_of: Callable[[str], Document] | None = None


class Origin(NamedTuple):
    """Where a document comes from: what OCPI 2.1.1 leaves to the address and the connection."""

    owner: PartyId | None = None
    role: str | None = None
    beside: Beside = Beside()


class Fit(Enum):
    """How well a version can say a canonical document: all of it as it is, otherwise, or not at all."""

    SAME = auto()
    DIFFERS = auto()
    REFUSED = auto()


class Refused(Exception):
    """A document cannot be said in the other version without misleading; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Converter = Callable[[Document], Converted]


def lacks(version: str, what: str) -> Converter:
    """The conversion to a version that has no such objects at all."""

    def refuse(document: Document) -> Converted:
        raise Refused(f"OCPI {version} has no {what}")

    return refuse


WithBeside = Callable[[Document, Beside], Converted]
FromOrigin = Callable[[Document, Origin], Converted]
PatchConverter = Callable[[Document], Document]


def unchanged(document: dict[str, Any]) -> Converted:
    """The same document, nothing lost."""
    return Converted(document, [])
