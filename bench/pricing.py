"""``python -m bench pricing``: CDRs priced per second, against bare sums of quantity times price."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from tariffs.pricing import CompiledTariff, charge_of_cdr, compile_tariff, explain, price

Document = dict[str, Any]

SIZES = (1, 5, 20, 50, 200)
GOAL = 10_000
ZONE = "Europe/Amsterdam"
_PERIODS_PER_ROUND = 2_000
_FEWEST = 20


def _component(kind: str, amount: str, vat: int, step_size: int = 1) -> Document:
    return {"type": kind, "price": Decimal(amount), "vat": vat, "step_size": step_size}


def _tariff(*elements: Document) -> Document:
    return {"id": "B1", "currency": "EUR", "tax_included": "NO", "elements": list(elements)}


SIMPLE = _tariff(
    {"price_components": [_component("FLAT", "0.35", 21), _component("ENERGY", "0.39", 21)]}
)
COMPLEX = _tariff(
    {"price_components": [_component("FLAT", "1.00", 21)]},
    {
        "price_components": [_component("ENERGY", "0.29", 21, 100)],
        "restrictions": {"start_time": "22:00", "end_time": "06:00"},
    },
    {
        "price_components": [_component("ENERGY", "0.33", 21, 100)],
        "restrictions": {"day_of_week": ["SATURDAY", "SUNDAY"]},
    },
    {
        "price_components": [_component("ENERGY", "0.42", 21, 100)],
        "restrictions": {"max_kwh": 20},
    },
    {"price_components": [_component("ENERGY", "0.39", 21, 100)]},
    {
        "price_components": [_component("TIME", "1.20", 21, 60)],
        "restrictions": {"min_power": 50, "min_duration": 3600},
    },
    {
        "price_components": [_component("PARKING_TIME", "6.00", 21, 300)],
        "restrictions": {"start_time": "08:00", "end_time": "20:00"},
    },
)


class Measured(NamedTuple):
    """Seconds of processor time for one CDR: of ours with reading it, of ours without, of the floor."""

    whole: float
    pricing: float
    floor: float


def made_up(number: int, size: int) -> Document:
    """A CDR of so many periods of 10 minutes, the last one of parking; always the same for a number."""
    start = datetime(2026, 6, 1, 6, tzinfo=UTC) + timedelta(minutes=7 * number)
    periods = []
    for place in range(size):
        is_parking = place == size - 1 and size > 1
        dimensions = [
            {"type": "ENERGY", "volume": Decimal(0 if is_parking else 1800 + number) / 1000},
            {"type": "PARKING_TIME" if is_parking else "TIME", "volume": Decimal("0.1667")},
            {"type": "MAX_POWER", "volume": Decimal(11)},
        ]
        at = start + timedelta(minutes=10 * place)
        periods.append(
            {
                "start_date_time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "dimensions": dimensions,
                "tariff_id": "B1",
            }
        )
    end = start + timedelta(minutes=10 * size)
    return {
        "start_date_time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "end_date_time": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "charging_periods": periods,
    }


def run(options: argparse.Namespace) -> int:
    """Print a line for each number of periods and each Tariff; nothing can go wrong."""
    if options.profile:
        profile(options.rounds)
        return 0
    for name, document in (("simple", SIMPLE), ("complex", COMPLEX)):
        tariff = compile_tariff(document)
        for size in SIZES:
            count = max(_FEWEST, _PERIODS_PER_ROUND // size)
            measured = measure(tariff, [made_up(n, size) for n in range(count)], options.rounds)
            _report(f"{name} tariff, {size} periods", measured, size)
        few, many = (
            measure(tariff, [made_up(n, 5) for n in range(count)], 5).whole for count in (200, 4000)
        )
        print(f"{name} tariff, 4,000 CDRs at once against 200, per CDR: ratio {many / few:.2f}")
        _explaining(name, tariff, options.rounds)
    return 0


def measure(tariff: CompiledTariff, documents: list[Document], rounds: int) -> Measured:
    """Medians over the rounds, in turns, so that a drifting machine hits all alike."""
    charges = [charge_of_cdr(document, time_zone=ZONE) for document in documents]
    amounts = [_amounts(document) for document in documents]
    taken: tuple[list[float], ...] = ([], [], [])
    works: tuple[tuple[Callable[[Any], object], list[Any]], ...] = (
        (lambda one: price(charge_of_cdr(one, time_zone=ZONE), tariff), documents),
        (lambda one: price(one, tariff), charges),
        (_floor, amounts),
    )
    for _ in range(max(3, rounds // 10)):
        for (work, given), times in zip(works, taken, strict=True):
            start = time.process_time()
            for one in given:
                work(one)
            times.append((time.process_time() - start) / len(given))
    return Measured(*map(median, taken))


def _amounts(document: Document) -> list[tuple[Decimal, Decimal]]:
    prices = {"ENERGY": Decimal("0.39"), "TIME": Decimal("1.20"), "PARKING_TIME": Decimal("6.00")}
    return [
        (dimension["volume"], prices[dimension["type"]])
        for period in document["charging_periods"]
        for dimension in period["dimensions"]
        if dimension["type"] in prices
    ]


def _floor(amounts: list[tuple[Decimal, Decimal]]) -> Decimal:
    total = Decimal(0)
    for quantity, unit_price in amounts:
        cost = quantity * unit_price
        total += cost + cost * 21 / 100
    return total


def _report(title: str, measured: Measured, size: int) -> None:
    rate = 1 / measured.whole
    goal = f" (goal: at least {GOAL:,})" if size == 5 else ""
    print(
        f"{title}: {rate:,.0f} CDRs/s{goal}, {measured.whole * 1e6:.0f} µs each, of which pricing "
        f"{measured.pricing * 1e6:.0f} µs; bare sums: {measured.floor * 1e6:.1f} µs; "
        f"ratio {measured.whole / measured.floor:.1f}"
    )


def _explaining(name: str, tariff: CompiledTariff, rounds: int) -> None:
    charges = [charge_of_cdr(made_up(n, 5), time_zone=ZONE) for n in range(100)]
    taken = []
    for _ in range(max(3, rounds // 20)):
        start = time.process_time()
        for charge in charges:
            explain(charge, tariff).to_json()
        taken.append((time.process_time() - start) / len(charges))
    print(
        f"{name} tariff, 5 periods, explained and written as JSON: {median(taken) * 1e6:.0f} µs each"
    )


def profile(rounds: int) -> None:
    """Where the time goes: CDRs of five periods under the complex Tariff, the 20 dearest functions."""
    tariff = compile_tariff(COMPLEX)
    documents = [made_up(n, 5) for n in range(200)]
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(max(1, rounds // 10)):
        for document in documents:
            price(charge_of_cdr(document, time_zone=ZONE), tariff)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(20)
