"""Remarks about a tariff as a whole: its money, its limits, its validity, who can read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ocpi import convert
from ocpi.currencies import DECIMALS
from ocpi.datetimes import parse_datetime
from ocpi.national import CURRENCIES
from tariffs.pricing.lint_lines import Document, Line, Remark, remark, rows

_LIMITS = {"min_price": "minimum", "max_price": "maximum"}
_FILLERS = ("FLAT", "TIME", "PARKING_TIME")


def whole(document: Document, lines: Sequence[Line], at: datetime | None) -> Iterator[Remark]:
    """Remarks that need all of it; with ``at``, an aware time, also that its validity is over by then."""
    yield from _currency(document)
    yield from _limits(document)
    yield from _validity(document, at)
    if not lines:
        yield remark(
            "no_prices",
            "elements",
            "It says no price, so that nobody can know what charging costs.",
            "Add an element; for free charging a flat fee of 0.",
        )
        return
    yield from _nothing(document, lines)
    yield from _older_partners(document)


def _currency(document: Document) -> Iterator[Remark]:
    currency = str(document.get("currency") or "").upper()
    country = str(document.get("country_code") or "").upper()
    usual = CURRENCIES.get(country)
    if usual and currency in DECIMALS and currency not in usual:
        yield remark(
            "currency_foreign",
            "currency",
            f"The prices are in {currency}; the owner is of {country}, where one pays in {usual[0]}.",
            "Check the currency. A tariff has one only.",
        )


def _limits(document: Document) -> Iterator[Remark]:
    for name, word in _LIMITS.items():
        limit = document.get(name) or {}
        before, after = limit.get("before_taxes"), limit.get("after_taxes")
        if before is not None and after is not None and after < before:
            yield remark(
                "limit_taxes_reversed",
                f"{name}.after_taxes",
                f"The {word} price is {after} after tax, which is less than the {before} before tax.",
                "Exchange the two amounts.",
            )


def _validity(document: Document, at: datetime | None) -> Iterator[Remark]:
    end = document.get("end_date_time")
    if at is not None and end is not None and parse_datetime(end) <= at:
        yield remark(
            "validity_over",
            "end_date_time",
            f"Its validity ended ({end}).",
            "Connectors that still name it have no valid price.",
        )


def _nothing(document: Document, lines: Sequence[Line]) -> Iterator[Remark]:
    costs = {line.dimension for line in lines if line.price}
    if not any(line.is_use for line in lines):
        yield remark(
            "charging_unpriced",
            "elements",
            f"{rows(lines)}: only reservations have a price, so that charging itself costs nothing.",
            "Add an element without a reservation; for free charging a price of 0.",
        )
    elif not costs:
        flat = all(line.dimension == "FLAT" for line in lines)
        yield remark(
            "prices_all_zero",
            "elements",
            "Only a flat fee of 0 is given: free of charge, or not priced?"
            if flat
            else "Every price is 0: free of charge, or not priced?",
            "If charging is free, nothing needs to be done; if the price is not known, ask the owner.",
        )
    fillers = [line for line in lines if line.dimension in _FILLERS and line.dimension not in costs]
    if costs and fillers:
        yield remark(
            "component_without_effect",
            fillers[0].path,
            f"{rows(fillers)} {'is' if len(fillers) == 1 else 'are'} 0, and nothing of the kind is ever"
            " charged: they fill a form."
            if len(fillers) > 1
            else f"{rows(fillers)} is 0, and nothing of the kind is ever charged: it fills a form.",
            "Leave it out." if len(fillers) == 1 else "Leave them out.",
        )


def _older_partners(document: Document) -> Iterator[Remark]:
    """Validity is left out of the question: 2.1.1 gets a tariff when it begins."""
    timeless = {
        name: value
        for name, value in document.items()
        if name not in {"start_date_time", "end_date_time"}
    }
    if not document.get("currency"):
        return
    try:
        convert.from_canonical("2.1.1", "tariff", timeless)
    except convert.Refused as refused:
        yield remark(
            "refused_in_2_1_1",
            "",
            f"Partners at OCPI 2.1.1 do not get it: {refused.reason.rstrip('.')}.",
            "If such partners need it, give them a tariff of their own without that.",
        )
