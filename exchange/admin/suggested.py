"""Suggestions as pages show them, each with its evidence."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from exchange.admin import links
from exchange.models import Exchange, Job
from exchange.quality import suggestions
from exchange.quality.deviations import sentence
from exchange.quality.observing import TRANSPORT, shown_by
from parties.models import Connection
from staff.links import may_change, may_view, page_url


def rows(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """What ``exchange/suggestions.html`` shows: the suggestions, and whether this user may decide."""
    return {
        "connection": connection,
        "rows": [_row(request, connection, found) for found in suggestions.of(connection)],
        "may_change": may_change(request, Connection),
        "back": request.get_full_path(),
    }


def _row(
    request: HttpRequest, connection: Connection, found: suggestions.Suggestion
) -> dict[str, Any]:
    return {
        "suggestion": found,
        "evidence": [
            {
                "seen": seen,
                "sentence": sentence(seen.code),
                "where": "" if seen.module == TRANSPORT else links.module_label(seen.module),
                "example_url": _example_url(request, seen.example_reference),
            }
            for seen in found.evidence
        ],
        "apply_url": _url(connection, found.field, "apply"),
        "dismiss_url": _url(connection, found.field, "dismiss"),
    }


def _example_url(request: HttpRequest, reference: str) -> str:
    """The exchange or job that shows it, while it is still there and this user may look."""
    shown = shown_by(reference)
    model = {"exchange": Exchange, "job": Job}[shown[0]] if shown else None
    if shown is None or model is None or not may_view(request, model):
        return ""
    found = model._default_manager.filter(pk=shown[1]).first()
    return page_url(found) if found else ""


def _url(connection: Connection, field: str, verb: str) -> str:
    try:
        return reverse(f"admin:parties_connection_suggestion_{verb}", args=[connection.pk, field])
    except NoReverseMatch:
        return ""
