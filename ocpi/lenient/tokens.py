"""Tokens: what is filled in where a partner does not say it, and what is told about contract IDs."""

from __future__ import annotations

from typing import Any

from ocpi.errors import Problem
from ocpi.identifiers import ContractId
from ocpi.lenient.assume import fill_in_last_updated
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import VERSIONS_2_1, Known
from ocpi.lenient.repair import Repair

Document = dict[str, Any]
Warnings = list[Problem]

# What is not said is taken for what lets nobody charge on a partner's account unasked.
_ASSUMED = (
    ("type", "RFID", "token_type_assumed"),
    ("valid", False, "token_valid_assumed"),
    ("whitelist", "NEVER", "token_whitelist_assumed"),
)


def token_as_canonical(document: Document, known: Known, warnings: Warnings) -> None:
    """A Token of OCPI 2.1.1 in the shape of 2.3.0, in place; takes anything, raises nothing."""
    if known.version in VERSIONS_2_1 and "auth_id" in document and "contract_id" not in document:
        document["contract_id"] = document.pop("auth_id")


def fill_in_token(repair: Repair) -> None:
    """Fill in type, validity, white-listing and the time of the last change."""
    for name, value, code in _ASSUMED:
        if repair.document.get(name) is None:
            told = [fault for fault in repair.warnings if fault.path == name]
            original = told[-1].value if told else None
            repair.warnings[:] = [fault for fault in repair.warnings if fault.path != name]
            repair.document[name] = value
            repair.warn(code, (name,), original)
    fill_in_last_updated(repair)


def check_token(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about the contract ID, which is kept as it came."""
    contract = document.get("contract_id")
    if not contract:
        return
    found = ContractId.find(contract)
    if found is None:
        code = "contract_id_format"
    elif not found.is_right:
        code = "contract_id_check_character"
    else:
        return
    told = CODES[code] if found is None else f"{CODES[code]} It should be {found}."
    warnings.append(Problem(code, "contract_id", told, contract))
