"""Whether the card, the contract and the EVSE are what they should be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.identifiers import ContractId
from review.checks.declaration import Check, Found, Values
from review.checks.facts import Awaits, Context
from review.choices import AwaitedKind, Severity

# ISO 15118 and eMI3 with or without separators, and DIN SPEC 91286.
_EVSE_ID = re.compile(
    r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,40}|\+?[0-9]{1,3}\*[0-9]{3,6}\*[0-9*]{1,32}"
)


def _unknown_token(context: Context, values: Values) -> Found | None:
    """Only of eMSPs whose tokens are here; a card of another one is said by the check of foreign cards."""
    cdr = context.cdr
    if cdr.is_forgotten or cdr.credit or context.token is not None:
        return None
    if not context.tells_tokens or context.foreign_token is not None:
        return None
    return Found(
        f"Its card {_shown(context)} is not among the tokens of the eMSP.",
        abs(cdr.total_cost),
        awaits=_cards(context),
    )


def _foreign_token(context: Context, values: Values) -> Found | None:
    cdr, found = context.cdr, context.foreign_token
    if cdr.is_forgotten or cdr.credit or context.token is not None or found is None:
        return None
    return Found(
        f"Its card {_shown(context)} is not of the eMSP that it names; {found.owner} has such a card.",
        abs(cdr.total_cost),
        awaits=_cards(context),
    )


def _cards(context: Context) -> tuple[Awaits, ...]:
    """The card itself, or any other of the contract."""
    cdr = context.cdr
    if cdr.emsp_id is None:
        return ()
    keys = ((AwaitedKind.TOKEN, cdr.token_key), (AwaitedKind.CONTRACT, cdr.contract_key))
    return tuple(Awaits(kind, cdr.emsp_id, key) for kind, key in keys if key)


def _shown(context: Context) -> str:
    return context.cdr.token_key.partition(":")[2] or context.cdr.contract_id or "without number"


def _contract_id(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.is_forgotten or not cdr.contract_id:
        return None
    parsed = ContractId.find(cdr.contract_id)
    if parsed is None or parsed.is_right:
        return None
    return Found(
        f"The contract ID {cdr.contract_id} ends in “{parsed.given}”; its check character would be"
        f" “{parsed.check}”."
    )


def _evse_id(context: Context, values: Values) -> Found | None:
    place = context.document.get("cdr_location")
    given = place.get("evse_id") if isinstance(place, Mapping) else None
    if not isinstance(given, str) or given in ("", NOT_AVAILABLE):
        return None
    if _EVSE_ID.fullmatch(given.upper()):
        return None
    return Found(f"“{given}” is not an EVSE ID such as NL*ABC*E1234.")


CHECKS = (
    Check(
        "unknown_token",
        "Unknown card",
        "The card is not among the tokens of the eMSP that is to pay, although we have its tokens.",
        "Fetch the tokens again; if the card is not known then, the charge has no driver who pays.",
        _unknown_token,
    ),
    Check(
        "foreign_token",
        "Card of somebody else",
        "The eMSP that the CDR names does not have this card, but another one does.",
        "Dispute it: the other eMSP has to pay.",
        _foreign_token,
    ),
    Check(
        "contract_id",
        "Check character of the contract",
        "The contract ID ends in another check character than it should, so that one of its characters is wrong.",
        "Look for the contract with the card's number; ask the eMSP or CPO to write it right.",
        _contract_id,
        severity=Severity.NOTE,
    ),
    Check(
        "evse_id",
        "Form of the EVSE ID",
        "The EVSE ID has none of the forms that EVSE IDs have.",
        "Nothing has to be done; reports by operator or country may miss it.",
        _evse_id,
        severity=Severity.NOTE,
    ),
)
