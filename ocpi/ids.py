"""Keys of CiStrings and identities of parties."""

from __future__ import annotations

import re
from typing import NamedTuple

_NOT_PRINTABLE = re.compile(r"[^ -~]")
_PARTY = re.compile(r"([A-Z]{2})[*\- ]?([A-Z0-9]{3})")


def ci_key(text: str) -> str:
    """The key under which a CiString is compared (OCPI 2.2.1, types, CiString_type).

    Printable ASCII is checked before folding, because other alphabets fold onto ASCII letters
    (the Kelvin sign onto `k`). Raises ValueError naming the character.
    """
    found = _NOT_PRINTABLE.search(text)
    if found is not None:
        raise ValueError(
            f"character {found[0]!r} at position {found.start()} is not printable ASCII"
        )
    return text.upper()


class PartyId(NamedTuple):
    """Country code and party id, always upper case (OCPI 2.2.1, credentials, CredentialsRole)."""

    country_code: str
    party_id: str

    @classmethod
    def parse(cls, text: str) -> PartyId:
        """Read "NL*ABC", "NL-ABC", "NL ABC" or "NLABC" in any case; ValueError says why not."""
        return cls._checked(ci_key(text.strip()), text)

    @classmethod
    def of(cls, country_code: str, party_id: str) -> PartyId:
        """Build from the two fields of a document or URL in any case; ValueError says why not."""
        if len(country_code) != 2:
            raise ValueError(f"country code {country_code[:40]!r} does not have two letters")
        return cls._checked(ci_key(f"{country_code}*{party_id}"), f"{country_code}*{party_id}")

    @classmethod
    def _checked(cls, key: str, original: str) -> PartyId:
        match = _PARTY.fullmatch(key)
        if match is None:
            raise ValueError(
                f"{original[:40]!r} is not a party: two letters of the country and three letters "
                "or digits of the party are needed, as in NL*ABC"
            )
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id}"
