"""IDs of EVSEs, charging stations and pools (ISO 15118, eMI3), and EVSE IDs of DIN SPEC 91286.

None of them has a check character.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ocpi.identifiers.errors import NotAnId
from ocpi.identifiers.scanning import ALPHANUMERIC, DIGITS, Scanner
from ocpi.ids import PartyId

_SEPARATORS = "*"
_LOOSE = str.maketrans({".": "*", "-": "*", " ": "*", "_": "*", "/": "*"})
_LOCAL = ALPHANUMERIC | {"*"}
LONGEST_LOCAL = 31


class Kind(Enum):
    """What an ID stands for, by the letter after the party."""

    EVSE = "E"
    POOL = "P"
    STATION = "S"

    @property
    def words(self) -> str:
        """What it stands for: ``charging station``."""
        return _WORDS[self]


_WORDS = {Kind.EVSE: "EVSE", Kind.POOL: "pool", Kind.STATION: "charging station"}
_LETTERS = {
    Kind.EVSE: "the ID of an EVSE has an E here",
    Kind.POOL: "the ID of a pool has a P here",
    Kind.STATION: "the ID of a charging station has an S here",
}


class PlaceId(NamedTuple):
    """An EVSE, pool or station ID taken apart, in upper case: ``local`` is what follows the type letter."""

    country_code: str
    party_id: str
    kind: Kind
    local: str

    @classmethod
    def parse(cls, text: str, kind: Kind | None = None) -> PlaceId:
        """Read ``NL*ABC*E12*1`` in any case, separators or not; with ``kind`` only one of that kind.

        After the type letter up to 31 letters, digits and asterisks follow, of which one is not an asterisk. Raises
        :class:`NotAnId`, with :class:`NotACountry` as one of its kinds.
        """
        found = cls.read(text, kind)
        Scanner(text).issued(found.country_code)
        return found

    @classmethod
    def read(cls, text: str, kind: Kind | None = None) -> PlaceId:
        """As :meth:`parse`, but a country that is none is let through."""
        scanner = Scanner(text)
        country, party = scanner.party(_SEPARATORS)
        scanner.skip(_SEPARATORS)
        found = scanner.rest[:1]
        letters = kind.value if kind else "EPS"
        if not found or found not in letters:
            raise scanner.wrong(_letter_missing(kind))
        scanner.at += 1
        scanner.skip(_SEPARATORS)
        local = scanner.take(len(scanner.rest), _LOCAL, "only letters, digits and * may stand here")
        if not local.strip("*"):
            raise scanner.wrong("something must follow the type letter")
        if len(local) > LONGEST_LOCAL:
            scanner.at -= len(local) - LONGEST_LOCAL
            raise scanner.wrong(f"at most {LONGEST_LOCAL} characters follow the type letter")
        return cls(country, party, Kind(found), local)

    @classmethod
    def loosely(cls, text: str) -> PlaceId:
        """As :meth:`read`, with dots, dashes, spaces, underscores and slashes for separators too."""
        return cls.read(text.strip().translate(_LOOSE))

    @property
    def party(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)

    @property
    def compact(self) -> str:
        """Without separators; what roaming platforms compare."""
        return f"{self.country_code}{self.party_id}{self.kind.value}{self.local}".replace("*", "")

    @property
    def key(self) -> str:
        """What two spellings of one ID have in common."""
        return self.compact

    def __str__(self) -> str:
        """The usual way of writing it: ``NL*ABC*E12*1``."""
        return f"{self.country_code}*{self.party_id}*{self.kind.value}{self.local}"


class DinEvseId(NamedTuple):
    """An EVSE ID of DIN SPEC 91286: telephone country code, operator and power outlet, digits all of them.

    It cannot be said in ISO 15118: its operators are numbered apart.
    """

    country: str
    operator: str
    outlet: str

    @classmethod
    def parse(cls, text: str) -> DinEvseId:
        """Read ``+49*810*000*438``, the plus sign left out or not. Raises :class:`NotAnId`."""
        scanner = Scanner(text)
        scanner.skip("+")
        country = _number(scanner, 1, 3, "the telephone code of the country")
        _must_separate(scanner)
        operator = _number(scanner, 3, 6, "the operator")
        _must_separate(scanner)
        outlet = scanner.take(
            len(scanner.rest), DIGITS | {"*"}, "only digits and * may stand in the outlet"
        )
        if not outlet.strip("*"):
            raise scanner.wrong("the outlet needs a digit")
        if len(outlet) > 32:
            scanner.at -= len(outlet) - 32
            raise scanner.wrong("the outlet has 32 characters at most")
        return cls(country, operator, outlet)

    def __str__(self) -> str:
        return f"+{self.country}*{self.operator}*{self.outlet}"


def make_evse_id(party: PartyId, local: str) -> PlaceId:
    """An EVSE ID from what follows its E. Raises :class:`NotAnId`."""
    return PlaceId.parse(f"{party}*E{local}", Kind.EVSE)


def _letter_missing(kind: Kind | None) -> str:
    if kind is None:
        return "an E (EVSE), P (pool) or S (station) must stand here"
    return _LETTERS[kind]


def _number(scanner: Scanner, least: int, most: int, what: str) -> str:
    digits = scanner.rest[: most + 1].split("*")[0]
    if not least <= len(digits) <= most:
        raise scanner.wrong(f"{what} needs {least} to {most} digits")
    return scanner.take(len(digits), DIGITS, f"{what} needs {least} to {most} digits")


def _must_separate(scanner: Scanner) -> None:
    if not scanner.skip("*"):
        raise scanner.wrong("a * must stand here")


__all__ = ["DinEvseId", "Kind", "NotAnId", "PlaceId", "make_evse_id"]
