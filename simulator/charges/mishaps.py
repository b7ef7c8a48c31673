"""What goes wrong with a share of the charges and commands by itself, as everywhere."""

import random
import threading
from collections import Counter
from enum import StrEnum
from typing import TypeVar

from simulator.charges.pace import PaceSwitch


class Mishap(StrEnum):
    """Of a charge: its session turns out to be INVALID, has a wrong CDR, none, or falls silent."""

    INVALID = "invalid"
    CREDIT = "credit"
    NO_CDR = "no-cdr"
    SILENT = "silent"


class CommandMishap(StrEnum):
    """Of a command that was accepted: its result never comes, is bad, or comes too late."""

    NEVER = "never"
    FAILED = "failed"
    LATE = "late"


Kind = TypeVar("Kind", bound=StrEnum)


class Chance:
    """One source of chance for everything that charges: the same for the same seed and order.

    Mishaps are not left to it: with a share of a third every third one has one, each kind in turn.
    """

    def __init__(self, pace: PaceSwitch, seed: int) -> None:
        self._pace = pace
        self._lock = threading.Lock()
        self._due: Counter[str] = Counter()
        self._struck: Counter[str] = Counter()
        self.random = random.Random(f"charges/{seed}")  # noqa: S311  # a simulation

    def of_charge(self) -> Mishap | None:
        """What will go wrong with a charge."""
        return self._next("charge", Mishap)

    def of_command(self) -> CommandMishap | None:
        """What will go wrong with a command."""
        return self._next("command", CommandMishap)

    def of_profile(self) -> CommandMishap | None:
        """What will go wrong with a charging profile."""
        return self._next("profile", CommandMishap)

    def strikes(self, what: str) -> bool:
        """Whether this one of its kind goes wrong."""
        with self._lock:
            # Counted in thousandths, so that no share is lost by rounding.
            self._due[what] += round(self._pace.now.mishaps * 1000)
            if self._due[what] < 1000:
                return False
            self._due[what] -= 1000
            self._struck[what] += 1
            return True

    def about(self, seconds: float) -> float:
        """Roughly so many seconds: up to a third more or less."""
        return seconds * self.random.uniform(2 / 3, 4 / 3)

    def _next(self, what: str, kinds: type[Kind]) -> Kind | None:
        if not self.strikes(what):
            return None
        options = tuple(kinds)
        return options[(self._struck[what] - 1) % len(options)]
