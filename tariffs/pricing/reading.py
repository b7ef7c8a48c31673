"""Reads what was used from CDRs and Sessions (OCPI, mod_cdrs, CDR and ChargingPeriod)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from ocpi.datetimes import parse_datetime
from tariffs.pricing.charge import ZERO, Charge, Period, Phase
from tariffs.pricing.clock import zone
from tariffs.pricing.exact import MICROSECOND

Document = Mapping[str, Any]
_Volumes = dict[str, Decimal]

_RESERVED = frozenset({Phase.RESERVATION, Phase.RESERVATION_EXPIRED})


class NotACharge(ValueError):
    """A document that no charge can be read from; `path` says where, as in `charging_periods.0`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


def charge_of_cdr(document: Document, *, time_zone: str | None = None) -> Charge:
    """What a canonical (2.3.0) CDR says was used.

    `time_zone` is the IANA name of that of the Location, which a CDR does not hold. Volumes are what
    was actually used, without step size. A period ends where the next one begins, the last one at
    `end_date_time`. A period with charging and parking time is taken as charging first; one with
    charging time 0 and no parking time as a pause by the EVSE. A CDR that only has reserved time is
    of a reservation that expired. Raises NotACharge, naming the path, for what cannot be read.
    """
    start = _moment(document.get("start_date_time"), "start_date_time")
    end = _moment(document.get("end_date_time"), "end_date_time")
    raw = document.get("charging_periods")
    if not raw:
        return _whole_cdr(document, start, end, time_zone)
    charge = _charge(raw, start, end, time_zone)
    if all(period.phase is Phase.RESERVATION for period in charge.periods):
        return charge._replace(periods=_expired(charge.periods))
    return charge


def charge_of_session(
    document: Document, *, until: datetime | None = None, time_zone: str | None = None
) -> Charge:
    """What a canonical (2.3.0) Session says was used so far.

    The last period ends at `end_date_time`, or at `until` (aware) if that is earlier or there is no end;
    without both at `last_updated`. Nothing is assumed after that. Periods that begin later are left
    out. Raises NotACharge, naming the path, for what cannot be read.
    """
    start = _moment(document.get("start_date_time"), "start_date_time")
    said = document.get("end_date_time")
    end = None if said is None else _moment(said, "end_date_time")
    if end is None:
        end = until or _moment(document.get("last_updated"), "last_updated")
    elif until is not None:
        end = min(end, until)
    end = max(start, end)
    raw = document.get("charging_periods")
    reserved = document.get("status") == "RESERVATION"
    energy = _number(document.get("kwh", 0), "kwh")
    if not raw:
        phase = Phase.RESERVATION if reserved else Phase.CHARGING
        doubts = (*_zone_doubts(time_zone), "NO_PERIODS")
        return Charge((Period(start, end, phase, energy),), time_zone, start, doubts)
    charge = _charge(raw, start, end, time_zone, cut=True)
    periods = charge.periods
    if not reserved and said is not None and all(one.phase is Phase.RESERVATION for one in periods):
        return charge._replace(periods=_expired(periods))
    if energy and not any(period.energy for period in periods):
        return _spread(charge, energy)
    return charge


def _whole_cdr(document: Document, start: datetime, end: datetime, name: str | None) -> Charge:
    hours = _number(document.get("total_time", 0), "total_time")
    parked = _number(document.get("total_parking_time") or 0, "total_parking_time")
    volumes = {"ENERGY": _number(document.get("total_energy", 0), "total_energy")}
    volumes["TIME"] = max(ZERO, hours - parked)
    if parked:
        volumes["PARKING_TIME"] = parked
    tariffs: Sequence[Document] = document.get("tariffs") or ()
    tariff_id = str(tariffs[0].get("id")) if len(tariffs) == 1 else None
    periods = _periods_of(volumes, start, max(start, end), tariff_id, 0)
    return Charge(tuple(periods), name, start, (*_zone_doubts(name), "NO_PERIODS"))


def _zone_doubts(name: str | None) -> tuple[str, ...]:
    if name is None:
        return ("NO_TIME_ZONE",)
    return () if zone(name) is not None else ("UNKNOWN_TIME_ZONE",)


