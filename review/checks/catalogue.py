"""All checks there are, in the order in which staff read them."""

from __future__ import annotations

from typing import NamedTuple

from review.checks import amounts, charges, drivers, energy, evidence, prices, taking_back, times
from review.checks.declaration import Check

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
)
ALL: tuple[Check, ...] = tuple(check for group in GROUPS for check in group.checks)
BY_CODE: dict[str, Check] = {check.code: check for check in ALL}


def title_of(code: str) -> str:
    """What staff call the check that made a finding."""
    if code == FAILED:
        return "Could not be checked"
    check = BY_CODE.get(code)
    return check.title if check else code
