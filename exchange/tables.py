"""Taking in a module's objects from a CSV table: all of it, or with a single line wrong, nothing.

The whole table is read and checked first; what is right is put aside, and written when nothing was wrong.
"""

from __future__ import annotations

import csv
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import IO, Any

from exchange import jobs
from exchange.content import Content, LineTooLong
from exchange.registry import Column, Counts, Source, Table
from ocpi import json

BATCH = 500
SHOWN = 100
KEPT_IN_MEMORY = 4_000_000
ALIVE_EVERY = 20_000
DELIMITERS = ",;\t"
_BOM = b"\xef\xbb\xbf"
_JSON_BEGINS = (b"[", b"{")
Alive = Callable[[], None]


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong: in which line of the file, in which column, and why."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"Line {self.line}, {self.column}" if self.column else f"Line {self.line}"
        return f"{where}: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "reason": self.reason}


class WrongTable(ValueError):
    """A table with mistakes: the first of them, and how many there are."""

    def __init__(self, wrong: list[Wrong], number: int) -> None:
        shown = " ".join(f"{one}." for one in wrong[:3])
        more = f" And {number - 3} more." if number > 3 else ""
        super().__init__(f"{shown}{more} Nothing was taken in.")
        self.wrong = wrong


def is_table(beginning: bytes) -> bool:
    """Whether a file that begins so is a table rather than JSON."""
    text = beginning.removeprefix(_BOM).lstrip()
    return bool(text) and not text.startswith(_JSON_BEGINS)


def import_table(
    table: Table,
    content: Content,
    source: Source,
    progress: jobs.Progress,
    watch: Callable[[Counts], None] | None = None,
) -> None:
    """Take in a whole table. Raises :class:`WrongTable` with the mistakes, and whatever reading raises."""
    with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as aside:
        checking = _Checking(table)
        for document in checking.documents(content, alive=_alive(progress)):
            aside.write(json.dumps(document) + b"\n")
        checking.conclude()
        progress.total = checking.number
        aside.seek(0)
        for batch in _batches(aside):
            progress.add(table.take(batch, source))
            if watch is not None:
                watch(progress.counts)


def check_beginning(table: Table, content: Content, lines: int) -> None:
    """Check the header and the first lines. Raises :class:`WrongTable`, and whatever reading raises."""
    checking = _Checking(table)
    for _ in checking.documents(content, at_most=lines):
        pass
    checking.conclude()


def _alive(progress: jobs.Progress) -> Alive:
    job = progress.job
    return (lambda: jobs.still_alive(job)) if job is not None else (lambda: None)


def _batches(aside: IO[bytes]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in aside:
        batch.append(json.loads(line))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass
class _Checking:
    """One table while it is read: what is wrong so far, and the keys of its lines, hashed."""

    table: Table
    wrong: list[Wrong] = field(default_factory=list)
    faults: int = 0
    keys: array[int] = field(default_factory=lambda: array("Q"))
    at: array[int] = field(default_factory=lambda: array("Q"))

    @property
    def number(self) -> int:
        return len(self.keys)

    def documents(
        self, content: Content, *, at_most: int | None = None, alive: Alive = lambda: None
    ) -> Iterator[dict[str, Any]]:
        """The lines that are right, as documents; what is wrong is noted."""
        rows = _rows(content, self)
        found = next(rows, None)
        columns = self._columns(*found) if found else None
        if columns is None:
            if not self.faults:
                self.note(1, "", "the table is empty; its first line has to name the columns")
            return
        for number, row in rows:
            if any(cell.strip() for cell in row):
                document = self._document(number, row, columns)
                if document is not None:
                    yield document
            if number % ALIVE_EVERY == 0:
                alive()
            if at_most is not None and number > at_most:
                return

    def _columns(self, number: int, row: list[str]) -> list[Column] | None:
        """The columns that the first line names; nothing when it is not right."""
        known = {column.name: column for column in self.table.columns}
        names = [cell.strip().lower().replace(" ", "_") for cell in row]
        for name in names:
            if name not in known:
                allowed = ", ".join(known)
                self.note(number, name or "(no name)", f"there is no such column, only {allowed}")
        for name, times in Counter(names).items():
            if times > 1 and name in known:
                self.note(number, name, "the column is there twice")
        for column in self.table.columns:
            if column.required and column.name not in names:
                self.note(number, column.name, "the column is missing")
        return None if self.faults else [known[name] for name in names]

    def _document(
        self, number: int, row: list[str], columns: list[Column]
    ) -> dict[str, Any] | None:
        before = self.faults
        if len(row) != len(columns):
            reason = f"it has {len(row)} cells, and the first line names {len(columns)} columns"
            self.note(number, "", reason)
            return None
        cells = {column.name: cell.strip() for column, cell in zip(columns, row, strict=True)}
        empty = {column.name for column in columns if column.required and not cells[column.name]}
        for name in sorted(empty):
            self.note(number, name, "it must not be empty")
        document, problems = self.table.read(cells)
        for problem in problems:
            name, _, _ = problem.path.partition(".")
            if name not in empty:
                shown = f"{problem.value!r:.60}: " if problem.value is not None else ""
                self.note(number, name, f"{shown}{problem.message}")
        if self.faults > before:
            return None
        key = self.table.key(document).encode()
        self.keys.append(int.from_bytes(blake2b(key, digest_size=8).digest()))
        self.at.append(number)
        return document

    def note(self, line: int, column: str, reason: str) -> None:
        self.faults += 1
        if len(self.wrong) < SHOWN:
            self.wrong.append(Wrong(line, column, reason))

    def conclude(self) -> None:
        """Raise :class:`WrongTable` if anything was wrong; lines that say the same object are, too."""
        self._note_repeated()
        if self.faults:
            raise WrongTable(sorted(self.wrong, key=lambda one: one.line), self.faults)

    def _note_repeated(self) -> None:
        ordered = sorted(self.keys)
        repeated = {one for one, other in pairwise(ordered) if one == other}
        first: dict[int, int] = {}
        for line, key in zip(self.at, self.keys, strict=True) if repeated else ():
            if key in repeated and first.setdefault(key, line) != line:
                self.note(line, "", f"it is about the same object as line {first[key]}")


def _rows(content: Content, checking: _Checking) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that each ends in; what cannot be read ends the table."""
    text = _text(content)
    head = content.peek().removeprefix(_BOM).partition(b"\n")[0].decode("utf-8", "replace")
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError:
            reason = "it is not UTF-8 text; save the table as “CSV UTF-8”"
            checking.note(reader.line_num + 1, "", reason)
            return
        except LineTooLong:
            checking.note(reader.line_num + 1, "", "it is longer than any line of a table")
            return
        except csv.Error as error:
            checking.note(reader.line_num, "", f"it cannot be read ({error})")
            return
        yield reader.line_num, row


def _text(content: Content) -> Iterator[str]:
    for number, line in enumerate(content.lines()):
        yield (line if number else line.removeprefix(_BOM)).decode()
