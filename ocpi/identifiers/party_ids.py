"""Party IDs as registration organisations issue them: a country and three letters or digits."""

from __future__ import annotations

from ocpi.identifiers.errors import NotACountry, NotAnId
from ocpi.identifiers.scanning import Scanner
from ocpi.ids import PartyId

_SEPARATORS = "*- "


def parse_party_id(text: str) -> PartyId:
    """Read ``GB*ABC``, ``GB-ABC``, ``GB * ABC`` or ``gbabc`` as a party ID that may be issued.

    Codes of digits alone are real, such as GB007. Raises :class:`NotAnId`, with :class:`NotACountry` (such as UK) as
    one of its kinds. OCPI itself takes any two letters: see :meth:`ocpi.ids.PartyId.parse`.
    """
    found = read_party_id(text)
    Scanner(text).issued(found.country_code)
    return found


def read_party_id(text: str) -> PartyId:
    """As :func:`parse_party_id`, but a country that is none is let through."""
    scanner = Scanner(text)
    country = scanner.country()
    while scanner.skip(_SEPARATORS):
        pass
    party = scanner.take(
        3,
        frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        "the party needs three letters or digits",
    )
    scanner.skip("-*")
    scanner.end()
    return PartyId(country, party)


def for_provider(party: PartyId) -> str:
    """How a provider's code is written: ``GB-ABC``."""
    return f"{party.country_code}-{party.party_id}"


def for_operator(party: PartyId) -> str:
    """How an operator's code is written: ``GB*ABC``."""
    return str(party)


__all__ = [
    "NotACountry",
    "NotAnId",
    "for_operator",
    "for_provider",
    "parse_party_id",
    "read_party_id",
]
