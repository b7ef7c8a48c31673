"""What goes wrong with a share of the charges and commands by itself, as everywhere."""

import random
from enum import StrEnum

from simulator.charges.pace import PaceSwitch


class Mishap(StrEnum):
    """Of a charge: its session turns out to be INVALID, falls silent, has no CDR, or a wrong one."""

    INVALID = "invalid"
    SILENT = "silent"
    NO_CDR = "no-cdr"
    CREDIT = "credit"


class CommandMishap(StrEnum):
    """Of a command that was accepted: what the EVSE makes of it."""

    FAILED = "failed"
    LATE = "late"
    NEVER = "never"


class Chance:
    """One source of chance for everything that charges: the same for the same seed and order."""

    def __init__(self, pace: PaceSwitch, seed: int) -> None:
        self._pace = pace
        self.random = random.Random(f"charges/{seed}")  # noqa: S311  # a simulation

    def of_charge(self) -> Mishap | None:
        """What will go wrong with a charge."""
        return self.random.choice(tuple(Mishap)) if self._strikes() else None

    def of_command(self) -> CommandMishap | None:
        """What will go wrong with a command."""
        return self.random.choice(tuple(CommandMishap)) if self._strikes() else None

    def strange_card(self) -> bool:
        """Whether the card that is swiped is one that nobody knows."""
        return self._strikes()

    def about(self, seconds: float) -> float:
        """Roughly so many seconds: up to a third more or less."""
        return seconds * self.random.uniform(2 / 3, 4 / 3)

    def _strikes(self) -> bool:
        return self.random.random() < self._pace.now.mishaps
