"""Remarks about single prices: their height, their steps and their VAT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ocpi.currencies import money
from ocpi.national import VAT_COUNTRIES
from ocpi.numbers import plain
from ocpi.tariff_checks import COMPARABLE, MOST_PER_HOUR, MOST_PER_KWH
from ocpi.tariff_words import duration
from tariffs.pricing.lint_lines import Document, Line, Remark, remark, rows

MOST_FLAT = 100
MOST_VAT = 30
"""In percent; the highest rate of VAT there is, Hungary's, is 27."""
LEAST_PER_KWH = Decimal("0.01")
LEAST_PER_HOUR = Decimal("0.2")

_TIMES = frozenset({"TIME", "PARKING_TIME"})
_LIKE_SECONDS = frozenset({60, 300, 600, 900, 1800, 3600})
_LIKE_MINUTES = frozenset({5, 10, 15, 20, 30, 45})


def height(lines: Sequence[Line]) -> Iterator[Remark]:
    """Prices that are too high or too low to be meant, in currencies worth about as much as a euro."""
    for line in lines:
        if line.currency in COMPARABLE and line.price > 0:
            yield from _too_high(line)
            yield from _too_low(line)


def _too_high(line: Line) -> Iterator[Remark]:
    path = f"{line.path}.price"
    if line.dimension == "ENERGY" and line.price > MOST_PER_KWH:
        yield remark(
            "price_implausible",
            path,
            f"Row {line.number}: {line.cost} per kWh is very much.",
            f"Did you mean {money(line.price / 100, line.currency)}, or is it a flat fee?",
        )
    elif line.dimension in _TIMES and line.price > MOST_PER_HOUR:
        minute = round(line.price / 60, 4)
        yield remark(
            "price_implausible",
            path,
            f"Row {line.number}: {line.cost} per hour is very much; that is"
            f" {money(minute, line.currency)} per minute.",
            "The price of time is per hour, whatever the step size.",
        )
    elif line.dimension == "FLAT" and line.price > MOST_FLAT:
        yield remark(
            "price_implausible",
            path,
            f"Row {line.number}: a flat fee of {line.cost} is very much.",
            f"Did you mean {money(line.price / 100, line.currency)}?",
        )


def _too_low(line: Line) -> Iterator[Remark]:
    path = f"{line.path}.price"
    if line.dimension == "ENERGY" and line.price < LEAST_PER_KWH:
        yield remark(
            "price_very_low",
            path,
            f"Row {line.number}: {line.cost} per kWh looks like a price per Wh.",
            f"Did you mean {money(line.price * 1000, line.currency)} per kWh?",
        )
    elif line.dimension in _TIMES and line.price < LEAST_PER_HOUR:
        yield remark(
            "price_very_low",
            path,
            f"Row {line.number}: {line.cost} per hour looks like a price per minute.",
            f"Did you mean {money(line.price * 60, line.currency)} per hour?",
        )


def steps(lines: Sequence[Line]) -> Iterator[Remark]:
    """Step sizes above 1 of what costs something; they count Wh and seconds (OCPI 2.3.0, PriceComponent)."""
    for line in lines:
        if line.step_size > 1 and line.price:
            if line.dimension == "ENERGY":
                yield _energy_step(line)
            elif line.dimension in _TIMES:
                yield _time_step(line)


def _energy_step(line: Line) -> Remark:
    size, path = line.step_size, f"{line.path}.step_size"
    if size in _LIKE_SECONDS:
        return remark(
            "step_size_unit",
            path,
            f"Row {line.number}: the step size of energy counts Wh; {size} looks like seconds.",
            "Did you mean 1, which is exact billing?",
        )
    kwh = Decimal(size) / 1000
    if size >= 1000:
        each = "whole kWh" if size == 1000 else f"{plain(kwh)} kWh"
        return remark(
            "step_size_whole",
            path,
            f"Row {line.number} is billed per {each}: who takes 0.1 kWh pays {plain(kwh)} kWh.",
            "Did you mean 1, which is exact billing?",
        )
    return remark(
        "step_size_rounds",
        path,
        f"Row {line.number} is billed per {plain(kwh) + ' kWh' if size >= 100 else f'{size} Wh'}.",
        "OCPI advises 1, which is exact billing.",
    )


