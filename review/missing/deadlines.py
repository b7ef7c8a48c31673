"""How long partners have for their CDRs. It is set like a check, and is none: it looks at sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from review.checks import settings
from review.checks.catalogue import MISSING


class Deadlines:
    """The deadline of each partner after the end of a session; ``None``: its CDRs are not missed."""

    def __init__(self) -> None:
        self._settings = settings.load()

    def of(self, partner_id: int | None) -> timedelta | None:
        found = self._settings.of(partner_id)[MISSING]
        return timedelta(hours=float(found.values["hours"])) if found.enabled else None

    def hours(self, partner_ids: Iterable[int | None]) -> dict[int | None, Decimal | None]:
        """In hours, by primary key of the partner."""
        found = {one: self._settings.of(one)[MISSING] for one in partner_ids}
        return {key: one.values["hours"] if one.enabled else None for key, one in found.items()}

    def exceptions(self) -> list[int]:
        """The partners that have a deadline of their own, by primary key."""
        return self._settings.partners(MISSING)
