"""What happens by itself at the set pace: cards are swiped, commands sent, cards blocked."""

import itertools
import logging
from collections.abc import Callable

from simulator.charges.agenda import Agenda
from simulator.charges.cardholders import Cardholders
from simulator.charges.drivers import Drivers
from simulator.charges.mishaps import Chance
from simulator.charges.operator import NotPossibleError
from simulator.charges.pace import PaceSwitch
from simulator.charges.provider import Provider
from simulator.registration import Registration

logger = logging.getLogger(__name__)

IDLE_SECONDS = 5.0
FIRST_SECONDS = 5.0
# In turn: most start a charge. Profiles and preferences are of charges that go on.
COMMANDS = (
    *("START_SESSION", "RESERVE_NOW", "START_SESSION", "SET_PROFILE", "START_SESSION"),
    *("STOP_SESSION", "START_SESSION", "UNLOCK_CONNECTOR", "RESERVE_NOW", "CANCEL_RESERVATION"),
    *("START_SESSION", "PREFERENCES"),
)
COMMANDS_PER_CARD_CHANGE = 10
LIMIT_WATTS = 4000.0


class Habits:
    """Two loops on the agenda that never end: of cards at our EVSEs, and of our own drivers."""

    def __init__(
        self,
        agenda: Agenda,
        pace: PaceSwitch,
        registration: Registration,
        drivers: Drivers,
        provider: Provider,
        cardholders: Cardholders,
        chance: Chance,
    ) -> None:
        self._agenda = agenda
        self._pace = pace
        self._registration = registration
        self._drivers = drivers
        self._provider = provider
        self._cardholders = cardholders
        self._chance = chance
        self._commands = itertools.cycle(COMMANDS)

    def begin(self) -> None:
        """Start both loops."""
        self._agenda.after(FIRST_SECONDS, self._swipe)
        self._agenda.after(FIRST_SECONDS, self._command)

    def _swipe(self) -> None:
        rate = self._pace.now.charges_per_minute
        self._repeat(rate, self._swipe, self._drivers.swipe)

    def _command(self) -> None:
        rate = self._pace.now.commands_per_minute
        self._repeat(rate, self._command, self._some_command)

    def _repeat(self, rate: float, again: Callable[[], None], deed: Callable[[], object]) -> None:
        self._agenda.after(self._chance.about(60 / rate) if rate else IDLE_SECONDS, again)
        if not rate or self._registration.partner is None:
            return
        try:
            deed()
        except NotPossibleError as reason:
            logger.debug("Not this time: %s", reason)

    def _some_command(self) -> None:
        if self._chance.random.random() < 1 / COMMANDS_PER_CARD_CHANGE:
            self._cardholders.change_one()
        match next(self._commands):
            case "SET_PROFILE":
                session = self._provider.some_session("CHARGING_PROFILE_CAPABLE")
                self._provider.set_profile(session["id"], None, LIMIT_WATTS)
            case "PREFERENCES":
                session = self._provider.some_session("CHARGING_PREFERENCES_CAPABLE")
                self._provider.prefer(session["id"], {"profile_type": "REGULAR"})
            case name:
                self._provider.send_command(name, {})
