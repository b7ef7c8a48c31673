"""What a CDR says against what the meter signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ocpi.datetimes import parse_datetime
from ocpi.identifiers import ContractId
from ocpi.numbers import exact_decimal, plain
from ocpi.signed_values.registers import Energy, energy
from ocpi.signed_values.types import Reading, Record, SignedValues

__all__ = ["compare", "energy", "remarks"]

_ENERGY = Decimal("0.01")
_TIME = timedelta(minutes=2)
_STATES = {
    "N": "it is not there",
    "T": "it did not answer in time",
    "D": "it was disconnected from what signs for it",
    "R": "it was removed",
    "M": "it was tampered with",
    "X": "it was exchanged",
    "I": "it is not compatible with what signs for it",
    "O": "its value is out of range",
    "S": "the value is a substitute",
    "E": "it has an error",
    "F": "its value could not be read",
}
_CARDS = ("ISO14443", "ISO15693")
_CONTRACTS = ("EMAID", "EVCOID")


def compare(signed: SignedValues, document: Mapping[str, Any], zone: tzinfo = UTC) -> list[str]:
    """Sentences about everything in which a canonical CDR differs from its signed values; none where all fits.

    What the meter says against its own values is among them. Times are written in ``zone``. Only what is written as
    OCMF can be compared; of everything else nothing is said.
    """
    if not signed.records:
        return []
    counted = energy(signed)
    return [
        *_energy(counted, document),
        *_times(counted, document, zone),
        *_meter(signed, document),
        *_place(signed.records, document),
        *_driver(signed.records, document),
        *_states(signed.records),
    ]


def remarks(signed: SignedValues) -> list[str]:
    """Sentences about what the signed values leave open, so that it can be compared in part only."""
    if not signed.records:
        return []
    readings = [reading for record in signed.records for reading in record.readings]
    return [
        *_incomplete(energy(signed)),
        *_pages(signed.records),
        *_unset(readings),
    ]


def _energy(counted: Energy | None, document: Mapping[str, Any]) -> Iterator[str]:
    if counted is None:
        return
    if counted.kwh < 0:
        yield f"The last signed reading is lower than the first, by {plain(-counted.kwh)} kWh."
        return
    said = document.get("total_energy")
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal):
        return
    total = abs(exact_decimal(said))
    if abs(counted.kwh - total) > _ENERGY:
        first, last = counted.begin.energy or 0, counted.end.energy or 0
        yield (
            f"The CDR bills {plain(total)} kWh, the meter signed {plain(counted.kwh)} kWh"
            f" (from {plain(first)} to {plain(last)} kWh)."
        )


def _times(counted: Energy | None, document: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    if counted is None:
        return
    for what, name, reading in (
        ("begins", "start_date_time", counted.begin),
        ("ends", "end_date_time", counted.end),
    ):
        said = _moment(document.get(name))
        if said is None or reading.at is None or reading.clock == "U":
            continue
        if abs(said - reading.at) <= _TIME:
            continue
        clock = "" if reading.clock == "S" else f", {_clock(reading)}"
        yield (
            f"The CDR {what} at {_local(said, zone)}, the signed reading is of"
            f" {_local(reading.at, zone)}{clock}."
        )


def _clock(reading: Reading) -> str:
    if reading.clock == "R":
        return "by a clock that counts only the time in between reliably"
    return "by a clock that was not synchronized"


def _moment(value: Any) -> datetime | None:
    """A time of the CDR; 1970 stands for unknown (OCPI 2.3.0, mod_cdrs, CDR object)."""
    try:
        at = parse_datetime(value, lenient=True) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and 1970 < at.year < 2200 else None


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _meter(signed: SignedValues, document: Mapping[str, Any]) -> Iterator[str]:
    serials = list(dict.fromkeys(text for one in signed.records if (text := one.text("MS"))))
    if len(serials) > 1:
        yield f"The values were signed by different meters: {', '.join(serials)}."
    said = document.get("meter_id")
    if isinstance(said, str) and said and serials and _bare(said) not in map(_bare, serials):
        yield f"The CDR names the meter {said}, the values are of {serials[0]}."


def _place(records: tuple[Record, ...], document: Mapping[str, Any]) -> Iterator[str]:
    place = document.get("cdr_location")
    said = place.get("evse_id") if isinstance(place, Mapping) else None
    signed = [one.text("CI") for one in records if one.text("CT") == "EVSEID" and one.text("CI")]
    if isinstance(said, str) and said and signed and _bare(said) not in map(_bare, signed):
        yield f"The CDR is of EVSE {said}, the values were signed at {signed[0]}."


def _driver(records: tuple[Record, ...], document: Mapping[str, Any]) -> Iterator[str]:
    token = document.get("cdr_token")
    if not isinstance(token, Mapping):
        return
    for record in records:
        kind, signed = record.text("IT"), record.text("ID")
        name = "uid" if kind in _CARDS else "contract_id" if kind in _CONTRACTS else ""
        said = token.get(name)
        if name and signed and isinstance(said, str) and said and not _same(said, signed):
            what = "the card" if name == "uid" else "the contract"
            yield f"The CDR is of {what} {said}, the values were signed for {signed}."
            return


def _same(said: str, signed: str) -> bool:
    """Card numbers may be written backwards by some readers; contracts with or without their check character."""
    one, other = _bare(said), _bare(signed)
    if one == other or one.lstrip("0") == other.lstrip("0"):
        return True
    contracts = ContractId.find(said), ContractId.find(signed)
    if contracts[0] is not None and contracts[1] is not None:
        return str(contracts[0]) == str(contracts[1])
    backwards = "".join(reversed([one[at : at + 2] for at in range(0, len(one), 2)]))
    return backwards == other


def _bare(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())


def _states(records: tuple[Record, ...]) -> Iterator[str]:
    readings = [reading for record in records for reading in record.readings]
    for status in dict.fromkeys(one.status for one in readings if one.status not in {"", "G"}):
        yield f"The meter reports a fault: {_STATES.get(status, f'state {status}')}."
    if any("E" in one.errors for one in readings):
        yield "The meter says that its energy may not be used for billing."
    if any("t" in one.errors for one in readings):
        yield "The meter says that its time may not be used for billing."
    if any(one.reason == "X" for one in readings):
        yield "The meter reports an error during the charge, after which its values may not be used."


def _incomplete(counted: Energy | None) -> Iterator[str]:
    if counted is None:
        yield "They do not hold both a first and a last reading of the energy."


def _unset(readings: list[Reading]) -> Iterator[str]:
    if any(one.clock == "U" for one in readings):
        yield "The clock of the meter was not set, so that its times say nothing."


def _pages(records: tuple[Record, ...]) -> Iterator[str]:
    """Records of one charge are numbered one after the other (OCMF 1.4, Pagination)."""
    numbers = sorted({page[1] for one in records if (page := one.page) and page[0] == "T"})
    for before, after in pairwise(numbers):
        count = after - before - 1
        if count:
            what = "one record is" if count == 1 else f"{count} records are"
            yield f"Between the signed records T{before} and T{after}, {what} not in the CDR."
