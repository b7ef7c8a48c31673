"""Amounts, months and statements in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ocpi import currencies
from ocpi.numbers import shortened
from review.choices import Direction
from settlement.choices import NO_CURRENCY, Billing, EntryKind
from settlement.models import Statement

NO_TAX_STATED = "Tax not stated"
_NARROW_SPACE = "\u202f"


def money(amount: Decimal | None, currency: str) -> str:
    """As :func:`ocpi.currencies.money`; empty for nothing, and without what ISO 4217 calls no currency."""
    if amount is None:
        return ""
    return currencies.money(amount, "" if currency == NO_CURRENCY else currency)


def number(amount: Decimal, currency: str) -> str:
    """The same without the currency, for columns that name it once."""
    return money(amount, currency).removeprefix(currency).strip()


def energy(kwh: Decimal) -> str:
    """``1 234.567 kWh``, three decimals at most."""
    rounded = shortened(round(kwh, 3))
    return f"{rounded:,f} kWh".replace(",", _NARROW_SPACE)


def count(number: int, what: str = "CDR") -> str:
    """``1 CDR``, ``1 234 CDRs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", _NARROW_SPACE)


def month(first: date) -> str:
    return f"{first:%B %Y}"


def rate(label: str) -> str:
    return label or NO_TAX_STATED


def kind(value: str, late: bool, first: date) -> str:
    """What a line of a statement of the month that begins on ``first`` is made of."""
    if value == EntryKind.CORRECTION:
        return "Corrections of statements closed before"
    if value == EntryKind.ADJUSTMENT:
        return "Adjustments by hand"
    what = "Credit CDRs" if value == EntryKind.CREDIT else "Charges"
    return f"{what} of earlier months, which came late" if late else f"{what} of {month(first)}"


def is_ours_to_write(direction: str, billing: str) -> bool:
    """Whether the document is one that we send: our invoice, or our self-billed credit."""
    return (direction == Direction.RECEIVABLE) == (billing == Billing.DIRECT)


def title(direction: str, billing: str) -> str:
    """What kind of document it is."""
    name = "Self-billed credit" if billing == Billing.REVERSE else "Invoice"
    return name if is_ours_to_write(direction, billing) else f"{name} to expect"


def explanation(direction: str, billing: str, ours: str, partner: str) -> str:
    """Who sends the document to whom, and who pays."""
    if direction == Direction.RECEIVABLE:
        pays = f"{partner} pays {ours} for what its drivers charged."
    else:
        pays = f"{ours} pays {partner} for what our drivers charged."
    if billing == Billing.REVERSE:
        writer, reader = (ours, partner) if direction == Direction.PAYABLE else (partner, ours)
        return f"{pays} {writer} writes the self-billed credit; {reader} sends no invoice."
    return f"{pays} {ours if direction == Direction.RECEIVABLE else partner} sends the invoice."


def due(statement: Statement, terms: Mapping[str, Any]) -> datetime | None:
    """When it is to be paid; ``None`` while it is open."""
    if statement.closed_at is None:
        return None
    return statement.closed_at + timedelta(days=int(terms.get("payment_days", 0)))
