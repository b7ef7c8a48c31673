"""The CDRs of sessions: asked of what lies above, which says so when its app is ready."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from charging.models import Session


class Record(NamedTuple):
    """A CDR of a session, for people: its name and page, when it came, what it says before tax.

    ``energy`` is in kWh.
    """

    reference: str
    url: str
    received_at: datetime
    currency: str
    total_cost: Decimal
    energy: Decimal
    is_credit: bool


class Records(Protocol):
    def of(self, sessions: Collection[Session]) -> dict[int, list[Record]]:
        """By the session's primary key, in order of arrival; those without one are left out."""
        ...


_records: list[Records] = []


def register(records: Records) -> None:
    """Called once, from the app's ``ready()``."""
    _records[:] = [records]


def of(sessions: Collection[Session]) -> dict[int, list[Record]]:
    return _records[0].of(sessions) if _records and sessions else {}


def of_session(session: Session) -> list[Record]:
    return of([session]).get(session.pk, [])
