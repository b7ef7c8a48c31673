"""Pages with forms in front of services, downloads, and the CDRs that no invoice lists."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from cdrs.words import energy
from review.admin.desk_cells import money
from settlement.reconciliation import selectors, services
from settlement.reconciliation.admin import export
from settlement.reconciliation.admin.actions import CHANGE
from settlement.reconciliation.admin.forms import AmountsForm, IssueForm, UploadForm
from settlement.reconciliation.choices import Finding, Way
from settlement.reconciliation.models import InvoiceRecord, ReconciliationResult
from staff import export as csv
from staff import theme
from staff.links import list_url, page_url
from staff.paging import UncountedPaginator
from staff.requests import user_of

Admin = theme.ModelAdmin[InvoiceRecord]
ROWS = 50


def urls(model_admin: Admin) -> list[URLPattern]:
    """The addresses of these pages, to stand before the admin's own."""
    wrap = model_admin.admin_site.admin_view
    name = "settlement_invoicerecord"
    return [
        path("upload/", wrap(partial(upload, model_admin)), name=f"{name}_upload"),
        path("issue/", wrap(partial(issue, model_admin)), name=f"{name}_issue"),
        path("<int:key>/amounts/", wrap(partial(amounts, model_admin)), name=f"{name}_amounts"),
        path("<int:key>/unlisted/", wrap(partial(unlisted, model_admin)), name=f"{name}_unlisted"),
        path("<int:key>/results.csv", wrap(partial(results, model_admin)), name=f"{name}_results"),
        path("<int:key>/cdrs.csv", wrap(partial(for_partner, model_admin)), name=f"{name}_cdrs"),
    ]


def upload(model_admin: Admin, request: HttpRequest) -> HttpResponse:
    """A table of the CDRs of an invoice that a partner sent some other way."""
    _demand(request, CHANGE)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and form.table is not None:
        given = form.cleaned_data
        try:
            record = services.upload(
                given["partner"],
                given["ours"],
                given["invoice_id"],
                form.table.lines,
                form.totals(),
                actor=user_of(request),
            )
        except services.NotPossible as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Invoice {record} was taken in.")
            return HttpResponseRedirect(page_url(record))
    return model_admin.page(
        request,
        "settlement/upload.html",
        "Upload an invoice",
        {
            "form": form,
            "submit_label": "Upload and match",
            "back": list_url(InvoiceRecord),
            "introduction": "For partners that do not tell their invoices over OCPI. Nothing is paid or decided by"
            " it. The same invoice again replaces what was uploaded before.",
            "wrong": form.table.wrong if form.table else [],
            "faults": form.table.faults if form.table else 0,
        },
    )


def issue(model_admin: Admin, request: HttpRequest) -> HttpResponse:
    """Tell a partner which CDRs an invoice of ours charges: those of a statement."""
    _demand(request, CHANGE)
    chosen = request.GET.get("statement", "")
    form = IssueForm(
        request.POST or None,
        chosen=request.POST.get("statement", chosen),
        initial={"statement": chosen},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            record = services.issue_statement(
                given["statement"], invoice_id=given["invoice_id"], actor=user_of(request)
            )
        except services.NotPossible as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Invoice {record} was issued.")
            return HttpResponseRedirect(page_url(record))
    return model_admin.page(
        request,
        "staff/form.html",
        "Issue an invoice",
        {
            "form": form,
            "submit_label": "Issue and tell the partner",
            "back": list_url(InvoiceRecord),
            "introduction": "It charges what is on the statement and on no invoice yet. A partner that takes invoices"
            " over OCPI is told which CDRs these are; for others there is a file. The invoice goes its own way.",
        },
    )


def amounts(model_admin: Admin, request: HttpRequest, key: int) -> HttpResponse:
    """What the invoice says it comes to."""
    _demand(request, CHANGE)
    record = model_admin.found(request, key)
    form = AmountsForm(
        request.POST or None,
        initial={
            "currency": record.currency,
            "before_tax": _plain(record.total_before_tax),
            "after_tax": _plain(record.total_after_tax),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.enter_amounts(record, **form.cleaned_data, actor=user_of(request))
        except services.NotPossible as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"The amounts of invoice {record} were saved.")
            return HttpResponseRedirect(page_url(record))
    return model_admin.page(
        request,
        "staff/form.html",
        f"Amounts of invoice {record}",
        {
            "form": form,
            "submit_label": "Save",
            "back": page_url(record),
            "introduction": "OCPI does not tell what an invoice comes to. Enter it from the invoice itself, and it is"
            " held against the CDRs.",
            "original": record,
        },
    )


def unlisted(model_admin: Admin, request: HttpRequest, key: int) -> HttpResponseBase:
    """The CDRs that our statement has and no invoice lists, a page at a time; with ``?csv`` all of them as a file."""
    record = model_admin.found(request, key)
    result = ReconciliationResult.objects.select_related("statement").filter(record=record).first()
    if result is None or result.statement is None:
        raise Http404
    rows = selectors.unlisted(result.statement.pk).order_by("ended_at", "pk")
    rows = rows.select_related("cdr__owner").defer("cdr__document", "rates")
    if "csv" in request.GET:
        return csv.csv_response("not-charged", rows, export.UNLISTED)
    number = request.GET.get("page", "1")
    page = UncountedPaginator(rows, ROWS).page(int(number) if number.isdigit() else 1)
    return model_admin.page(
        request,
        "settlement/unlisted.html",
        "Not charged",
        {
            "record": record,
            "statement": result.statement,
            "statement_url": page_url(result.statement),
            "page": page,
            "rows": [
                {
                    "cdr": entry.cdr,
                    "url": page_url(entry.cdr),
                    "energy": energy(entry.energy),
                    "before_tax": money(entry.before_tax, entry.cdr.currency),
                }
                for entry in page
            ],
        },
    )


def results(model_admin: Admin, request: HttpRequest, key: int) -> StreamingHttpResponse:
    """What was found about each CDR, as CSV; with ``?finding=`` of one finding."""
    record = model_admin.found(request, key)
    finding = request.GET.get("finding", "")
    return export.lines_response(
        record, finding if finding in Finding.values else "", export.RESULTS
    )


def for_partner(model_admin: Admin, request: HttpRequest, key: int) -> StreamingHttpResponse:
    """The CDRs of an invoice of ours, for a partner that does not take them over OCPI."""
    record = model_admin.found(request, key)
    if record.way != Way.SENT:
        raise Http404
    return export.lines_response(record, "", export.FOR_PARTNER)


def _plain(number: Any) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
