"""Which checks are on for whom, and how strict: what staff set, over what the checks say themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from review.checks.catalogue import ALL, BY_CODE
from review.checks.declaration import Check, NotAllowed, Values
from review.checks.prices import RULES
from review.choices import Severity
from review.models import CheckSetting

PRICE = "price"


class Strictness(NamedTuple):
    """One check as it is set for somebody."""

    check: Check
    enabled: bool
    severity: Severity
    values: Values


class Settings:
    """All checks as they are set, read at once; asking asks no database."""

    def __init__(self, rows: Iterable[CheckSetting]) -> None:
        self._rows = {(row.code, row.partner_id): row for row in rows}
        self._known: dict[int | None, dict[str, Strictness]] = {}

    def of(self, partner_id: int | None) -> dict[str, Strictness]:
        """Every check for a partner, by code; ``None``: for everybody."""
        if partner_id not in self._known:
            self._known[partner_id] = {
                check.code: self._strictness(check, partner_id) for check in ALL
            }
        return self._known[partner_id]

    def enabled(self, partner_id: int | None) -> list[Strictness]:
        """What is checked on a CDR of a partner."""
        return [one for one in self.of(partner_id).values() if one.enabled]

    def rule_set(self, partner_id: int | None) -> str:
        """By which reading of OCPI a partner's CDRs are priced; a key of ``RULE_SETS``."""
        return self.of(partner_id)[PRICE].values.choices[RULES]

    def _strictness(self, check: Check, partner_id: int | None) -> Strictness:
        row = self._rows.get((check.code, partner_id)) or self._rows.get((check.code, None))
        if row is None:
            return Strictness(check, check.enabled, check.severity, check.values())
        values = values_of(check, row.parameters)
        return Strictness(check, row.enabled, Severity(row.severity), values)


def values_of(check: Check, kept: Mapping[str, Any]) -> Values:
    """What is kept of a check's parameters; where an upgrade narrowed what is possible, the usual values."""
    try:
        return check.values(kept)
    except NotAllowed:
        return check.values()


def load() -> Settings:
    """All settings, in one query: there are a few per partner at most."""
    return Settings(CheckSetting.objects.filter(code__in=list(BY_CODE)))
