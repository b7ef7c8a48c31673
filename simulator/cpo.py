"""The simulated operator: EVSEs change status, tariffs change now and then, each change is pushed."""

import logging
import random
import threading
import time
from typing import Any

from simulator.database import Database, DatabaseClosedError
from simulator.documents import Document, party_of
from simulator.own_locations import STATUSES, EvseKey, OwnLocations
from simulator.pushing import Push, Pusher
from simulator.tariffs import TariffChanges

logger = logging.getLogger(__name__)

RATE_SETTING = "changes_per_minute"
DEFAULT_RATE = 60.0
MAX_RATE = 60_000.0
# Of so many changes one is of a tariff.
CHANGES_PER_TARIFF_CHANGE = 100
ATTEMPTS = 20

# From each status to the next ones, with weights: most of the time cars come and go.
TRANSITIONS: dict[str, tuple[tuple[str, int], ...]] = {
    "AVAILABLE": (("CHARGING", 90), ("BLOCKED", 5), ("OUTOFORDER", 3), ("RESERVED", 2)),
    "CHARGING": (("AVAILABLE", 92), ("BLOCKED", 5), ("OUTOFORDER", 3)),
    "BLOCKED": (("AVAILABLE", 100),),
    "RESERVED": (("CHARGING", 80), ("AVAILABLE", 20)),
    "OUTOFORDER": (("INOPERATIVE", 40), ("AVAILABLE", 60)),
    "INOPERATIVE": (("AVAILABLE", 100),),
    "UNKNOWN": (("AVAILABLE", 100),),
}


class Cpo:
    """One thread that changes things at the set rate."""

    def __init__(
        self,
        database: Database,
        locations: OwnLocations,
        tariffs: TariffChanges,
        pusher: Pusher,
        seed: int,
    ) -> None:
        self._database = database
        self._locations = locations
        self._tariffs = tariffs
        self._pusher = pusher
        self._random = random.Random(seed)  # noqa: S311  # a simulation, not secrets
        self._wake = threading.Condition()
        self._stopping = False
        self._statuses = locations.evses()
        self._candidates = list(self._statuses)
        self._taken: set[EvseKey] = set()
        self._rate: float = database.setting(RATE_SETTING) or 0.0
        self._changes = 0
        self._tariff_changes = 0
        self._thread = threading.Thread(target=self._work, name="changes", daemon=True)

    def start(self) -> None:
        """Begin to change."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(timeout)

    def set_rate(self, changes_per_minute: float) -> None:
        """Change this many statuses per minute from now on; kept over a restart."""
        self._database.set_setting(RATE_SETTING, changes_per_minute)
        with self._wake:
            self._rate = changes_per_minute
            self._wake.notify_all()

    def set_status(self, evse: EvseKey, status: str) -> Document:
        """Change one status now, push it, and return the EVSE.

        KeyError when there is no such EVSE, ValueError when there is no such status.
        """
        if status not in STATUSES:
            raise ValueError(f"status: {status!r} is not one of {', '.join(sorted(STATUSES))}")
        location, document = self._locations.set_status(evse, status)
        with self._wake:
            self._statuses[evse] = status
            self._changes += 1
        self._pusher.add(Push("locations", party_of(location), location["id"], document["uid"]))
        return document

    def take(self, evse: EvseKey) -> bool:
        """Keep an EVSE for a charge, so that nothing else changes it; whether it was free."""
        with self._wake:
            if self._statuses.get(evse) != "AVAILABLE" or evse in self._taken:
                return False
            self._taken.add(evse)
            return True

    def keep(self, evse: EvseKey) -> None:
        """A charge stands there since before the start of this process."""
        with self._wake:
            self._taken.add(evse)

    def release(self, evse: EvseKey) -> None:
        """The charge is over."""
        with self._wake:
            self._taken.discard(evse)

    def free(self) -> list[EvseKey]:
        """The EVSEs where a charge may begin, in the order of the Locations."""
        with self._wake:
            return [
                evse
                for evse, status in self._statuses.items()
                if status == "AVAILABLE" and evse not in self._taken
            ]

    def change_tariff(self, what: str) -> Document | None:
        """Change, create or delete a tariff now, push that, and return it; None without any.

        ValueError when `what` is none of the three.
        """
        deeds = {
            "change": self._tariffs.change,
            "create": self._tariffs.create,
            "delete": self._tariffs.delete,
            "something": self._tariffs.something,
        }
        if what not in deeds:
            raise ValueError(f"what: {what!r} is not one of {', '.join(deeds)}")
        tariff = deeds[what]()
        if tariff is not None:
            with self._wake:
                self._tariff_changes += 1
            self._pusher.add(Push("tariffs", party_of(tariff), tariff["id"]))
        return tariff

    def as_json(self) -> dict[str, Any]:
        """Return the figures for the state page."""
        with self._wake:
            return {
                "locations": self._locations.count(),
                "evses": len(self._statuses),
                "tariffs": self._tariffs.count(),
                "changes_per_minute": self._rate,
                "changes": self._changes,
                "tariff_changes": self._tariff_changes,
                **self._pusher.as_json(),
            }

    def reset_counts(self) -> None:
        """Count from zero."""
        with self._wake:
            self._changes = self._tariff_changes = 0
        self._pusher.reset_counts()

    def _work(self) -> None:
        try:
            self._change_forever()
        except DatabaseClosedError:
            logger.debug("stopped while changing")

    def _change_forever(self) -> None:
        due = time.monotonic()
        while True:
            with self._wake:
                while not self._stopping and not self._is_due(due):
                    started, rate = time.monotonic(), self._rate
                    self._wake.wait(max(0.0, due - started) if rate and self._candidates else None)
                    if rate != self._rate:
                        due = time.monotonic()
                if self._stopping:
                    return
                # After a long sleep of the machine there is nothing to catch up with.
                due = max(due, time.monotonic() - 1.0) + 60.0 / self._rate
                change = self._next_change()
            if change is None:
                continue
            self.set_status(*change)
            if self._changes % CHANGES_PER_TARIFF_CHANGE == 0:
                self.change_tariff("something")

    def _is_due(self, due: float) -> bool:
        return bool(self._rate and self._candidates) and time.monotonic() >= due

    def _next_change(self) -> tuple[EvseKey, str] | None:
        """An EVSE and its next status; None when chance met only those that are not to change."""
        for _ in range(ATTEMPTS):
            evse = self._random.choice(self._candidates)
            options = TRANSITIONS.get(self._statuses[evse])
            if options and evse not in self._taken:
                statuses, weights = zip(*options, strict=True)
                return evse, self._random.choices(statuses, weights)[0]
        return None
