"""The two check characters of contract IDs."""

from __future__ import annotations

from collections.abc import Iterator

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISO_LENGTH = 14
DIN_LENGTH = 11

_Matrix = tuple[tuple[int, int], tuple[int, int]]


def iso_check_character(body: str) -> str:
    """The character that checks the 14 of a contract ID (ISO 15118-1, annex; IDRR, annex 1).

    ``body`` is country, party and instance in upper case without separators. Finds every wrong character and every
    two neighbours that changed places. One sum over GF(2), one over GF(3). Raises ``ValueError`` for another length
    or alphabet.
    """
    _must_fit(body, ISO_LENGTH)
    two, three, last = [0, 0], [0, 0], [0, 0]
    for character, (even, odd) in zip(body, _POSITIONS, strict=True):
        quotient, rest = divmod(CHARACTERS.index(character), 9)
        _add(two, divmod(quotient, 2), even, 2)
        _add(three, divmod(rest, 3), odd, 3)
    _add(last, (three[0], three[1]), ((0, 2), (2, 1)), 3)
    return CHARACTERS[(two[0] * 2 + two[1]) * 9 + last[0] * 3 + last[1]]


def din_check_character(body: str) -> str:
    """The character, a digit or X, that checks the 11 of a contract ID of DIN SPEC 91286.

    Weighted by powers of two, modulo 11; a letter counts as its two digits, A as 1 and 0. Raises ``ValueError`` for
    another length or alphabet.
    """
    _must_fit(body, DIN_LENGTH)
    total, exponent = 0, 0
    for character in body:
        value = CHARACTERS.index(character)
        for digit in divmod(value, 10) if value > 9 else (value,):
            total += digit << exponent
            exponent += 1
    return "X" if total % 11 == 10 else str(total % 11)


def _must_fit(body: str, length: int) -> None:
    if len(body) != length or any(character not in CHARACTERS for character in body):
        raise ValueError(f"{body!r} does not have {length} capital letters or digits")


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
    for _ in range(ISO_LENGTH):
        yield even, odd
        even, odd = _times(even, ((0, 1), (1, 1)), 2), _times(odd, ((0, 1), (1, 2)), 3)


_POSITIONS = tuple(_positions())
