"""All that the desk shows, however many, as CSV and XLSX: with its filters, search and order."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ocpi.numbers import shortened
from review import words
from review.choices import Direction, ReviewState
from review.models import CDRReview
from staff import export, spreadsheets
from staff.spreadsheets import Sheet

COLUMNS: dict[str, export.Column] = {
    "CDR": lambda row: row.cdr.cdr_id,
    "CPO": lambda row: str(row.cdr.owner.identity),
    "eMSP": lambda row: str(row.cdr.emsp.identity) if row.cdr.emsp else "",
    "partner": lambda row: str(row.partner.identity) if row.partner else "",
    "direction": lambda row: Direction(row.direction).label,
    "state": lambda row: ReviewState(row.state).label,
    "end": lambda row: row.ended_at,
    "currency": lambda row: row.currency,
    "stated before tax": lambda row: number(row.stated),
    "stated with tax": lambda row: number(row.stated_after),
    "ours before tax": lambda row: number(row.computed),
    "ours with tax": lambda row: number(row.computed_after),
    "difference before tax": lambda row: number(row.difference),
    "at stake": lambda row: number(row.at_stake),
    "sold before tax": lambda row: number(row.sold),
    "margin before tax": lambda row: number(row.margin),
    "why": lambda row: ", ".join(words.reason(code) for code in row.reasons),
    "likely cause": lambda row: words.cause(row.cause),
    "findings": lambda row: " ".join(str(one.get("message") or "") for one in words.findings(row)),
    "session": lambda row: row.cdr.session_key,
    "contract": lambda row: row.cdr.contract_id,
    "location": lambda row: row.cdr.location_key,
    "EVSE": lambda row: row.cdr.evse_key,
    "energy (kWh)": lambda row: number(row.cdr.energy),
    "time (h)": lambda row: number(row.cdr.duration),
    "received": lambda row: row.received_at,
    "checked": lambda row: row.checked_at,
    "decided": lambda row: row.decided_at,
    "decided by": lambda row: row.decided_by,
}


def number(value: Any) -> Any:
    """A decimal without zeros at its end; nothing stays nothing."""
    return None if value is None else shortened(value)


def _rows(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> QuerySet[CDRReview]:
    rows = export.filtered(model_admin, request)
    return rows.select_related("cdr", "cdr__owner", "cdr__emsp", "partner")


def csv(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> HttpResponseBase:
    """A download that begins at once."""
    return export.csv_response("reviews", _rows(model_admin, request), COLUMNS)


def xlsx(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> HttpResponseBase:
    """The same as a spreadsheet, which is made before it is sent."""
    sheet = Sheet("Reviews", _rows(model_admin, request), COLUMNS)
    return spreadsheets.xlsx_response("reviews", [sheet], about=about(request))


def about(request: HttpRequest) -> dict[str, object]:
    """The filters of a list, for the sheet that says what a file holds."""
    chosen = {name: ", ".join(request.GET.getlist(name)) for name in request.GET}
    return {"made by": request.user.get_username(), **chosen}
