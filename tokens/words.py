"""Tokens in words."""

from __future__ import annotations

from ocpi.identifiers import ContractId
from tokens.choices import TokenType, Whitelist

PROFILES = {
    "CHEAP": "as cheaply as possible",
    "FAST": "as fast as possible",
    "GREEN": "with as much green energy as possible",
    "REGULAR": "no preference",
}


def type_words(type_: str) -> str:
    return str(dict(TokenType.choices).get(type_.upper(), type_))


def whitelist_words(whitelist: str) -> str:
    return str(dict(Whitelist.choices).get(whitelist, whitelist))


def contract_hint(contract_id: str) -> str:
    """What can be said of a contract ID's form; only a hint, as whoever issued it decides."""
    if not contract_id:
        return "It names no contract, so that no session could be billed; nobody gets it."
    found = ContractId.find(contract_id)
    if found is None:
        return "Not in the agreed form, as in NL-ABC-C12345678-X. It is used as it is."
    if not found.is_right:
        return f"Its last character is wrong: it should be {found}. It is used as it is."
    if found.given:
        return "Its check character is right."
    return f"Without check character; with it, it is {found}."
