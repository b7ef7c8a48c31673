"""CSV of what a list shows, with its filters and search, row by row as it is read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

Column = Callable[[Any], object]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, text: str) -> str:
        return text


def cell(value: object) -> str:
    """A value as CSV text; what a spreadsheet would take for a formula gets an apostrophe."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    if isinstance(value, str) and text.startswith(_FORMULA_STARTS):
        return f"'{text}"
    return text


def csv_lines(rows: Iterator[Any], columns: Mapping[str, Column]) -> Iterator[str]:
    """The header, then a line per row; ``columns`` maps titles to functions of a row."""
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(column(row)) for column in columns.values()])


def csv_response(
    name: str, rows: QuerySet[Any], columns: Mapping[str, Column]
) -> StreamingHttpResponse:
    """A download that is never held in memory whole; ``name`` is the file's without ``.csv``."""
    stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
    return StreamingHttpResponse(
        csv_lines(rows.iterator(chunk_size=2000), columns),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{stamp}.csv"'},
    )


def filtered(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> QuerySet[Any]:
    """The rows of a list with the filters, search and order of the request's query string."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    changelist = model_admin.get_changelist_instance(request)
    return changelist.get_queryset(request)
