"""The columns in which entries of a statement go into spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from settlement.choices import EntryKind
from settlement.models import Statement
from staff.export import Column

_KINDS: Mapping[str, str] = {kind.value: str(kind.label) for kind in EntryKind}
_READ = (
    "kind",
    "late",
    "ended_at",
    "country",
    "energy",
    "before_tax",
    "tax",
    "rates",
    "reason",
    "booked_at",
    "cdr__cdr_id",
    "cdr__owner__country_code",
    "cdr__owner__party_id",
    "cdr__emsp__country_code",
    "cdr__emsp__party_id",
    "cdr__start_date_time",
    "cdr__location_key",
    "cdr__evse_key",
    "cdr__contract_id",
    "cdr__session_key",
    "cdr__credit_reference_key",
)


def rows(statement: Statement) -> QuerySet[Any, Any]:
    """All entries in the order of the statement, as plain rows, to be read as a stream."""
    return statement.entries.order_by("ended_at", "id").values_list(*_READ, named=True)


def columns(statement: Statement) -> dict[str, Column]:
    """The titles of the columns, and what each takes of a row of :func:`rows`; amounts are exact."""
    number, currency = statement.number, statement.currency
    return {
        "statement": lambda _: number,
        "line": lambda row: _KINDS[row.kind],
        "late": lambda row: "yes" if row.late else "",
        "CDR": lambda row: row.cdr__cdr_id or "",
        "CPO": _cpo,
        "eMSP": _emsp,
        "start": lambda row: row.cdr__start_date_time,
        "end": lambda row: row.ended_at,
        "country": lambda row: row.country,
        "location": lambda row: row.cdr__location_key or "",
        "EVSE": lambda row: row.cdr__evse_key or "",
        "contract": lambda row: row.cdr__contract_id or "",
        "session": lambda row: row.cdr__session_key or "",
        "energy (kWh)": lambda row: _short(row.energy),
        "currency": lambda _: currency,
        "before tax": lambda row: _short(row.before_tax),
        "tax rate": lambda row: " + ".join(rate["label"] or "not stated" for rate in row.rates),
        "tax": lambda row: _short(row.tax) if _is_tax_known(row) else None,
        "with tax": lambda row: _short(row.before_tax + row.tax) if _is_tax_known(row) else None,
        "credits": lambda row: row.cdr__credit_reference_key or "",
        "reason": lambda row: row.reason,
        "booked": lambda row: row.booked_at,
    }


def _cpo(row: Any) -> str:
    """Empty for an adjustment, which is of no CDR."""
    if row.cdr__owner__country_code is None:
        return ""
    return f"{row.cdr__owner__country_code}*{row.cdr__owner__party_id}"


def _emsp(row: Any) -> str:
    if row.cdr__emsp__country_code is None:
        return ""
    return f"{row.cdr__emsp__country_code}*{row.cdr__emsp__party_id}"


def _is_tax_known(row: Any) -> bool:
    """Empty, not zero, where nobody says it."""
    return all(rate["tax"] is not None for rate in row.rates)


def _short(number: Decimal) -> Decimal:
    """Without trailing zeros and without exponent."""
    short = number.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]
