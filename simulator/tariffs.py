"""Tariffs of the simulated operator, canonical, and which of them a connector has.

Hours of the day begin and end outside the night hour that clock changes skip or repeat.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from simulator.documents import Document, now
from simulator.own_objects import OwnObjects, later_than

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
TARIFF_ZONE = "Europe/Amsterdam"
CAMPAIGN = "CAMPAIGN-"
CAMPAIGN_DAYS = 14
GRACE_SECONDS = 4 * 3600
Element = dict[str, Any]


class Market(NamedTuple):
    """Where a price list holds: its currency, and its VAT in percent."""

    currency: str
    vat: float


EURO, STERLING = Market("EUR", 21.0), Market("GBP", 20.0)


def tariff_ids(site: str, *, is_dc: bool, country_code: str) -> list[str]:
    """The tariffs of a connector: those in force, and those that follow or can be chosen."""
    currency = (STERLING if country_code == "GB" else EURO).currency
    if is_dc:
        names = ["FAST", "FAST-NEXT"]
    else:
        names = {
            "Garage": ["START-FEE"],
            "P+R": ["IDLE-FEE"],
            "Supermarket": ["FREE"],
        }.get(site, ["DAY-NIGHT", "CHEAP"])
    return [f"{name}-{currency}" for name in names]


def tariffs_of(owner: PartyId, year: int) -> Iterator[Document]:
    """Yield the price lists of a party; the one for fast charging changes at the end of `year`."""
    change = f"{year + 1}-01-01T00:00:00Z"
    for market in (EURO, STERLING):
        make = _Maker(owner, market)
        yield make(
            "DAY-NIGHT",
            "By the hour of the day",
            [
                make.element(("ENERGY", 0.42), start_time="07:00", end_time="23:00"),
                make.element(("ENERGY", 0.29)),
            ],
        )
        idle = {"start_time": "09:00", "end_time": "21:00", "min_duration": GRACE_SECONDS}
        yield make(
            "IDLE-FEE",
            "A fee for cars that stay connected after four hours by day",
            [make.element(("ENERGY", 0.39)), make.element(("PARKING_TIME", 6.0), **idle)],
        )
        yield make(
            "START-FEE",
            "With a start fee and a lowest price",
            [make.element(("FLAT", 0.35), ("ENERGY", 0.35))],
            min_price=_limit(1.0, market),
        )
        yield make("FREE", "Free for visitors", [make.element(("ENERGY", 0.0))])
        yield make(
            "CHEAP",
            "Smart charging: the car is charged when energy is cheap",
            [make.element(("ENERGY", 0.31))],
            type="PROFILE_CHEAP",
        )
        fast = [make.element(("ENERGY", 0.69))]
        yield make("FAST", "Fast charging", fast, type="REGULAR", end_date_time=change)
        fast = [make.element(("FLAT", 0.5), ("ENERGY", 0.65))]
        yield make("FAST-NEXT", "Fast charging", fast, type="REGULAR", start_date_time=change)


class TariffChanges:
    """What the operator does with its tariffs: new prices, campaigns and their end."""

    def __init__(self, own: OwnObjects, parties: tuple[PartyId, ...], seed: int) -> None:
        self._own = own
        self._parties = parties
        self._random = random.Random(f"tariffs/{seed}")  # noqa: S311  # a simulation

    def count(self) -> int:
        """Return the number of tariffs."""
        return self._own.count()

    def change(self) -> Document | None:
        """Change the prices of one tariff by a few percent and return it; None without any."""
        paid = [tariff for tariff in self._own.documents() if _is_paid(tariff)]
        if not paid:
            return None
        tariff = self._random.choice(paid)
        factor = self._random.choice((0.9, 0.95, 1.05, 1.1))
        for element in tariff["elements"]:
            for component in element["price_components"]:
                component["price"] = max(0.01, round(component["price"] * factor, 2))
        tariff["last_updated"] = later_than(tariff["last_updated"])
        self._own.put(tariff)
        return tariff

    def create(self) -> Document:
        """Begin a campaign of two weeks and return its tariff."""
        numbers = [int(tariff["id"].removeprefix(CAMPAIGN)) for tariff in self._campaigns()]
        moment = datetime.now(UTC)
        make = _Maker(self._random.choice(self._parties), EURO)
        campaign = make(
            "",
            "Campaign",
            [make.element(("ENERGY", round(self._random.uniform(0.2, 0.3), 2)))],
            start_date_time=format_datetime(moment),
            end_date_time=format_datetime(moment + timedelta(days=CAMPAIGN_DAYS)),
        )
        campaign |= {"id": f"{CAMPAIGN}{max(numbers, default=0) + 1:04d}", "last_updated": now()}
        self._own.put(campaign)
        return campaign

    def delete(self) -> Document | None:
        """End the oldest campaign and return its tariff, which is gone; None without any."""
        campaign = next(iter(self._campaigns()), None)
        if campaign is not None:
            self._own.delete(campaign)
        return campaign

    def something(self) -> Document | None:
        """Do one of the three: mostly a new price."""
        deeds = (self.change, self.create, self.delete)
        return self._random.choices(deeds, (8, 1, 1))[0]()

    def _campaigns(self) -> list[Document]:
        return [t for t in self._own.documents() if t["id"].startswith(CAMPAIGN)]


class _Maker:
    """Makes tariffs of one owner in one market."""

    def __init__(self, owner: PartyId, market: Market) -> None:
        self._owner = owner
        self._market = market

    def __call__(self, name: str, text: str, elements: list[Element], **more: Any) -> Document:
        return {
            "country_code": self._owner.country_code,
            "party_id": self._owner.party_id,
            "id": f"{name}-{self._market.currency}",
            "currency": self._market.currency,
            "tariff_alt_text": [{"language": "en", "text": text}],
            **more,
            "elements": elements,
            "tax_included": "NO",
            "last_updated": format_datetime(BEGAN),
        }

    def element(self, *prices: tuple[str, float], **restrictions: Any) -> Element:
        components = [
            {"type": dimension, "price": price, "vat": self._market.vat, "step_size": 1}
            for dimension, price in prices
        ]
        element: Element = {"price_components": components}
        if restrictions:
            element["restrictions"] = restrictions
        return element


def _limit(before_taxes: float, market: Market) -> dict[str, float]:
    after = round(before_taxes * (1 + market.vat / 100), 2)
    return {"before_taxes": before_taxes, "after_taxes": after}


def _is_paid(tariff: Document) -> bool:
    return any(
        component["price"] > 0
        for element in tariff["elements"]
        for component in element["price_components"]
    )
