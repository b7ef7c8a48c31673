"""Last month of the demo: what the simulated partner and our own charging stations billed, some of it wrong.

Its objects are made by the simulated partner's own code, for places, cards and prices that it has too; they are taken
in as a partner's list and a file would be.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from simulator.charges import papers
from simulator.charges.book import Charge, Phase
from simulator.charges.cards import cards_of
from simulator.charges.mistakes import Mistake, make
from simulator.charges.operator import power_of
from simulator.generation import generate
from simulator.tariffs import tariffs_of

from . import demo_locations, demo_tariffs, demo_tokens

Document = dict[str, Any]

COUNT = 60
"""Charges of each of the two operators."""
SITES = 12
PERIODS = 3
PERIOD = timedelta(minutes=15)
WRONG = {
    7: Mistake.STEP_SIZE,
    13: Mistake.WRONG_TAX,
    19: Mistake.STEP_SIZE,
    26: Mistake.TWICE,
    33: Mistake.WATT_HOURS,
    41: Mistake.STEP_SIZE,
    48: Mistake.NO_TAX,
}
"""Which of the partner's bills are wrong, by their place in the month; ours are right, so that they can be closed."""
DISPUTED = (7, 19)
"""Those that the demo disputes, by their place in the month."""


class History(NamedTuple):
    """Canonical Sessions and CDRs of one operator, in the order of time."""

    sessions: list[Document]
    cdrs: list[Document]


class Operator(NamedTuple):
    """Who bills: its sites and price lists, the cards that charge there, and the name of its sessions."""

    prefix: str
    locations: Sequence[Document]
    tariffs: Mapping[str, Document]
    cards: Sequence[Document]
    wrong: Mapping[int, Mistake]


def last_month(now: datetime) -> date:
    """The first day of the month before ``now``, in UTC."""
    return (now.astimezone(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def of_partner(party: PartyId, name: str, now: datetime) -> History:
    """What our drivers charged at the simulated partner's stations in the month before ``now``."""
    month = last_month(now)
    made = generate(120, 1, party, name)
    paid = (one for one in made if one["country"] != "GBR" and "FREE" not in str(_tariffs(one)))
    operator = Operator(
        "SIM",
        [one for one, _ in zip(paid, range(SITES), strict=False)],
        {tariff["id"]: tariff for tariff in tariffs_of(party, month.year)},
        _usable(demo_tokens.documents(demo_locations.PARTY, now)),
        WRONG,
    )
    return _history(operator, month)


def of_ours(party: PartyId, name: str, now: datetime) -> History:
    """What the simulated partner's drivers charged at our stations in the month before ``now``."""
    operator = Operator(
        "DEM",
        [
            one
            for one in demo_locations.documents(now)
            if one["publish"] and demo_tariffs.FREE not in _tariffs(one)
        ][:SITES],
        {one["id"]: one for one in demo_tariffs.documents(demo_locations.PARTY, now)},
        _usable(cards_of(party, name, 1)),
        {},
    )
    return _history(operator, last_month(now))


def session_id(prefix: str, month: date, number: int) -> str:
    """The id of a charge by its place in the month; that of its CDR begins with ``CDR-``."""
    return f"{prefix}{month:%y%m}-{number:03d}"


def _history(operator: Operator, month: date) -> History:
    found = History([], [])
    for number, began in enumerate(_starts(month), 1):
        session, cdrs = _charged(
            operator, session_id(operator.prefix, month, number), number, began
        )
        found.sessions.append(session)
        found.cdrs.extend(cdrs)
    return found


def _starts(month: date) -> Iterator[datetime]:
    """Spread evenly over the month, at all hours, a day away from its edges."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    ends = (begins + timedelta(days=32)).replace(day=1)
    step = (ends - begins - timedelta(days=2)) / COUNT
    for index in range(COUNT):
        yield (begins + timedelta(days=1) + index * step).replace(microsecond=0)


def _charged(
    operator: Operator, identifier: str, number: int, began: datetime
) -> tuple[Document, tuple[Document, ...]]:
    chance = random.Random(identifier[3:])  # noqa: S311  # a simulation, not secrets
    location = operator.locations[number % len(operator.locations)]
    evse = location["evses"][number // len(operator.locations) % len(location["evses"])]
    connector = evse["connectors"][0]
    charge = Charge(
        id=identifier,
        location_id=location["id"],
        evse_uid=evse["uid"],
        connector_id=connector["id"],
        token=operator.cards[number % len(operator.cards)],
        auth_method="WHITELIST",
        phase=Phase.DONE,
        automatic=False,
        began=format_datetime(began),
        metered=format_datetime(began),
        power_kw=power_of(connector),
        tariff=operator.tariffs[connector["tariff_ids"][0]],
    )
    place = papers.Place(location, charge, charge.tariff)
    session = papers.new_session(charge, place, "COMPLETED")
    for index in range(PERIODS):
        start = began + index * PERIOD
        kwh = round(charge.power_kw * chance.uniform(0.4, 0.9) * (PERIOD / timedelta(hours=1)), 3)
        papers.add_period(session, place, start, start + PERIOD, kwh)
    ended = began + PERIODS * PERIOD
    session |= {"end_date_time": format_datetime(ended), "last_updated": format_datetime(ended)}
    told = format_datetime(ended + timedelta(minutes=2))
    cdr = papers.cdr_of(session, place, f"CDR-{identifier}", told)
    mistake = operator.wrong.get(number)
    return session, (cdr,) if mistake is None else make(mistake, cdr, place)


def _tariffs(location: Document) -> list[str]:
    return list(location["evses"][0]["connectors"][0]["tariff_ids"])


def _usable(cards: Iterator[Document] | list[Document]) -> list[Document]:
    return [card for card in cards if card["valid"] and card["type"] == "RFID"]
