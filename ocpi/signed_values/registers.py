"""Which of the signed readings say how much energy a charge took."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from ocpi.signed_values.types import Reading, SignedValues

BEGIN = "B"
ENDS = "ELRAP"
_OBIS = re.compile(r"(?:[0-9A-Z]+-[0-9A-Z]+:)?([0-9A-F]+)\.([0-9A-F]+)\.[0-9A-Z]+(?:[*.&].*)?")
# What a driver is billed for first: what reached the car in this charge (OCMF 1.4, table 25), then in all.
_IMPORTS = ("B3", "B2", "98", "B1", "B0", "1")
_EXPORTS = ("2", "C0", "C1", "C2", "C3")


class Energy(NamedTuple):
    """What the meter counted from ``begin`` to ``end``, in kWh, by one of its registers (OBIS code)."""

    begin: Reading
    end: Reading
    kwh: Decimal
    register: str


def energy(signed: SignedValues) -> Energy | None:
    """The energy of the charge; ``None`` where begin or end is missing, or no register counts energy."""
    readings = [*_readings(signed)]
    for register in _registers(reading for _, reading in readings):
        of_it = [one for one in readings if one[1].register == register]
        begin = _first(_marked(of_it, BEGIN, "START"))
        end = _last(_marked(of_it, ENDS, "END"))
        if begin is None or end is None or begin is end:
            continue
        before, after = begin.energy, end.energy
        if before is not None and after is not None:
            return Energy(begin, end, after - before, register)
    return None


def _readings(signed: SignedValues) -> Iterator[tuple[str, Reading]]:
    """Every reading with the nature of the value it came in."""
    for one in signed.values:
        for reading in one.record.readings if one.record is not None else ():
            yield one.nature.upper(), reading


def _registers(readings: Iterable[Reading]) -> list[str]:
    """Registers of energy drawn, those that are billed first in front."""
    found = dict.fromkeys(one.register for one in readings if one.energy is not None)
    return sorted((one for one in found if _quantity(one) not in _EXPORTS), key=_rank)


def _quantity(register: str) -> str:
    """Group C of an OBIS code without leading zeros: ``1`` of ``01-00:01.08.00*FF``."""
    match = _OBIS.fullmatch(register.strip().upper())
    return match[1].lstrip("0") if match is not None else ""


def _rank(register: str) -> int:
    quantity = _quantity(register)
    return _IMPORTS.index(quantity) if quantity in _IMPORTS else len(_IMPORTS)


def _marked(readings: list[tuple[str, Reading]], reasons: str, nature: str) -> list[Reading]:
    """Readings that say what they are; where none does, those of values that OCPI calls so."""
    marked = [one for _, one in readings if one.reason and one.reason in reasons]
    return marked or [one for said, one in readings if said == nature and not one.reason]


def _first(readings: list[Reading]) -> Reading | None:
    return min(readings, key=_moment, default=None)


def _last(readings: list[Reading]) -> Reading | None:
    return max(readings, key=_moment, default=None)


def _moment(reading: Reading) -> float:
    return reading.at.timestamp() if reading.at is not None else 0.0
