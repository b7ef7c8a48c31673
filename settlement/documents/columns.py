"""The columns in which entries of a statement go into spreadsheets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from ocpi.numbers import shortened
from settlement.amounts import Rate
from settlement.models import Entry, Statement
from staff.export import Column


def rows(statement: Statement) -> QuerySet[Entry]:
    """All entries in the order of the statement, to be read as a stream."""
    return (
        statement.entries.order_by("ended_at", "id")
        .select_related("cdr", "cdr__owner", "cdr__emsp", "statement")
        .defer("cdr__document")
    )


def _rates(entry: Entry) -> list[Rate]:
    return [Rate.from_json(said) for said in entry.rates]


def _tax(entry: Entry) -> Decimal | None:
    """Empty, not zero, where nobody says it."""
    return None if any(rate.tax is None for rate in _rates(entry)) else shortened(entry.tax)


def _after(entry: Entry) -> Decimal | None:
    tax = _tax(entry)
    return None if tax is None else shortened(entry.before_tax + tax)


def _emsp(entry: Any) -> str:
    return str(entry.cdr.emsp.identity) if entry.cdr.emsp else ""


COLUMNS: dict[str, Column] = {
    "statement": lambda entry: entry.statement.number,
    "line": lambda entry: entry.get_kind_display(),
    "late": lambda entry: "yes" if entry.late else "",
    "CDR": lambda entry: entry.cdr.cdr_id,
    "CPO": lambda entry: str(entry.cdr.owner.identity),
    "eMSP": _emsp,
    "start": lambda entry: entry.cdr.start_date_time,
    "end": lambda entry: entry.ended_at,
    "country": lambda entry: entry.country,
    "location": lambda entry: entry.cdr.location_key,
    "EVSE": lambda entry: entry.cdr.evse_key,
    "contract": lambda entry: entry.cdr.contract_id,
    "session": lambda entry: entry.cdr.session_key,
    "energy (kWh)": lambda entry: shortened(entry.energy),
    "currency": lambda entry: entry.statement.currency,
    "before tax": lambda entry: shortened(entry.before_tax),
    "tax rate": lambda entry: " + ".join(rate.label or "not stated" for rate in _rates(entry)),
    "tax": _tax,
    "with tax": _after,
    "credits": lambda entry: entry.cdr.credit_reference_key,
    "reason": lambda entry: entry.reason,
    "booked": lambda entry: entry.booked_at,
}
