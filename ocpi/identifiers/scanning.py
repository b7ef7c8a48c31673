"""Reading an ID from left to right, so that what is wrong can be said with its place."""

from __future__ import annotations

from collections.abc import Container

from ocpi.countries import ALPHA_3
from ocpi.identifiers.errors import NotACountry, NotAnId

DIGITS = frozenset("0123456789")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ALPHANUMERIC = DIGITS | LETTERS

_MEANT = {"UK": "GB", "EL": "GR"}
_NOT_ISSUED = {
    "UK": "UK is reserved and not a country code of ISO 3166-1; the United Kingdom is GB",
    "EL": "EL is what the EU calls Greece; ISO 3166-1 says GR",
    "XK": "XK is not a country code of ISO 3166-1, but one that users agree on for Kosovo",
}


def country_meant(code: str) -> str:
    """The country code that a usual mistake stands for: ``GB`` for ``UK``, ``GR`` for ``EL``; else the same."""
    return _MEANT.get(code, code)


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 assigns this alpha-2 code; ``XK``, which users agree on, is none of them."""
    return code in ALPHA_3 and code not in _NOT_ISSUED


class Scanner:
    """The rest of an ID in upper case; every step takes what it must find, or says what is wrong there."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.upper = self.text.upper() if self.text.isascii() else self.text
        self.at = 0

    @property
    def rest(self) -> str:
        return self.upper[self.at :]

    def wrong(self, reason: str) -> NotAnId:
        return NotAnId(self.text, self.at, reason)

    def take(self, number: int, allowed: Container[str], what: str) -> str:
        """``number`` characters of ``allowed``; ``what`` says who needs how many of which, for the message."""
        start = self.at
        while self.at < start + number:
            found = self.upper[self.at : self.at + 1]
            if not found:
                raise self.wrong(f"{what}, and there are {self.at - start}")
            if found not in allowed:
                raise self.wrong(f"{what}, and {found!r} is none")
            self.at += 1
        return self.upper[start : self.at]

    def skip(self, separators: str) -> str:
        """A separator that may be there or not."""
        found = self.rest[:1]
        if not found or found not in separators:
            return ""
        self.at += 1
        return found

    def end(self) -> None:
        """Nothing may be left."""
        if self.rest:
            raise self.wrong(f"nothing may follow here, and there is {self.rest[:20]!r}")

    def country(self) -> str:
        """The two letters of a country, whichever."""
        return self.take(2, LETTERS, "the country needs two letters")

    def party(self, separators: str) -> tuple[str, str]:
        """Country and party with a separator between them, or none, and one after them."""
        country = self.country()
        self.skip(separators)
        return country, self.take(3, ALPHANUMERIC, "the party needs three letters or digits")

    def issued(self, country: str) -> None:
        """Raises :class:`NotACountry` where no IDs are issued under this code."""
        if not is_country(country):
            reason = _NOT_ISSUED.get(country, f"{country} is not a country code of ISO 3166-1")
            raise NotACountry(self.text, 0, reason)
