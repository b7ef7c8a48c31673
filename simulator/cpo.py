"""The simulated operator: EVSEs change status, and each change is pushed to the partner."""

import logging
import random
import sqlite3
import threading
import time
from typing import Any

from ocpi.client import OCPIClient, OCPIResponse
from ocpi.status import StatusCode
from ocpi.urls import join
from ocpi.versions import InterfaceRole, Role
from simulator.accents import AccentSwitch
from simulator.database import Database, DatabaseClosedError
from simulator.documents import Document, find_evse, now
from simulator.outgoing import Outgoing
from simulator.own_locations import STATUSES, EvseKey, OwnLocations
from simulator.registration import Registration

logger = logging.getLogger(__name__)

RATE_SETTING = "changes_per_minute"
DEFAULT_RATE = 60.0
MAX_RATE = 60_000.0
AWAY_SECONDS = 0.5

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
    """Two threads: one changes statuses at the set rate, one pushes what has changed."""

    def __init__(
        self,
        database: Database,
        locations: OwnLocations,
        registration: Registration,
        outgoing: Outgoing,
        accents: AccentSwitch,
        seed: int,
    ) -> None:
        self._database = database
        self._locations = locations
        self._registration = registration
        self._outgoing = outgoing
        self._accents = accents
        self._random = random.Random(seed)  # noqa: S311  # a simulation, not secrets
        self._wake = threading.Condition()
        self._stopping = False
        self._statuses = locations.evses()
        self._candidates = list(self._statuses)
        self._rate: float = database.setting(RATE_SETTING) or 0.0
        self._pending: dict[EvseKey, None] = {}
        self._pushing = False
        self._counts = {"changes": 0, "patched": 0, "put": 0, "failed": 0}
        self._last_push_at: str | None = None
        self._last_failure: str | None = None
        self._threads = [
            threading.Thread(target=_until_closed, args=(work,), name=name, daemon=True)
            for name, work in (("changes", self._change_forever), ("pushes", self._push_forever))
        ]

    def start(self) -> None:
        """Begin to change and to push."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """End both threads; one that still waits for the partner ends with the process."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout)

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
        document = self._locations.set_status(evse, status)
        with self._wake:
            self._statuses[evse] = status
            self._pending[evse] = None
            self._counts["changes"] += 1
            self._wake.notify_all()
        return document

    def as_json(self) -> dict[str, Any]:
        """Return the figures for the state page."""
        with self._wake:
            return {
                "locations": self._locations.count(),
                "evses": len(self._statuses),
                "changes_per_minute": self._rate,
                "pending_pushes": len(self._pending) + self._pushing,
                "last_push_at": self._last_push_at,
                "last_failure": self._last_failure,
                **self._counts,
            }

    def reset_counts(self) -> None:
        """Count from zero."""
        with self._wake:
            self._counts = dict.fromkeys(self._counts, 0)
            self._last_failure = None

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
                evse, status = self._next_change()
            self.set_status(evse, status)

    def _is_due(self, due: float) -> bool:
        return bool(self._rate and self._candidates) and time.monotonic() >= due

    def _next_change(self) -> tuple[EvseKey, str]:
        while True:
            evse = self._random.choice(self._candidates)
            options = TRANSITIONS.get(self._statuses[evse])
            if options:
                statuses, weights = zip(*options, strict=True)
                return evse, self._random.choices(statuses, weights)[0]

    def _push_forever(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._stopping or self._pending)
                if self._stopping:
                    return
                evse = next(iter(self._pending))
                del self._pending[evse]
                self._pushing = True
            try:
                if not self._push(evse):
                    self._push_later(evse)
            except (ValueError, LookupError, sqlite3.Error):
                logger.exception("A push of %s failed", evse)
            finally:
                with self._wake:
                    self._pushing = False

    def _push_later(self, evse: EvseKey) -> None:
        """The partner is away, perhaps just starting: nothing was sent, so nothing is lost."""
        with self._wake:
            self._pending.setdefault(evse)
            self._wake.wait_for(lambda: self._stopping, AWAY_SECONDS)

    def _push(self, evse: EvseKey) -> bool:
        """Push the current status; without a partner, or when it fails, they have to pull it.

        False when the partner could not be reached.
        """
        partner = self._registration.partner
        url = partner.endpoint("locations", InterfaceRole.RECEIVER) if partner else None
        location = self._locations.get(evse.location_id)
        if partner is None or url is None or location is None:
            return True
        return self._send(self._outgoing.to_partner(partner, Role.EMSP), url, location, evse)

    def _send(self, client: OCPIClient, url: str, location: Document, evse_key: EvseKey) -> bool:
        target = join(url, location["country_code"], location["party_id"], location["id"])
        evse = find_evse(location, evse_key.evse_uid) or {}
        accent, zone = self._accents.now, location["time_zone"]
        url = join(target, evse["uid"])
        if accent.pushes_parts:
            response = client.request("PUT", url, data=accent.spell_push(evse, zone))
            outcome = "put"
        else:
            changes = {"status": evse["status"], "last_updated": evse["last_updated"]}
            response = client.request("PATCH", url, data=changes)
            outcome = "patched"
        if _is_unknown(response):
            # OCPI 2.2.1, transport_and_format, PATCH: what does not exist there is PUT.
            response = client.request("PUT", target, data=accent.spell_push(location, zone))
            outcome = "put"
        if response.failure is not None and response.failure.is_clean:
            return False
        self._note(outcome, response)
        return True

    def _note(self, outcome: str, response: OCPIResponse) -> None:
        with self._wake:
            if response.ok:
                self._counts[outcome] += 1
                self._last_push_at = now()
            else:
                self._counts["failed"] += 1
                self._last_failure = response.diagnosis


def _is_unknown(response: OCPIResponse) -> bool:
    return response.http_status == 404 or response.status_code == StatusCode.UNKNOWN_LOCATION


def _until_closed(work: Any) -> None:
    try:
        work()
    except DatabaseClosedError:
        logger.debug("stopped while working")
