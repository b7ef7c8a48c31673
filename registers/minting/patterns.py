"""Patterns that IDs are made by: fixed characters, a number, and what the place is called.

``E{number:6}`` makes ``NL*ABC*E000001``, ``P{location}`` makes ``NL*ABC*PLOC1`` of location ``LOC-1``, and
``{number:8}`` of a contract makes ``NL-ABC-C00000001-`` with its check character.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ocpi.identifiers import Kind, PlaceId, make_contract_id
from ocpi.identifiers.places import LONGEST_LOCAL
from ocpi.ids import PartyId
from registers.minting.choices import MintedKind

_PART = re.compile(r"\{([a-z]+)(?::([0-9]{1,2}))?\}")
_LETTERS = {MintedKind.EVSE: "E", MintedKind.POOL: "P", MintedKind.STATION: "S"}
_UNIQUE = {
    MintedKind.EVSE: ("number", "uid"),
    MintedKind.POOL: ("number", "location"),
    MintedKind.STATION: ("number", "location"),
    MintedKind.CONTRACT: ("number",),
}
_CONTRACT_LENGTH = 8
_LONGEST_NUMBER = 18


class BadPattern(ValueError):
    """A pattern that cannot make IDs, for a reason that staff can read."""


class CannotMake(ValueError):
    """This one ID cannot be made: its number or its place's name does not fit."""


class Called(NamedTuple):
    """What the place is called: its location's ID, and the EVSE's UID."""

    location: str = ""
    uid: str = ""


NAMELESS = Called()


class Pattern(NamedTuple):
    """A pattern taken apart: fixed texts, and placeholders with their width (0 for as long as it gets)."""

    kind: MintedKind
    parts: tuple[tuple[str, str, int], ...]

    @classmethod
    def parse(cls, text: str, kind: str) -> Pattern:
        """Read a pattern; raises :class:`BadPattern` for one that could not fit or leaves the alphabet."""
        found = cls(MintedKind(kind), tuple(_parts(text.strip().upper(), text.strip())))
        found._check(text.strip())
        return found

    @property
    def counts(self) -> bool:
        """Whether IDs are numbered."""
        return any(name == "number" for name, _, _ in self.parts)

    def make(self, party: PartyId, number: int, called: Called = NAMELESS) -> str:
        """The ID with this number. Raises :class:`CannotMake`."""
        local = "".join(
            fixed if not name else _filled(name, width, number, called)
            for name, fixed, width in self.parts
        )
        try:
            if self.kind == MintedKind.CONTRACT:
                return str(make_contract_id(party, local))
            return str(PlaceId.parse(f"{party}*{local}", Kind(local[:1])))
        except ValueError as wrong:
            raise CannotMake(f"{wrong}.") from wrong

    def _check(self, text: str) -> None:
        letter = _LETTERS.get(self.kind)
        if letter and not (self.parts and self.parts[0][1].startswith(letter)):
            raise BadPattern(f"{text} must begin with {letter}, which says what the ID is for.")
        names = [name for name, _, _ in self.parts if name]
        wanted = _UNIQUE[self.kind]
        if not set(names) & set(wanted):
            shown = " or ".join(f"{{{name}}}" for name in wanted)
            raise BadPattern(f"{text} would make the same ID every time; it needs {shown}.")
        if self.kind == MintedKind.CONTRACT and set(names) != {"number"}:
            raise BadPattern("The pattern of contracts can only have {number:…} in it.")
        if names.count("number") > 1:
            raise BadPattern(f"{text} has the number twice.")
        least = sum(width or 1 if name else len(fixed) for name, fixed, width in self.parts)
        if self.kind == MintedKind.CONTRACT and (least != _CONTRACT_LENGTH or self._grows):
            raise BadPattern(
                f"A contract has {_CONTRACT_LENGTH} characters after the C, and {text} makes {least}."
            )
        if letter and least - 1 > LONGEST_LOCAL:
            raise BadPattern(
                f"{text} makes {least - 1} characters after the {letter}; {LONGEST_LOCAL} fit."
            )

    @property
    def _grows(self) -> bool:
        return any(name and not width for name, _, width in self.parts)


def _parts(upper: str, text: str) -> list[tuple[str, str, int]]:
    parts: list[tuple[str, str, int]] = []
    at = 0
    for match in _PART.finditer(text):
        _fixed(parts, upper[at : match.start()], text, at)
        name, width = match[1], int(match[2] or 0)
        if name not in ("number", "location", "uid"):
            raise BadPattern(f"{{{name}}} is unknown; there are {{number}}, {{location}}, {{uid}}.")
        if name != "number" and width:
            raise BadPattern(f"{{{name}}} has no width.")
        if width > _LONGEST_NUMBER:
            raise BadPattern(f"A number has {_LONGEST_NUMBER} digits at most.")
        parts.append((name, "", width))
        at = match.end()
    _fixed(parts, upper[at:], text, at)
    return parts


def _fixed(parts: list[tuple[str, str, int]], fixed: str, text: str, at: int) -> None:
    for offset, character in enumerate(fixed):
        if not (character.isascii() and (character.isalnum() or character == "*")):
            raise BadPattern(
                f"{text}, character {at + offset + 1}: only letters, digits and * may stand in an ID,"
                f" and {character!r} is none."
            )
    if fixed:
        parts.append(("", fixed, 0))


def _filled(name: str, width: int, number: int, called: Called) -> str:
    if name == "number":
        text = str(number).zfill(width)
        if width and len(text) > width:
            raise CannotMake(f"The number {number} does not fit into {width} digits any more.")
        return text
    source = called.location if name == "location" else called.uid
    text = "".join(c for c in source.upper() if c.isascii() and c.isalnum())
    if not text:
        raise CannotMake(f"There is no letter or digit in {source!r}.")
    return text
