"""The charges that are going on, and how they stand: kept in SQLite, so that a restart can end them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from ocpi import json
from ocpi.ids import PartyId
from simulator.database import Database
from simulator.own_locations import EvseKey

KEPT = 500
LOCKS = 64


class Phase(StrEnum):
    """How a charge stands. COMPLETED waits for its CDR; DONE and INVALID are over."""

    RESERVED = "reserved"
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    DONE = "done"
    INVALID = "invalid"


RUNNING = (Phase.RESERVED, Phase.PENDING, Phase.ACTIVE)
OPEN = (*RUNNING, Phase.COMPLETED)


@dataclass
class Charge:
    """One charge at an EVSE of ours; `id` is that of its session. Times are OCPI DateTimes.

    `token` is the whole Token; `power_kw` is what flows, `metered` is until when its
    energy is in the session, `tariff` the Tariff as it was when the charge began.
    `told` is false while the partner has not taken the last state of the session.
    `automatic` charges go on by themselves.
    """

    id: str
    location_id: str
    evse_uid: str
    connector_id: str
    token: dict[str, Any]
    auth_method: str
    phase: Phase
    automatic: bool
    began: str
    metered: str
    power_kw: float
    authorization_reference: str | None = None
    reservation_id: str | None = None
    expires: str | None = None
    updates: int = 0
    told: bool = False
    told_periods: int = 0
    mishap: str | None = None
    profile: dict[str, Any] | None = None
    preferences: dict[str, Any] | None = None
    correlation_id: str | None = None
    cdr_ids: list[str] = field(default_factory=list)
    cdr_url: str | None = None
    tariff: dict[str, Any] | None = None

    @property
    def evse(self) -> EvseKey:
        return EvseKey(self.location_id, self.evse_uid)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Book:
    """Reads and writes charges."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._locks = tuple(threading.RLock() for _ in range(LOCKS))

    @contextmanager
    def changing(self, charge_id: str) -> Iterator[Charge]:
        """One step of a charge, alone; LookupError when there is none. What it becomes is kept."""
        with self._locks[hash(charge_id.upper()) % LOCKS]:
            charge = self.get(charge_id)
            if charge is None:
                raise LookupError(f"There is no charge {charge_id}.")
            yield charge
            self.put(charge)

    def put(self, charge: Charge) -> None:
        """Add or replace a charge."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO charge (id, phase, document) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, document = excluded.document",
                (charge.id, charge.phase, json.dumps(charge.as_json())),
            )

    def get(self, charge_id: str) -> Charge | None:
        """The charge of a session, whatever the case of its id; or None."""
        rows = self._database.rows(
            "SELECT document FROM charge WHERE id = ? COLLATE NOCASE", (charge_id,)
        )
        return _charge(rows[0][0]) if rows else None

    def reserved(self, reservation_id: str, owner: PartyId | None) -> Charge | None:
        """The charge of a reservation that is in force, of this eMSP where it is named."""
        for charge in self.all(Phase.RESERVED):
            theirs = PartyId.of(charge.token["country_code"], charge.token["party_id"])
            if charge.reservation_id == reservation_id and owner in (None, theirs):
                return charge
        return None

    def all(self, *phases: Phase, limit: int = KEPT) -> list[Charge]:
        """The charges in these phases, or all; the latest first."""
        rows = self._database.rows(
            "SELECT document FROM charge WHERE phase IN (SELECT value FROM json_each(?))"
            " ORDER BY position DESC LIMIT ?",
            (orjson.dumps(phases or tuple(Phase)).decode(), limit),
        )
        return [_charge(document) for (document,) in rows]

    def counts(self) -> dict[str, int]:
        """How many there are in each phase."""
        rows = self._database.rows("SELECT phase, count(*) FROM charge GROUP BY phase")
        return {str(phase): int(count) for phase, count in rows}

    def trim(self) -> None:
        """Forget the oldest that are over."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM charge WHERE phase IN ('done', 'invalid') AND position <= coalesce("
                "(SELECT position FROM charge ORDER BY position DESC LIMIT 1 OFFSET ?), -1)",
                (KEPT,),
            )


def _charge(document: bytes) -> Charge:
    held = orjson.loads(document)
    return Charge(**{**held, "phase": Phase(held["phase"])})
