"""How many charges there are, how long they take, and how much goes wrong by itself."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

from simulator.charges.faults import ChargeFault
from simulator.database import Database

SETTING = "charging_pace"
LIMITS: dict[str, tuple[float, float]] = {
    "charges_per_minute": (0, 600),
    "commands_per_minute": (0, 600),
    "charge_seconds": (1, 86_400),
    "updates": (0, 1000),
    "time_scale": (1, 3600),
    "result_seconds": (0, 3600),
    "mishaps": (0, 1),
    "wrong_bills": (0, 1),
}


@dataclass(frozen=True)
class Pace:
    """`charges_per_minute` cards are swiped here, `commands_per_minute` are sent to the partner.

    A charge takes about `charge_seconds` with `updates` in between; its energy is that of
    `time_scale` times as long. The result of a command follows its answer after `result_seconds`.
    `mishaps` is the share of charges and commands that go wrong, `wrong_bills` that of CDRs with a mistake
    (`simulator.charges.mistakes`), both from 0 to 1.
    """

    charges_per_minute: float = 0.0
    commands_per_minute: float = 0.0
    charge_seconds: float = 60.0
    updates: float = 4
    time_scale: float = 40.0
    result_seconds: float = 1.0
    mishaps: float = 0.0
    wrong_bills: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether charges begin, and go on, by themselves."""
        return bool(self.charges_per_minute or self.commands_per_minute)


LIVELY = Pace(
    charges_per_minute=8,
    commands_per_minute=6,
    charge_seconds=45,
    updates=5,
    time_scale=1,
    mishaps=0.3,
    wrong_bills=0.125,
)
"""Enough to see everything that can happen to a charge within two minutes."""


class PaceSwitch:
    """The current pace, kept in the data folder, and the faults, which are not."""

    def __init__(self, database: Database, wanted: dict[str, float], first: Pace) -> None:
        """As before, or at first `first`; what is `wanted` is changed in any case."""
        self._database = database
        self._lock = threading.Lock()
        held = database.setting(SETTING)
        self._pace = replace(first, **{**(held or {}), **wanted})
        self._faults: frozenset[ChargeFault] = frozenset()
        database.set_setting(SETTING, asdict(self._pace))

    @property
    def now(self) -> Pace:
        with self._lock:
            return self._pace

    def has(self, fault: ChargeFault) -> bool:
        """Whether this fault is switched on."""
        with self._lock:
            return fault in self._faults

    def set(self, document: dict[str, Any]) -> None:
        """Change the named values and faults; ValueError names the field that is wrong."""
        changes = {name: value for name, value in document.items() if name != "faults"}
        for name, value in changes.items():
            _check(name, value)
        faults = _faults(document["faults"]) if "faults" in document else None
        with self._lock:
            self._pace = replace(self._pace, **changes)
            self._faults = self._faults if faults is None else faults
            self._database.set_setting(SETTING, asdict(self._pace))

    def as_json(self) -> dict[str, Any]:
        """Return the values and the faults that are on."""
        with self._lock:
            return {**asdict(self._pace), "faults": sorted(self._faults)}


def _check(name: str, value: Any) -> None:
    if name not in LIMITS:
        raise ValueError(f"{name}: not one of faults, {', '.join(LIMITS)}")
    least, most = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name}: a number from {least:g} to {most:g} is needed")


def _faults(names: Any) -> frozenset[ChargeFault]:
    if not isinstance(names, list):
        raise ValueError("faults: a list is needed")  # noqa: TRY004  # as all others
    try:
        return frozenset(ChargeFault(str(name)) for name in names)
    except ValueError as error:
        raise ValueError(f"faults: {error}; there are {', '.join(ChargeFault)}") from None
