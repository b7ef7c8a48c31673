"""Contract IDs: what they are made of, and the check character they may end in.

OCPI recommends the form of "E-mobility ID-codes: the purpose of IDs, ID usage and ID format"; what partners
send is often something else, so that nothing here ever refuses one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# ISO 15118: fourteen characters, then one that checks them. DIN SPEC 91286: eleven, then one.
_ISO = re.compile(r"([A-Z]{2})-?([A-Z0-9]{3})-?([A-Z0-9]{9})(?:-?([A-Z0-9]))?")
_DIN = re.compile(r"([A-Z]{2})[*-]?([A-Z0-9]{3})[*-]?([A-Z0-9]{6})(?:[*-]?([0-9X]))?")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class ContractId(NamedTuple):
    """A contract ID taken apart. ``given`` is its check character, if it has one, ``right`` what that must be."""

    country_code: str
    party_id: str
    instance: str
    given: str
    right: str

    @property
    def is_right(self) -> bool:
        """Whether the check character is right, or there is none."""
        return self.given in ("", self.right)

    def __str__(self) -> str:
        """The usual way of writing it, with the check character it should have."""
        return "-".join((self.country_code, self.party_id, self.instance, self.right))


def parse(text: str) -> ContractId | None:
    """Take a contract ID apart; ``None`` for one of no known form. Case does not matter."""
    upper = text.strip().upper()
    if not upper.isascii():
        return None
    for pattern, checked in ((_ISO, _iso_check), (_DIN, _din_check)):
        found = pattern.fullmatch(upper)
        if found is not None:
            country, party, instance, given = found.groups(default="")
            right = checked(country + party + instance)
            return ContractId(country, party, instance, given, right)
    return None


def _iso_check(body: str) -> str:
    """The check character of ISO 15118 (IDRR, Annex 1): one sum over GF(2), one over GF(3)."""
    two, three, last = [0, 0], [0, 0], [0, 0]
    for character, (even, odd) in zip(body, _POSITIONS, strict=True):
        quotient, rest = divmod(_DIGITS.index(character), 9)
        _add(two, (quotient // 2, quotient % 2), even, 2)
        _add(three, (rest // 3, rest % 3), odd, 3)
    _add(last, (three[0], three[1]), ((0, 2), (2, 1)), 3)
    return _DIGITS[(two[0] * 2 + two[1]) * 9 + last[0] * 3 + last[1]]


_Matrix = tuple[tuple[int, int], tuple[int, int]]


def _add(total: list[int], row: tuple[int, int], matrix: _Matrix, modulus: int) -> None:
    for column in (0, 1):
        total[column] += row[0] * matrix[0][column] + row[1] * matrix[1][column]
        total[column] %= modulus


def _times(left: _Matrix, right: _Matrix, modulus: int) -> _Matrix:
    def cell(row: int, column: int) -> int:
        return (left[row][0] * right[0][column] + left[row][1] * right[1][column]) % modulus

    return ((cell(0, 0), cell(0, 1)), (cell(1, 0), cell(1, 1)))


def _positions() -> Iterator[tuple[_Matrix, _Matrix]]:
    """The matrices of position 1, 2, … 14: powers of these two."""
    even: _Matrix = ((0, 1), (1, 1))
    odd: _Matrix = ((0, 1), (1, 2))
    for _ in range(14):
        yield even, odd
        even, odd = _times(even, ((0, 1), (1, 1)), 2), _times(odd, ((0, 1), (1, 2)), 3)


_POSITIONS = tuple(_positions())


def _din_check(body: str) -> str:
    """The check character of DIN SPEC 91286: weighted by powers of two, modulo 11."""
    total, exponent = 0, 0
    for character in body:
        value = _DIGITS.index(character)
        for digit in divmod(value, 10) if value > 9 else (value,):
            total += digit << exponent
            exponent += 1
    return "X" if total % 11 == 10 else str(total % 11)
