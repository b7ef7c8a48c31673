"""The page of one partner's data quality: what deviates, since when, what was done, what to ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify

from exchange.admin import links, suggested
from exchange.models import Delivery, Exchange, Quarantined, WarningCount
from exchange.quality import figures
from exchange.quality.deviations import sentence
from ocpi import convert, dialects
from parties.models import Connection
from staff import export
from staff.links import list_url, may_change, may_view, page_url

FILES = "Files and our own entries"
MAIL_LINES = 12


def partner_url(connection: Connection | None) -> str:
    """The page of a partner; of files and our own entries without one."""
    key = connection.pk if connection else 0
    return reverse("admin:exchange_warningcount_partner", args=[key])


def view(model_admin: admin.ModelAdmin[Any], request: HttpRequest, key: int) -> HttpResponse:
    """The page; ``key`` 0 is that of files and our own entries."""
    connection = _found(request, key)
    deviations = figures.of(connection)
    return TemplateResponse(
        request,
        "exchange/quality.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": f"Data quality: {connection or FILES}",
            "opts": model_admin.opts,
            "connection": connection,
            "name": str(connection or FILES),
            "connection_url": page_url(connection) if connection else "",
            "figures": figures.summary(connection),
            "deviations": [_row(deviation) for deviation in deviations],
            "findings": [_finding(found) for found in figures.findings(connection)],
            "quarantine": _quarantine(request, connection),
            "csv_url": reverse("admin:exchange_warningcount_csv", args=[key]),
            "mail": mail(connection, deviations) if connection and deviations else "",
            **(_of_partner(request, connection) if connection else {}),
        },
    )


def _found(request: HttpRequest, key: int) -> Connection | None:
    if not may_view(request, WarningCount):
        raise PermissionDenied
    return get_object_or_404(Connection, pk=key) if key else None


def _of_partner(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    return {
        "differs": dialects.differences(connection.dialect),
        "dialect_url": _dialect_url(request, connection),
        "suggestions": suggested.rows(request, connection),
        "losses": [
            {
                "loss": loss,
                "why": convert.message(loss.code, loss.version),
                "module": links.module_label(loss.module),
                "example": links.object_link(loss.module, loss.example_reference),
            }
            for loss in figures.losses(connection)
        ],
        "refusals": [_refusal(request, row) for row in figures.refusals(connection)],
        "refusals_url": list_url(
            Exchange,
            connection__id__exact=connection.pk,
            direction__exact="in",
            outcome__exact="refused",
        )
        if may_view(request, Exchange)
        else "",
        "dead": Delivery.objects.filter(connection=connection).dead().count()
        if may_view(request, Delivery)
        else None,
        "dead_url": list_url(Delivery, state="refused", connection__id__exact=connection.pk),
    }


def _dialect_url(request: HttpRequest, connection: Connection) -> str:
    if not may_change(request, Connection):
        return ""
    return reverse("admin:parties_connection_dialect", args=[connection.pk])


def _row(deviation: figures.Deviation) -> dict[str, Any]:
    row = deviation.row
    return {
        "deviation": deviation,
        "row": row,
        "module": links.module_label(row.module),
        "share": _percent(deviation.share),
        "example": links.object_link(row.module, row.example_reference),
        "trend": _trend(deviation),
    }


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return f"{share:.0%}" if share >= 0.01 else "<1%"


def _trend(deviation: figures.Deviation) -> str:
    if deviation.week > deviation.before:
        return "more"
    return "less" if deviation.week < deviation.before else "same"


def _finding(found: tuple[Any, Any]) -> dict[str, Any]:
    module, finding = found
    return {
        "finding": finding,
        "module": module.label,
        "examples": [
            {"text": text, "object": links.object_link(module.identifier, reference)}
            for text, reference in finding.examples
        ],
    }


def _refusal(request: HttpRequest, row: dict[str, Any]) -> dict[str, Any]:
    url = links.exchange_url(row["latest"]) if may_view(request, Exchange) else ""
    return {**row, "module": links.module_label(row["module"]), "url": url}


def _quarantine(request: HttpRequest, connection: Connection | None) -> list[dict[str, Any]]:
    if not may_view(request, Quarantined):
        return []
    which: dict[str, object] = {"state__exact": "open"}
    which |= (
        {"connection__id__exact": connection.pk} if connection else {"connection__isnull": "True"}
    )
    return [
        {
            **row,
            "module_label": links.module_label(row["module"]),
            "url": list_url(Quarantined, **which, module=row["module"], code=row["code"] or ""),
        }
        for row in figures.quarantined(connection)
    ]


def mail(connection: Connection, deviations: Iterable[figures.Deviation]) -> str:
    """What to write to the partner: the kinds of deviation, an example of each, what to send instead."""
    recent = [d for d in deviations if d.week] or list(deviations)
    version = f" {connection.version}" if connection.version else ""
    lines = [f"In what you send us by OCPI{version} we found the following.", ""]
    for deviation in recent[:MAIL_LINES]:
        lines += [*_paragraph(deviation), ""]
    return "\n".join(lines)


def _paragraph(deviation: figures.Deviation) -> list[str]:
    row = deviation.row
    times = f"{deviation.week} times in the last 7 days." if deviation.week else ""
    where = ": ".join(filter(None, [row.example_reference, row.example_path]))
    example = f"  Example: {where} = {row.example_value}" if where else ""
    paragraph = [f"- {deviation.sentence} {times}".rstrip(), example, f"  {deviation.ask}"]
    return [line for line in paragraph if line]


_COLUMNS: dict[str, export.Column] = {
    "module": lambda row: row.module,
    "code": lambda row: row.code,
    "count": lambda row: row.count,
    "first seen": lambda row: row.first_seen_at,
    "last seen": lambda row: row.last_seen_at,
    "example": lambda row: row.example_reference,
    "path": lambda row: row.example_path,
    "value": lambda row: row.example_value,
}


def csv_view(request: HttpRequest, key: int) -> HttpResponse:
    """The deviations of one partner as CSV."""
    connection = _found(request, key)
    counted = {(d.row.module, d.row.code): d for d in figures.of(connection)}
    rows: QuerySet[WarningCount] = WarningCount.objects.filter(connection=connection).order_by(
        "-count"
    )

    def of(row: WarningCount) -> figures.Deviation | None:
        return counted.get((row.module, row.code))

    columns: dict[str, export.Column] = {
        **_COLUMNS,
        "what differs": lambda row: sentence(row.code),
        "today": lambda row: getattr(of(row), "today", ""),
        "7 days": lambda row: getattr(of(row), "week", ""),
        "7 days before": lambda row: getattr(of(row), "before", ""),
        "what we did": lambda row: getattr(of(row), "done", ""),
        "what to ask for": lambda row: getattr(of(row), "ask", ""),
    }
    name = slugify(str(connection or "files")) or "partner"
    return export.csv_response(f"data-quality-{name}", rows, columns)  # type: ignore[return-value]
