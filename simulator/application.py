"""One simulated partner: its parts put together, started and stopped."""

import logging
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED, WITHOUT_ROUTING, Role
from simulator.accents import Accent, AccentSwitch
from simulator.charges.agenda import THREADS, Agenda, Now, system_clock
from simulator.charges.charging import Charging, Parts
from simulator.charges.control import ChargeControl
from simulator.charges.pace import LIVELY, Pace
from simulator.conduct import Conduct
from simulator.control import Control
from simulator.cpo import DEFAULT_RATE, RATE_SETTING, Cpo
from simulator.database import Database, DatabaseClosedError
from simulator.emsp import RETRY_SECONDS, Emsp, PullMode
from simulator.faults import FaultSwitch
from simulator.handshake import Handshake, HandshakeError
from simulator.identity import MODULES, Identity, parties_of
from simulator.messages import Request, Response, json_response
from simulator.ocpi_api import OcpiApi
from simulator.ocpi_receiver import Receiver
from simulator.ocpi_sender import Sender
from simulator.outgoing import Outgoing
from simulator.owning import own_of
from simulator.pushing import Pusher
from simulator.received_objects import ReceivedObjects
from simulator.receiving import Receiving
from simulator.registration import Registration
from simulator.requests_log import RequestsLog
from simulator.server import Server
from simulator.tariffs import TariffChanges
from simulator.violations import Violations

logger = logging.getLogger(__name__)