def _time_step(line: Line) -> Remark:
    size, path = line.step_size, f"{line.path}.step_size"
    each = duration(size).removeprefix("1 ")
    if size in _LIKE_MINUTES or (size % 60 and size % 100 == 0):
        unit = "minutes" if size in _LIKE_MINUTES else "Wh"
        meant = f"{size * 60} ({size} minutes)" if size in _LIKE_MINUTES else "1, which is exact"
        return remark(
            "step_size_unit",
            path,
            f"Row {line.number}: the step size of time counts seconds; {size} looks like {unit}.",
            f"Did you mean {meant}?",
        )
    if size >= 3600:
        return remark(
            "step_size_whole",
            path,
            f"Row {line.number} is billed per {each}: who stays for a minute pays"
            f" {money(line.price * size / 3600, line.currency)}.",
            "Did you mean 60 (per minute) or 1 (per second)?",
        )
    return remark(
        "step_size_rounds",
        path,
        f"Row {line.number} is billed per {each} begun.",
        "OCPI advises 1, which is exact billing.",
    )


def taxes(document: Document, lines: Sequence[Line]) -> Iterator[Remark]:
    """Rates of VAT that cannot be right, that are missing, and that contradict the tariff."""
    included = document.get("tax_included")
    if included not in {"YES", "NO", "N/A"} and lines:
        yield remark(
            "tax_not_said",
            "tax_included",
            "It is not said whether the prices include tax.",
            "Say YES, NO, or N/A where no tax applies.",
        )
    for line in lines:
        yield from _rate(line, included)
    priced = [line for line in lines if line.price != 0]
    bare = [line for line in priced if line.vat is None]
    if included == "N/A" or not bare:
        yield from _varying(priced)
        return
    path = f"{bare[0].path}.vat"
    if included == "YES":
        yield remark(
            "vat_missing",
            path,
            f"{rows(bare)}: the price includes tax, and the rate is not said, so that the price before tax"
            " cannot be worked out.",
            "Give the VAT in percent.",
        )
    elif len(bare) < len(priced):
        yield remark(
            "vat_partly",
            path,
            f"{rows(bare)} {'has' if len(bare) == 1 else 'have'} no VAT, although other rows do: OCPI takes"
            " that for a price on which no VAT applies.",
            "Give the VAT of every price; for a rate of zero write 0.",
        )
    elif str(document.get("country_code")).upper() in VAT_COUNTRIES:
        yield remark(
            "vat_unknown",
            path,
            "No price names a VAT. By OCPI that means that none applies; in this country it rather is"
            " unknown.",
            "Give the VAT in percent.",
        )
    yield from _varying(priced)


def _rate(line: Line, included: object) -> Iterator[Remark]:
    if line.vat is None or line.vat == 0:
        return
    path, rate = f"{line.path}.vat", plain(line.vat)
    if line.vat < 0 or line.vat < 1 or line.vat > MOST_VAT:
        meant = plain(line.vat * 100)
        yield remark(
            "vat_implausible",
            path,
            f"Row {line.number}: a VAT of {rate} % cannot be right.",
            f"VAT is in percent: did you mean {meant}?"
            if 0 < line.vat < 1
            else "VAT is in percent.",
        )
    if included == "N/A":
        yield remark(
            "vat_despite_no_tax",
            path,
            f"Row {line.number} has {rate} % VAT, although the tariff says that no tax applies.",
            "Leave the VAT out, or say whether the prices include it.",
        )


def _varying(priced: Sequence[Line]) -> Iterator[Remark]:
    first: dict[tuple[str, bool], Line] = {}
    for line in priced:
        if line.vat is None:
            continue
        before = first.setdefault((line.dimension, line.is_use), line)
        if before.vat is not None and before.vat != line.vat:
            yield remark(
                "vat_varies",
                f"{line.path}.vat",
                f"Row {line.number} has {plain(line.vat)} % VAT, row {before.number} {plain(before.vat)} %,"
                f" both for {line.what}.",
                "Check which is right.",
            )
            return
