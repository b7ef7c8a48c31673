"""The dimensions of a ChargingPeriod, and what they say the connector did (OCPI, mod_cdrs, CdrDimension)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ocpi.datetimes import parse_datetime
from tariffs.pricing.charge import ZERO, Period, Phase

Document = Mapping[str, Any]
Volumes = dict[str, Decimal]


class NotACharge(ValueError):
    """A document that no charge can be read from; `path` says where, as in `charging_periods.0`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


def volumes_of(given: Document, place: int) -> Volumes:
    """The volumes of a ChargingPeriod by type; energy in and out become ENERGY. Raises NotACharge."""
    volumes: Volumes = {}
    try:
        for dimension in given.get("dimensions") or ():
            kind, volume = dimension["type"], dimension["volume"]
            if type(volume) is not Decimal:
                volume = number_of(volume, "charging_periods", place)
            if kind in volumes and kind in _ADDED:
                volume += volumes[kind]
            volumes[kind] = volume
    except (KeyError, TypeError):
        path = f"charging_periods.{place}.dimensions"
        raise NotACharge(path, "a list of objects with type and volume is needed") from None
    if "ENERGY" not in volumes and ("ENERGY_IMPORT" in volumes or "ENERGY_EXPORT" in volumes):
        taken, given_back = volumes.get("ENERGY_IMPORT", ZERO), volumes.get("ENERGY_EXPORT", ZERO)
        volumes["ENERGY"] = taken - given_back
    return volumes


_ADDED = frozenset({"ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME"})


def periods_of(
    volumes: Volumes, start: datetime, end: datetime, tariff_id: str | None, source: int
) -> list[Period]:
    """The period, or one for each kind of time it holds: reserved first, then charging, then parking."""
    get = volumes.get
    time, parking, reserved = get("TIME"), get("PARKING_TIME"), get("RESERVATION_TIME")
    whole = Period(
        start,
        end,
        _phase(volumes, time, parking, reserved, lasts=start < end),
        get("ENERGY", ZERO),
        time,
        parking,
        reserved,
        get("MIN_CURRENT"),
        get("MAX_CURRENT"),
        get("CURRENT"),
        get("MIN_POWER"),
        get("MAX_POWER"),
        get("POWER"),
        tariff_id,
        source,
    )
    if not ((time and parking) or (reserved and (time or parking))):
        return [whole]
    kinds = [
        (phase, hours)
        for phase, hours in (
            (Phase.RESERVATION, reserved),
            (Phase.CHARGING, time),
            (Phase.PARKING, parking),
        )
        if hours
    ]
    return _parts(whole, kinds)


def _phase(
    volumes: Volumes,
    time: Decimal | None,
    parking: Decimal | None,
    reserved: Decimal | None,
    *,
    lasts: bool,
) -> Phase:
    if time:
        return Phase.CHARGING
    if parking:
        return Phase.PARKING
    if reserved:
        return Phase.RESERVATION
    if volumes.get("ENERGY") and time is None:
        return Phase.CHARGING
    paused = time is not None or ("ENERGY" in volumes and lasts)
    return Phase.SUSPENDED if paused else Phase.CHARGING


def _parts(whole: Period, kinds: list[tuple[Phase, Decimal]]) -> list[Period]:
    """Each part as long as its share of the hours; all energy is in the part that charges."""
    hours = sum((one for _, one in kinds), ZERO)
    length = whole.end - whole.start
    energy_in = Phase.CHARGING if any(one is Phase.CHARGING for one, _ in kinds) else Phase.PARKING
    parts: list[Period] = []
    begins, passed = whole.start, ZERO
    for place, (phase, one) in enumerate(kinds):
        passed += one
        is_last = place == len(kinds) - 1
        ends = whole.end if is_last else whole.start + length * float(passed / hours)
        energy = whole.energy if phase is energy_in else ZERO
        parts.append(whole._replace(start=begins, end=ends, phase=phase, energy=energy))
        begins = ends
    return parts


def moment_of(text: Any, path: str) -> datetime:
    """An OCPI DateTime, or a datetime, as an aware one; raises NotACharge."""
    if isinstance(text, datetime):
        return text if text.tzinfo is not None else text.replace(tzinfo=UTC)
    if not isinstance(text, str):
        raise NotACharge(path, "a date and time is needed")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        try:
            return parse_datetime(text, lenient=True)
        except ValueError as error:
            raise NotACharge(path, str(error)) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def number_of(given: Any, path: str, place: int | None = None) -> Decimal:
    """A number as Decimal, of the period at `place` if there is one; raises NotACharge."""
    if isinstance(given, Decimal):
        return given
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        if place is not None:
            path = f"{path}.{place}.dimensions"
        raise NotACharge(path, f"{str(given)[:40]!r} is not a number")
    return number
