"""What a charge costs by a canonical Tariff: the components whose hours of the day fit, no more.

Elements with other restrictions than hours and days are passed over: the prices are plausible, and
the same for the same periods.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

from ocpi.tariff_classes import DayOfWeek
from simulator.documents import Document

DAYS: tuple[str, ...] = get_args(DayOfWeek)
UNDERSTOOD = frozenset({"start_time", "end_time", "day_of_week"})
DIMENSIONS = ("ENERGY", "TIME", "FLAT")
WITHOUT_TARIFF = "EUR"


class Stretch(NamedTuple):
    """A part of a charge: when it began (aware), how long it took, and the energy."""

    began: datetime
    hours: float
    kwh: float


class Amount(NamedTuple):
    """A price without tax, and the rate of the tax in percent."""

    net: float
    rate: float

    def as_price(self) -> Document:
        """The Price (OCPI 2.3.0, types, Price)."""
        price: Document = {"before_taxes": round(self.net, 4)}
        if self.rate:
            tax = round(self.net * self.rate / 100, 4)
            price["taxes"] = [{"name": "VAT", "percentage": self.rate, "amount": tax}]
        return price


class Bill(NamedTuple):
    """The cost of a charge in all and per dimension."""

    currency: str
    total: Amount
    parts: dict[str, Amount]


def bill(tariff: Document | None, stretches: Iterable[Stretch], zone: str) -> Bill:
    """The cost by a Tariff; without one it is free. `zone` is the time zone of the site."""
    if tariff is None:
        return Bill(WITHOUT_TARIFF, Amount(0, 0), {})
    sums = dict.fromkeys(DIMENSIONS, 0.0)
    rate = 0.0
    for index, stretch in enumerate(stretches):
        local = stretch.began.astimezone(ZoneInfo(zone))
        amounts = {"ENERGY": stretch.kwh, "TIME": stretch.hours, "FLAT": float(index == 0)}
        for dimension, amount in amounts.items():
            component = _component(tariff, dimension, local)
            if component is not None:
                sums[dimension] += float(component["price"]) * amount
                rate = max(rate, float(component.get("vat") or 0))
    least = float((tariff.get("min_price") or {}).get("before_taxes", 0))
    total = Amount(max(sum(sums.values()), least), rate)
    return Bill(tariff["currency"], total, {name: Amount(net, rate) for name, net in sums.items()})


def turns(tariff: Document | None, began: datetime, ended: datetime, zone: str) -> list[datetime]:
    """The moments between (aware, in order) at which the hour or the day may make another price."""
    local, place = began.astimezone(ZoneInfo(zone)), ZoneInfo(zone)
    clock = {time()}
    for element in (tariff or {}).get("elements", ()):
        restrictions = element.get("restrictions") or {}
        for name in ("start_time", "end_time"):
            if str(restrictions.get(name, "24:00")) != "24:00":
                clock.add(time.fromisoformat(restrictions[name]))
    days = (ended.astimezone(place).date() - local.date()).days
    moments = (
        datetime.combine(local.date() + timedelta(days=day), at, tzinfo=place).astimezone(UTC)
        for day in range(days + 1)
        for at in clock
    )
    return sorted(moment for moment in moments if began < moment < ended)


def _component(tariff: Document, dimension: str, local: datetime) -> dict[str, Any] | None:
    """The price in force: that of the first element that fits and has the dimension."""
    for element in tariff["elements"]:
        if _fits(element.get("restrictions") or {}, local):
            for component in element["price_components"]:
                if component["type"] == dimension:
                    return dict(component)
    return None


def _fits(restrictions: dict[str, Any], local: datetime) -> bool:
    if not UNDERSTOOD.issuperset(restrictions):
        return False
    days = restrictions.get("day_of_week")
    if days and DAYS[local.weekday()] not in days:
        return False
    start = str(restrictions.get("start_time", "00:00"))
    end = str(restrictions.get("end_time", "24:00"))
    now = local.strftime("%H:%M")
    return start <= now < end if start < end else now >= start or now < end