def _expired(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    return tuple(period._replace(phase=Phase.RESERVATION_EXPIRED) for period in periods)


def _spread(charge: Charge, energy: Decimal) -> Charge:
    """Energy that no period holds, over those in which the vehicle charged, by their length."""
    places = [place for place, one in enumerate(charge.periods) if one.phase is Phase.CHARGING]
    places = places or [len(charge.periods) - 1]
    whole = sum((_length(charge.periods[place]) for place in places), timedelta())
    left, periods = energy, list(charge.periods)
    for place in places:
        period = periods[place]
        share = left
        if place != places[-1]:
            share = energy * (_length(period) // MICROSECOND) / max(1, whole // MICROSECOND)
        periods[place] = period._replace(energy=share)
        left -= share
    return charge._replace(periods=tuple(periods), doubts=(*charge.doubts, "ENERGY_NOT_IN_PERIODS"))


def _length(period: Period) -> timedelta:
    return period.end - period.start


def _charge(
    raw: Any, start: datetime, end: datetime, name: str | None, *, cut: bool = False
) -> Charge:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise NotACharge("charging_periods", "a list is needed")
    doubts = dict.fromkeys(_zone_doubts(name))
    begun = [_begun(one, place) for place, one in enumerate(raw)]
    if any(one[0] > two[0] for one, two in pairwise(begun)):
        begun.sort(key=lambda one: one[0])
        doubts["OUT_OF_ORDER"] = None
    if cut:
        begun = [one for one in begun if one[0] <= end] or begun[:1]
    periods: list[Period] = []
    last = len(begun) - 1
    for place, (begins, source) in enumerate(begun):
        ends = end if place == last else begun[place + 1][0]
        if ends < begins:
            ends = begins
            doubts["ENDS_BEFORE"] = None
        given = raw[source]
        tariff_id = given.get("tariff_id")
        volumes = _volumes(given, source)
        periods += _periods_of(volumes, begins, ends, tariff_id, source)
    if begun[0][0] < start:
        doubts["STARTS_BEFORE"] = None
    if any(one.phase is Phase.CHARGING and one.time is None for one in periods):
        doubts["NO_TIMES"] = None
    return Charge(tuple(periods), name, _session_start(periods, start), tuple(doubts))


def _session_start(periods: list[Period], start: datetime) -> datetime:
    """The start of the session itself: after a reservation, when the vehicle was connected."""
    if periods[0].phase not in _RESERVED:
        return start
    return next((one.start for one in periods if one.phase.is_connected), start)


def _begun(given: Any, place: int) -> tuple[datetime, int]:
    if type(given) is not dict and not isinstance(given, Mapping):
        raise NotACharge(f"charging_periods.{place}", "an object is needed")
    try:
        begins = datetime.fromisoformat(given["start_date_time"])
    except (KeyError, TypeError, ValueError):
        path = f"charging_periods.{place}.start_date_time"
        begins = _moment(given.get("start_date_time"), path)
    return begins if begins.tzinfo is not None else begins.replace(tzinfo=UTC), place


def _volumes(given: Document, place: int) -> _Volumes:
    volumes: _Volumes = {}
    for dimension in given.get("dimensions") or ():
        kind, volume = dimension.get("type"), dimension.get("volume")
        if type(volume) is not Decimal:
            volume = _number(volume, "charging_periods", place)
        if kind in volumes and kind in _ADDED:
            volume += volumes[kind]
        volumes[kind] = volume
    if "ENERGY" not in volumes and ("ENERGY_IMPORT" in volumes or "ENERGY_EXPORT" in volumes):
        taken, given_back = volumes.get("ENERGY_IMPORT", ZERO), volumes.get("ENERGY_EXPORT", ZERO)
        volumes["ENERGY"] = taken - given_back
    return volumes


_ADDED = frozenset({"ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME"})


def _periods_of(
    volumes: _Volumes, start: datetime, end: datetime, tariff_id: str | None, source: int
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
    volumes: _Volumes,
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


def _moment(text: Any, path: str) -> datetime:
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


def _number(given: Any, path: str, place: int | None = None) -> Decimal:
    if isinstance(given, Decimal):
        return given
    try:
        return Decimal(str(given))
    except InvalidOperation:
        if place is not None:
            path = f"{path}.{place}.dimensions"
        raise NotACharge(path, f"{str(given)[:40]!r} is not a number") from None
