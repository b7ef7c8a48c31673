"""A faulty ID in words: what is wrong with it, and where."""

from __future__ import annotations

from ocpi.identifiers import ContractId, NotAnId, PlaceId
from registers.audit.choices import EXPLANATIONS, Fault, Shape, Subject
from registers.audit.models import AuditFinding


def what_is_wrong(finding: AuditFinding) -> str:
    """A sentence about one fault."""
    if finding.fault == Fault.MALFORMED:
        return _malformed(finding)
    if finding.fault == Fault.WRONG_CHECK:
        return _check_character(finding.value)
    if finding.fault == Fault.FOREIGN:
        code = _code(finding.reason)
        return f"It begins with {code}; its owner is {finding.owner.identity}."
    if finding.fault == Fault.COUNTRY:
        return f"{finding.reason} is not a country code of ISO 3166-1."
    if finding.fault == Fault.UNLISTED:
        return f"No register that was read lists {_code(finding.reason)}."
    return EXPLANATIONS[finding.fault]


def reason_words(fault: str, reason: str) -> str:
    """What a group of findings has in common beside their fault; empty where that is all."""
    if fault == Fault.MALFORMED:
        return str(Shape(reason).label) if reason in Shape.values else ""
    return _code(reason) if len(reason) == 5 else reason


def _malformed(finding: AuditFinding) -> str:
    if finding.reason == Shape.SEPARATORS:
        return "Dots, dashes or the like stand where only asterisks may."
    read = PlaceId.parse if finding.subject == Subject.EVSE else ContractId.parse
    try:
        read(finding.value)
    except NotAnId as wrong:
        at = f" (character {wrong.position + 1})" if wrong.position < len(wrong.text) else ""
        return f"{wrong.reason[0].upper()}{wrong.reason[1:]}{at}."
    return f"{reason_words(finding.fault, finding.reason)}."


def _check_character(value: str) -> str:
    try:
        found = ContractId.read(value)
    except NotAnId:
        return EXPLANATIONS[Fault.WRONG_CHECK]
    return f"It ends in {found.given}; {found.check} would be right."


def _code(prefix: str) -> str:
    return f"{prefix[:2]}*{prefix[2:]}"
