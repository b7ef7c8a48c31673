"""All checks there are, in the order in which staff read them."""

from __future__ import annotations

from typing import NamedTuple

from review.checks import (
    amounts,
    charges,
    drivers,
    energy,
    evidence,
    prices,
    sessions,
    taking_back,
    times,
)
from review.checks.declaration import Check
from review.checks.sessions import MISSING

__all__ = ["ALL", "BY_CODE", "FAILED", "GROUPS", "MISSING", "Group", "title_of"]

FAILED = "failed"
"""The code of a finding that is none: the CDR could not be checked."""


class Group(NamedTuple):
    """Checks that are about the same, under a heading."""

    title: str
    checks: tuple[Check, ...]


GROUPS = (
    Group("Price and tariff", prices.CHECKS),
    Group("Amounts", amounts.CHECKS),
    Group("Session and other charges", charges.CHECKS),
    Group("Energy and power", energy.CHECKS),
    Group("Times", times.CHECKS),
    Group("Card, contract and EVSE", drivers.CHECKS),
    Group("Credits", taking_back.CHECKS),
    Group("Evidence", evidence.CHECKS),
    Group("CDRs that do not come", sessions.CHECKS),
)
ALL: tuple[Check, ...] = tuple(check for group in GROUPS for check in group.checks)
BY_CODE: dict[str, Check] = {check.code: check for check in ALL}


def title_of(code: str) -> str:
    """What staff call the check that made a finding."""
    if code == FAILED:
        return "Could not be checked"
    check = BY_CODE.get(code)
    return check.title if check else code
