"""How a module's objects are written to files, and read from tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from exchange.registry.incoming import Counts, Source
from exchange.registry.outgoing import Said
from ocpi.errors import Problem


class Saying(NamedTuple):
    """One object as a version writes it; without ``said`` that version cannot say it, for a ``reason``."""

    reference: str
    said: Said | None
    reason: str = ""


@dataclass(frozen=True)
class Export:
    """How the objects of a module are exported.

    ``table`` holds them, with ``id`` and ``owner_id``; ``held`` is SQL over the object ``o``: it is here and has
    not vanished. ``say`` says objects, by primary key, as a version writes them, in the order of the keys.
    """

    table: str
    held: str
    say: Callable[[Sequence[int], str], Iterable[Saying]]


class Column(NamedTuple):
    """A column of a table: its name, whether it has to be there and filled in, and what it holds."""

    name: str
    required: bool
    words: str


class Table(Protocol):
    """A module's objects as lines of a CSV file."""

    columns: tuple[Column, ...]

    def read(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
        """A line as a document, and what is wrong with it by column; ``cells`` are trimmed.

        A column that the file has and the line leaves empty is ``None`` in the document.
        """
        ...

    def key(self, document: Mapping[str, Any]) -> str:
        """What no two lines of a file may have in common."""
        ...

    def take(self, documents: Sequence[dict[str, Any]], source: Source) -> Counts:
        """Write lines that are all right; ``source.owner`` is whose they are. One transaction."""
        ...

    def write(self, object_ids: Sequence[int]) -> Iterator[list[str]]:
        """Objects as lines, in the order of the columns."""
        ...
