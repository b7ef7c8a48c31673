"""A statement as a file: on paper, and its entries in spreadsheets, however many."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify

from settlement.documents import columns
from settlement.documents.contents import contents
from settlement.models import Statement
from staff import export
from staff.spreadsheets import Sheet, xlsx_response


def name_of(statement: Statement) -> str:
    """What its files are called: its number, or partner, month and currency while it has none."""
    if statement.number:
        return statement.number
    party = f"{statement.partner.country_code}-{statement.partner.party_id}"
    return slugify(f"{party}-{statement.month:%Y-%m}-{statement.currency}-{statement.direction}")


def csv(statement: Statement) -> StreamingHttpResponse:
    return export.csv_response(
        name_of(statement), columns.rows(statement), columns.columns(statement)
    )


def xlsx(statement: Statement) -> HttpResponseBase:
    """A sheet of totals per rate of tax, one of all entries, and one of what the statement is."""
    said = contents(statement)
    found = said.figures
    totals = Sheet(
        "Totals",
        found.rates,
        {
            "tax": lambda rate: rate.label or "not stated",
            "CDRs": lambda rate: rate.cdrs,
            "energy (kWh)": lambda rate: rate.energy,
            "currency": lambda _: statement.currency,
            "before tax": lambda rate: rate.before_tax,
            "tax amount": lambda rate: None if rate.tax_unknown else rate.tax,
            "with tax": lambda rate: None if rate.tax_unknown else rate.after_tax,
            "before tax, exact": lambda rate: rate.exact_before_tax,
            "tax, exact": lambda rate: rate.exact_tax,
        },
    )
    entries = Sheet("Entries", columns.rows(statement), columns.columns(statement))
    about = {
        "document": said.title,
        "number": statement.number or "not closed yet",
        "state": statement.get_state_display(),
        "month": f"{said.month} ({said.zone})",
        "delivered by": f"{said.seller.name} {said.seller.identity} {said.seller.role}".strip(),
        "charged by drivers of": f"{said.buyer.name} {said.buyer.identity} {said.buyer.role}".strip(),
    }
    return xlsx_response(name_of(statement), [totals, entries], about=about)


def paper(statement: Statement) -> HttpResponse:
    # Letters and their shapes take long to load, and every process of the portal would.
    from settlement.documents import pdf

    return HttpResponse(
        pdf.render(contents(statement)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name_of(statement)}.pdf"'},
    )
