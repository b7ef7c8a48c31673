"""Reads what was used from CDRs and Sessions (OCPI, mod_cdrs, CDR and ChargingPeriod)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tariffs.pricing.charge import ZERO, Charge, Period, Phase
from tariffs.pricing.clock import zone
from tariffs.pricing.exact import MICROSECOND
from tariffs.pricing.volumes import NotACharge, moment_of, number_of, periods_of, volumes_of

Document = Mapping[str, Any]

_YEAR = timedelta(days=366)
_RESERVED = frozenset({Phase.RESERVATION, Phase.RESERVATION_EXPIRED})


def charge_of_cdr(document: Document, *, time_zone: str | None = None) -> Charge:
    """What a canonical (2.3.0) CDR says was used.

    `time_zone` is the IANA name of that of the Location, which a CDR does not hold. Volumes are what
    was actually used, without step size. A period ends where the next one begins, the last one at
    `end_date_time`. A period with charging and parking time is taken as charging first; one with
    charging time 0 and no parking time as a pause by the EVSE. A CDR that only has reserved time is
    of a reservation that expired. Raises NotACharge, naming the path, for what cannot be read.
    """
    start = moment_of(document.get("start_date_time"), "start_date_time")
    end = moment_of(document.get("end_date_time"), "end_date_time")
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
    start = moment_of(document.get("start_date_time"), "start_date_time")
    said = document.get("end_date_time")
    end = None if said is None else moment_of(said, "end_date_time")
    if end is None:
        end = until or moment_of(document.get("last_updated"), "last_updated")
    elif until is not None:
        end = min(end, until)
    end = max(start, end)
    raw = document.get("charging_periods")
    reserved = document.get("status") == "RESERVATION"
    energy = number_of(document.get("kwh", 0), "kwh")
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
    hours = number_of(document.get("total_time", 0), "total_time")
    parked = number_of(document.get("total_parking_time") or 0, "total_parking_time")
    volumes = {"ENERGY": number_of(document.get("total_energy", 0), "total_energy")}
    volumes["TIME"] = max(ZERO, hours - parked)
    if parked:
        volumes["PARKING_TIME"] = parked
    tariffs = document.get("tariffs")
    tariff_id = None
    if isinstance(tariffs, list) and len(tariffs) == 1 and isinstance(tariffs[0], Mapping):
        tariff_id = str(tariffs[0].get("id"))
    periods = periods_of(volumes, start, max(start, end), tariff_id, 0)
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
        named = given.get("tariff_id")
        tariff_id = None if named is None else str(named)
        volumes = volumes_of(given, source)
        periods += periods_of(volumes, begins, ends, tariff_id, source)
    if begun[0][0] < start:
        doubts["STARTS_BEFORE"] = None
    if end - begun[0][0] > _YEAR and any(_length(one) > _YEAR for one in periods):
        doubts["TOO_LONG"] = None
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
        begins = moment_of(given.get("start_date_time"), path)
    return begins if begins.tzinfo is not None else begins.replace(tzinfo=UTC), place
