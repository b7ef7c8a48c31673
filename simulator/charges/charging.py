"""Everything about charges of one simulator, put together."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocpi.convert import Beside, Refused
from ocpi.versions import SUPPORTED
from simulator.accents import AccentSwitch
from simulator.charges.agenda import Agenda
from simulator.charges.answering import Answering
from simulator.charges.authorizing import Authorizing
from simulator.charges.book import Book
from simulator.charges.cardholders import Cardholders
from simulator.charges.commands_taken import CommandsTaken
from simulator.charges.drivers import Drivers
from simulator.charges.endpoints_cpo import (
    Callers,
    CommandsReceiver,
    ProfilesReceiver,
    SessionsSender,
)
from simulator.charges.endpoints_emsp import CdrsReceiver, ResultsSender, TokensSender
from simulator.charges.habits import Habits
from simulator.charges.invoices import METHODS, Invoices, InvoicesReceiver
from simulator.charges.invoices import MODULE as INVOICES
from simulator.charges.life import Life
from simulator.charges.mishaps import Chance
from simulator.charges.mistakes import Mistakes
from simulator.charges.operator import Operator
from simulator.charges.pace import Pace, PaceSwitch
from simulator.charges.partner import Lines
from simulator.charges.profiles import Profiles
from simulator.charges.provider import Provider
from simulator.charges.reading import Reader
from simulator.charges.results import Results
from simulator.charges.telling import Telling
from simulator.conduct import Conduct
from simulator.cpo import Cpo
from simulator.database import Database
from simulator.documents import Document, party_of
from simulator.identity import Identity
from simulator.ocpi_receiver import Receiver
from simulator.ocpi_sender import Sender
from simulator.outgoing import Outgoing
from simulator.own_locations import OwnLocations
from simulator.own_objects import OwnObjects
from simulator.received_objects import ObjectKey, ReceivedObjects
from simulator.receiving import Receiving
from simulator.registration import Registration
from simulator.violations import Violations

KEPT = 5000
TIDY_SECONDS = 600.0
PUSHED = ("GET", "PUT", "PATCH")


@dataclass(frozen=True)
class Parts:
    """What charging needs of the rest of the simulator."""

    database: Database
    identity: Identity
    registration: Registration
    outgoing: Outgoing
    conduct: Conduct
    violations: Violations
    accents: AccentSwitch
    own: dict[str, OwnObjects]
    locations: OwnLocations
    received: dict[str, ReceivedObjects]
    receiving: dict[str, Receiving]
    cpo: Cpo
    stopping: threading.Event
    seed: int


class Charging:
    """The charges of a simulator: as CPO, as eMSP, and the endpoints of both."""

    def __init__(self, parts: Parts, agenda: Agenda, pace: dict[str, float], first: Pace) -> None:
        own, received = parts.own, parts.received
        self._parts = parts
        self.agenda = agenda
        self.pace = PaceSwitch(parts.database, pace, first)
        self.chance = Chance(self.pace, parts.seed)
        self.book = Book(parts.database)
        lines = Lines(
            parts.identity, parts.registration, parts.outgoing, parts.conduct, parts.violations
        )
        self.telling = Telling(lines, self.pace)
        self.authorizing = Authorizing(lines, received["tokens"])
        self.operator = Operator(
            parts.database,
            agenda,
            self.pace,
            self.book,
            own,
            parts.locations,
            parts.cpo,
            self.telling,
            Mistakes(self.pace, parts.seed),
        )
        self.life = Life(agenda, self.pace, self.book, self.operator, parts.cpo, self.chance)
        self.drivers = Drivers(
            parts.cpo,
            parts.locations,
            received["tokens"],
            self.authorizing,
            self.operator,
            self.life,
            self.chance,
        )
        results = Results(agenda, self.pace, lines)
        self.commands = CommandsTaken(
            self.pace,
            self.book,
            parts.locations,
            self.drivers,
            self.operator,
            self.life,
            results,
            self.chance,
        )
        self.profiles = Profiles(agenda, self.book, lines, results, self.chance)
        self.answering = Answering(
            self.pace, own["tokens"], parts.identity.party, parts.stopping, parts.seed
        )
        self.provider = Provider(
            agenda, parts.identity, lines, own["tokens"], received, self.chance
        )
        self.cardholders = Cardholders(parts.identity, lines, own["tokens"], self.chance)
        self.invoices = Invoices(agenda, self.pace, lines, own, self.chance)
        self._habits = Habits(
            agenda,
            self.pace,
            parts.registration,
            self.drivers,
            self.provider,
            self.cardholders,
            self.chance,
        )
        self._explain_2_1_1()

    def start(self) -> None:
        """Begin to charge; what a former process left behind is ended."""
        self.life.resume()
        self._habits.begin()
        self.invoices.begin()
        self._tidy()
        self.agenda.start()

    def stop(self, timeout: float) -> None:
        """End the threads."""
        self.agenda.stop(timeout)

    def senders(self) -> Mapping[str, Any]:
        """What answers below `sender/`."""
        parts, reader = self._parts, self._reader
        lists = {
            module: Sender(parts.identity, parts.own[module], parts.accents, self._own_location)
            for module in ("tokens", "sessions", "cdrs")
        }
        return {
            "tokens": TokensSender(lists["tokens"], reader, self.answering),
            "sessions": SessionsSender(lists["sessions"], reader, self.profiles),
            "cdrs": lists["cdrs"],
            INVOICES: Sender(parts.identity, parts.own[INVOICES], parts.accents),
            "commands": ResultsSender(reader, self.provider, "commands"),
            "chargingprofiles": ResultsSender(reader, self.provider, "chargingprofiles"),
        }

    def receivers(self) -> Mapping[str, Any]:
        """What answers below `receiver/`."""
        parts, reader = self._parts, self._reader
        callers = Callers(parts.identity, parts.registration)
        methods = dict.fromkeys(SUPPORTED, PUSHED)
        return {
            "tokens": Receiver(
                parts.receiving["tokens"], parts.accents, depth=1, methods=methods, typed=True
            ),
            "sessions": Receiver(
                parts.receiving["sessions"], parts.accents, depth=1, methods=methods
            ),
            "cdrs": CdrsReceiver(
                parts.identity,
                parts.registration,
                reader,
                parts.received["cdrs"],
                parts.received["locations"],
            ),
            "commands": CommandsReceiver(reader, callers, self.commands),
            INVOICES: InvoicesReceiver(
                Receiver(
                    parts.receiving[INVOICES],
                    parts.accents,
                    depth=1,
                    methods=dict.fromkeys(SUPPORTED, METHODS),
                ),
                reader,
                parts.received[INVOICES],
            ),
            "chargingprofiles": ProfilesReceiver(reader, callers, self.profiles),
        }

    def as_json(self) -> dict[str, Any]:
        """The figures for the state page."""
        sent = self.provider.as_json()
        return {
            "pace": self.pace.as_json(),
            "charges": self.book.counts(),
            "swiped": self.drivers.swiped,
            "refused": self.drivers.refused,
            "asked": self.answering.asked,
            "allowed": self.answering.allowed,
            "commands_sent": len(sent),
            "commands_with_result": sum(bool(entry["results"]) for entry in sent),
            "commands_taken": len(self.commands.as_json()),
            "failures": self.telling.failures,
            "last_failure": self.telling.last_failure,
            "own": {
                module: self._parts.own[module].count() for module in ("tokens", "sessions", "cdrs")
            },
            "received": {
                module: self._parts.received[module].count()[0]
                for module in ("tokens", "sessions", "cdrs")
            },
        }

    def _tidy(self) -> None:
        """What happened long ago is forgotten, so that a demo may run for weeks."""
        self.agenda.after(TIDY_SECONDS, self._tidy)
        for module in ("sessions", "cdrs"):
            self._parts.received[module].trim(KEPT)

    @property
    def _reader(self) -> Reader:
        return Reader(self._parts.conduct, self._parts.violations)

    def _explain_2_1_1(self) -> None:
        """Sessions and CDRs of 2.1.1 name a Token by its contract, and hold a whole Location."""
        beside = Beside(token_of=self._token_of)
        for module in ("sessions", "cdrs"):
            self._parts.received[module].beside = lambda document: beside
        self._parts.receiving["sessions"].location_of = self._their_location

    def _token_of(self, contract: str) -> Document:
        """The Token of ours with this contract; Refused for one that is none of ours."""
        wanted = contract.upper()
        for token in self._parts.own["tokens"].documents():
            if token["contract_id"].upper() == wanted:
                return token
        raise Refused(f"There is no contract {contract} of ours")

    def _their_location(self, session: Document) -> Document | None:
        found = ObjectKey.of(*party_of(session), session["location_id"])
        return self._parts.received["locations"].get(found)

    def _own_location(self, document: Document) -> Document | None:
        location_id = document.get("location_id") or document.get("cdr_location", {}).get("id")
        return self._parts.locations.find(location_id) if location_id else None
