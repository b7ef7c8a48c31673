"""Commands of eMSPs to our EVSEs (mod_commands, Receiver): answered at once, done a little later."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from ocpi.ids import PartyId
from simulator.charges.book import RUNNING, Book, Charge, Phase
from simulator.charges.drivers import Drivers
from simulator.charges.faults import ChargeFault
from simulator.charges.life import Life
from simulator.charges.mishaps import Chance, CommandMishap
from simulator.charges.operator import Begin, NotPossibleError, Operator
from simulator.charges.pace import PaceSwitch
from simulator.charges.results import TIMEOUT_SECONDS, Asked, Results
from simulator.documents import Document, find_connector, find_evse, now
from simulator.own_locations import EvseKey, OwnLocations

KEPT = 200
ACCEPTED, REJECTED = "ACCEPTED", "REJECTED"


class Taken(NamedTuple):
    """A command that came: from whom, and what is to be done for it."""

    command: str
    document: Document
    asked: Asked


class CommandsTaken:
    """Answers commands and carries them out."""

    def __init__(
        self,
        pace: PaceSwitch,
        book: Book,
        locations: OwnLocations,
        drivers: Drivers,
        operator: Operator,
        life: Life,
        results: Results,
        chance: Chance,
    ) -> None:
        self._pace = pace
        self._book = book
        self._locations = locations
        self._drivers = drivers
        self._operator = operator
        self._life = life
        self._results = results
        self._chance = chance
        self._lock = threading.Lock()
        self._log: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._deeds: dict[str, Callable[[Taken], str]] = {
            "START_SESSION": self._start_session,
            "STOP_SESSION": self._stop_session,
            "RESERVE_NOW": self._reserve_now,
            "CANCEL_RESERVATION": self._cancel_reservation,
            "UNLOCK_CONNECTOR": self._unlock_connector,
        }

    def answer(self, taken: Taken) -> Document:
        """The canonical CommandResponse; what it promises lies on the agenda then."""
        entry = {"at": now(), "command": taken.command, "document": taken.document, "result": None}
        with self._lock:
            self._log.append(entry)
        if self._pace.has(ChargeFault.NO_COMMANDS):
            result = "NOT_SUPPORTED"
        elif self._pace.has(ChargeFault.REJECT_COMMANDS):
            result = REJECTED
        else:
            try:
                result = self._deeds[taken.command](taken)
            except NotPossibleError:
                result = REJECTED
        entry["response"] = result
        return {"result": result, "timeout": TIMEOUT_SECONDS}

    def as_json(self) -> list[dict[str, Any]]:
        """The commands that came, the latest first."""
        with self._lock:
            return list(reversed(self._log))

    def _start_session(self, taken: Taken) -> str:
        evse = self._evse(taken)
        phase = Phase.PENDING if self._pace.now.is_running else Phase.ACTIVE
        self._begin_later(taken, evse, phase)
        return ACCEPTED

    def _reserve_now(self, taken: Taken) -> str:
        evse = self._evse(taken)
        former = self._book.reserved(taken.document["reservation_id"], _theirs(taken))
        if former is not None and former.evse == evse:
            # The same reservation once more: it lasts longer.
            with self._book.changing(former.id) as charge:
                charge.expires = taken.document["expiry_date"]
            self._later(taken, ACCEPTED, _nothing)
            return ACCEPTED
        self._begin_later(taken, evse, Phase.RESERVED)
        return ACCEPTED

    def _cancel_reservation(self, taken: Taken) -> str:
        charge = self._book.reserved(taken.document["reservation_id"], _theirs(taken))
        if charge is None:
            self._later(taken, "UNKNOWN_RESERVATION", _nothing)
            return ACCEPTED
        found = charge.id
        self._later(taken, ACCEPTED, lambda: self._operator.invalidate(found))
        return ACCEPTED

    def _stop_session(self, taken: Taken) -> str:
        charge = self._book.get(taken.document["session_id"])
        if charge is None or charge.phase not in RUNNING or not _is_of(charge, taken):
            return "UNKNOWN_SESSION"
        found = charge.id
        self._later(taken, ACCEPTED, lambda: self._stop(found))
        return ACCEPTED

    def _unlock_connector(self, taken: Taken) -> str:
        document = taken.document
        location = self._locations.find(document["location_id"])
        evse = location and find_evse(location, document["evse_uid"])
        connector = evse and find_connector(evse, document["connector_id"])
        if not connector:
            raise NotPossibleError("There is no such connector.")
        # A cable is fixed to the charging station: there is nothing to unlock.
        is_fixed = connector["format"] == "CABLE"
        self._later(taken, "NOT_SUPPORTED" if is_fixed else ACCEPTED, _nothing)
        return ACCEPTED

    def _evse(self, taken: Taken) -> EvseKey:
        document = taken.document
        return self._drivers.located(document["location_id"], document.get("evse_uid"))

    def _begin_later(self, taken: Taken, evse: EvseKey, phase: Phase) -> None:
        """Whether the EVSE is free shows only when it gets the command."""
        document = taken.document
        begun: list[Charge] = []

        def make() -> tuple[Document, bool]:
            if self._results.fails or mishap is CommandMishap.FAILED:
                return {"result": "FAILED"}, False
            begin = Begin(
                evse,
                document["token"],
                "COMMAND",
                phase,
                connector_id=document.get("connector_id"),
                authorization_reference=document.get("authorization_reference"),
                reservation_id=document.get("reservation_id"),
                expires=document.get("expiry_date"),
                automatic=self._pace.now.is_running,
                mishap=self._chance.of_charge(),
                correlation_id=taken.asked.correlation_id,
            )
            try:
                begun.append(self._operator.prepare(begin))
            except NotPossibleError:
                return {"result": "EVSE_OCCUPIED"}, False
            return {"result": ACCEPTED}, True

        def go_on() -> None:
            for charge in begun:
                self._life.plan(self._operator.begin(charge))

        mishap = self._chance.of_command()
        self._results.plan(taken.asked, "command_result", make, go_on, mishap=mishap)

    def _stop(self, charge_id: str) -> None:
        self._life.plan(self._operator.stop(charge_id))

    def _later(self, taken: Taken, result: str, deed: Callable[[], object]) -> None:
        def make() -> tuple[Document, bool]:
            if self._results.fails:
                return {"result": "FAILED"}, False
            return {"result": result}, result == ACCEPTED

        self._results.plan(taken.asked, "command_result", make, lambda: _ignoring(deed))


def _ignoring(deed: Callable[[], object]) -> None:
    try:
        deed()
    except (NotPossibleError, LookupError):
        # The charge ended by itself in between.
        return


def _nothing() -> None:
    return


def _theirs(taken: Taken) -> PartyId | None:
    return taken.asked.theirs


def _is_of(charge: Charge, taken: Taken) -> bool:
    """A session of another eMSP is none that it may know of."""
    theirs = taken.asked.theirs
    owner = PartyId.of(charge.token["country_code"], charge.token["party_id"])
    return theirs is None or theirs == owner
