"""A CPO and an eMSP that charge while the test moves the clock of both."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator.application import Simulator
from tests.simulator.support import Json, Running, Start

BEGINNING = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Pair:
    """The two, connected; `clock` is that of both."""

    cpo: Running
    emsp: Running
    clock: Clock

    def pass_time(self, seconds: float) -> None:
        """Do everything that is due until then, in order."""
        end = self.clock.now + timedelta(seconds=seconds)
        while (due := self._next()) is not None and due <= end:
            self.clock.now = max(due, self.clock.now)
            for simulator in self._simulators():
                simulator.charging.agenda.run_due()
        self.clock.now = end

    def session(self, charge: Json) -> Json:
        """The session of a charge as the eMSP holds it."""
        return one(self.emsp, "sessions", charge["id"])

    def _next(self) -> datetime | None:
        dues = [simulator.charging.agenda.next_due() for simulator in self._simulators()]
        return min((due for due in dues if due is not None), default=None)

    def _simulators(self) -> tuple[Simulator, Simulator]:
        return self.cpo.simulator, self.emsp.simulator


def one(running: Running, module: str, object_id: str) -> Json:
    """What it received under this id."""
    return next(o for o in running.lines("received", module) if o["id"] == object_id)


def connected(start: Start, version: str, **settings: object) -> Pair:
    """A CPO and an eMSP that speak this version."""
    clock = Clock()
    cpo = start("NL*SIM", clock=clock, **settings)
    emsp = start("BE*SIB", clock=clock, seed=2, locations=5, role="EMSP")
    emsp.connect_to(cpo, version)
    return Pair(cpo, emsp, clock)


def card(pair: Pair, **wanted: object) -> Json:
    """A card of the eMSP that the CPO knows."""
    cards = pair.cpo.control("GET", "cards").json()["cards"]
    return next(c for c in cards if wanted.items() <= c.items())


def no_violations(*sides: Running) -> None:
    """None of them did anything that OCPI does not allow, as the other saw it."""
    for side in sides:
        assert side.violations() == {}