DEFAULT_PARTY = PartyId("NL", "SIM")
FILE_NAME = "simulator.sqlite3"
JOIN_SECONDS = 0.4
METHODS = ("GET", "PUT", "PATCH")
TARIFF_METHODS = ("GET", "PUT", "DELETE")
# Of tariffs, only OCPI 2.1.1 has PATCH.
_RECEIVERS: dict[str, Any] = {
    "locations": {"depth": 3, "methods": dict.fromkeys(SUPPORTED, METHODS)},
    "tariffs": {
        "depth": 1,
        "methods": {
            version: (*TARIFF_METHODS, "PATCH") if version in WITHOUT_ROUTING else TARIFF_METHODS
            for version in SUPPORTED
        },
    },
}
CONNECT_RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class Settings:
    """How to run. Port 0 takes a free port; without `base_url` it is the address listened on.

    `changes_per_minute` and `accent` None keep what the data folder says, or take the default.
    `parties` is how many CPOs it is platform of, `role` the one that it has at OCPI 2.1.1. `pace` is
    what to change of how often and how long cars charge (`simulator.charges.pace`), `lively` how that
    is in a new data folder. `load` is a file of
    what it has (`locations`, `tariffs`, `tokens`) instead of what it makes up. With a `clock`, what is
    due later is done by whoever moves it (`Charging.agenda`).
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    base_url: str | None = None
    party: PartyId = DEFAULT_PARTY
    name: str = "Simulated Charging"
    locations: int = 120
    seed: int = 1
    changes_per_minute: float | None = None
    control_key: str | None = None
    versions: tuple[str, ...] = SUPPORTED
    role: Role = Role.CPO
    parties: int = 1
    accent: Accent | None = None
    pace: dict[str, float] = field(default_factory=dict)
    lively: bool = False
    load: Path | None = None
    clock: Now | None = None


class Simulator:
    """A running partner. `start` returns at once, `stop` takes less than two seconds."""

    def __init__(self, settings: Settings) -> None:
        """Open the data folder and the port; OSError or sqlite3.Error when that is not possible."""
        self._stopping = threading.Event()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self._server = Server(settings.host, settings.port, self._answer)
        host, port = self._server.server_address[:2]
        base_url = settings.base_url or f"http://{host!s}:{port}"
        self.identity = Identity(
            parties_of(settings.party, settings.parties),
            settings.name,
            base_url.rstrip("/"),
            settings.versions,
            settings.role,
        )
        self._database = Database(settings.data_dir / FILE_NAME)
        self._build(settings)

    def start(self) -> None:
        """Serve, change statuses, push and pull."""
        self._server.start()
        self._pusher.start()
        self._cpo.start()
        self._emsp.start()
        self.charging.start()

    def stop(self) -> None:
        """Stop everything; what is stored stays."""
        self._stopping.set()
        self._server.stop()
        self.charging.stop(JOIN_SECONDS)
        self._cpo.stop(JOIN_SECONDS)
        self._pusher.stop(JOIN_SECONDS)
        self._emsp.stop(JOIN_SECONDS)
        self._database.close()

    def connect_when_possible(
        self, versions_url: str, token: str, version: str | None = None
    ) -> None:
        """Register in the background, unless the data folder says that this is done.

        `version` is the one to register at; None takes the best that both sides have.

        A partner that has moved is another partner. While it cannot be reached, it is tried again
        and again; a refusal is final.
        """
        known = self.registration.partner
        if known is not None and known.versions_url != versions_url:
            self.registration.forget()
            known = None
        if known is None:
            threading.Thread(
                target=self._connect,
                args=(versions_url, token, version),
                name="connect",
                daemon=True,
            ).start()

    def _build(self, settings: Settings) -> None:
        database, identity = self._database, self.identity
        accents = AccentSwitch(database)
        if settings.accent is not None:
            accents.set(settings.accent)
        violations = Violations()
        conduct = Conduct(violations)
        self.registration = Registration(database)
        outgoing = Outgoing(accents, conduct)
        self._handshake = Handshake(
            identity, self.registration, outgoing, violations, self._registered
        )

        own, locations = own_of(database, identity, settings)
        self._pusher = Pusher(identity, own, self.registration, outgoing, accents)
        _keep_rate(database, settings.changes_per_minute)
        changes = TariffChanges(own["tariffs"], identity.parties, settings.seed)
        self._cpo = Cpo(database, locations, changes, self._pusher, settings.seed)

        self.received = {module: ReceivedObjects(database, module) for module in MODULES}
        receiving = {
            module: Receiving(database, self.received[module], conduct, violations)
            for module in MODULES
        }
        self._emsp = Emsp(
            database,
            identity,
            self.received,
            receiving,
            self.registration,
            outgoing,
            conduct,
            violations,
        )
        self.charging = Charging(
            Parts(
                database,
                identity,
                self.registration,
                outgoing,
                conduct,
                violations,
                accents,
                own,
                locations,
                self.received,
                receiving,
                self._cpo,
                self._stopping,
                settings.seed,
            ),
            Agenda(settings.clock or system_clock, threads=0 if settings.clock else THREADS),
            settings.pace,
            LIVELY if settings.lively else Pace(),
        )
        faults, log = FaultSwitch(settings.seed, self._stopping), RequestsLog()
        self._ocpi = OcpiApi(
            identity,
            self.registration,
            self._handshake,
            {
                **{module: Sender(identity, own[module], accents) for module in _RECEIVERS},
                **self.charging.senders(),
            },
            {
                **{
                    module: Receiver(receiving[module], accents, **how)
                    for module, how in _RECEIVERS.items()
                },
                **self.charging.receivers(),
            },
            accents,
            faults,
            conduct,
            violations,
            log,
        )
        self.control = Control(
            identity,
            settings.control_key,
            self.registration,
            self._handshake,
            self._cpo,
            self._emsp,
            ChargeControl(self.charging, own, self.received, violations),
            own,
            self.received,
            accents,
            faults,
            violations,
            log,
        )

    def _answer(self, request: Request) -> Response:
        first = request.segments[0] if request.segments else ""
        try:
            if first == "ocpi":
                return self._ocpi(request)
            if first == "control":
                return self.control(request)
        except DatabaseClosedError:
            raise ConnectionResetError("the simulator stops") from None
        return json_response({"error": "Use /ocpi/versions or /control."}, HTTPStatus.NOT_FOUND)

    def _registered(self) -> None:
        # The other side may still be waiting for our answer when the first attempt arrives.
        self._emsp.request(PullMode.FULL, retries=len(RETRY_SECONDS))

    def _connect(self, versions_url: str, token: str, version: str | None) -> None:
        for wait in chain(CONNECT_RETRY_SECONDS, repeat(CONNECT_RETRY_SECONDS[-1])):
            try:
                self._handshake.connect(versions_url, token, version)
            except HandshakeError as error:
                logger.warning("Not connected: %s", error)
                if not error.retry or self._stopping.wait(wait):
                    return
            except DatabaseClosedError:
                return
            else:
                logger.info("Connected to %s", versions_url)
                return


def _keep_rate(database: Database, changes_per_minute: float | None) -> None:
    if changes_per_minute is not None:
        database.set_setting(RATE_SETTING, changes_per_minute)
    elif database.setting(RATE_SETTING) is None:
        database.set_setting(RATE_SETTING, DEFAULT_RATE)
