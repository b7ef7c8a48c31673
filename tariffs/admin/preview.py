"""Pages that say what charges would cost: by one tariff, by several beside each other, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from ocpi.numbers import plain
from staff.links import may_view, page_url
from tariffs import words
from tariffs.admin import week
from tariffs.admin.costs import cell
from tariffs.admin.offers import Offer, asked_for, defaults, offer
from tariffs.admin.preview_form import PreviewForm
from tariffs.admin.why import why_view
from tariffs.models import Tariff
from tariffs.workshop import preview
from tariffs.workshop.preview import Cost
from tariffs.workshop.uses import Row, Start, Use, moment_words, rows, starts

POWERS = (("11", "11 kW AC"), ("22", "22 kW AC"), ("50", "50 kW DC"), ("150", "150 kW DC"))
DEFAULT_ROW = 1
"""The use by which tariffs are in order at first: 30 kWh."""


def urls(model_admin: Any) -> list[URLPattern]:
    wrap = model_admin.admin_site.admin_view
    return [
        path("preview/", wrap(preview_view), name="tariffs_tariff_preview"),
        path("preview/why/", wrap(why_view), name="tariffs_tariff_why"),
    ]


def preview_view(request: HttpRequest) -> HttpResponse:
    """What the usual charges, and one of one's own, cost by the tariffs that the address names."""
    if not may_view(request, Tariff):
        raise PermissionDenied
    chosen, problems = asked_for(request)
    form = PreviewForm(request.GET, defaults=defaults(chosen))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _title(chosen),
        "form": form,
        "tariffs": chosen,
        "problems": problems,
        "is_single": len(chosen) == 1,
    }
    if form.is_valid() and chosen:
        context |= _answers(request, chosen, form)
    return TemplateResponse(request, "tariffs/preview.html", context)


def _title(chosen: Sequence[Tariff]) -> str:
    if len(chosen) == 1:
        return f"What does charging by {chosen[0]} cost?"
    return "What does charging cost?"


def _answers(request: HttpRequest, chosen: Sequence[Tariff], form: PreviewForm) -> dict[str, Any]:
    given = form.cleaned_data
    zone: ZoneInfo = given["zone"]
    offers = [offer(tariff, given["seller"]) for tariff in chosen]
    uses, times = rows(given["kw"]), starts(given["day"], zone.key)
    own = form.use()
    return {
        "zone": zone.key,
        "kw": plain(given["kw"]),
        "powers": [
            {"label": label, "url": _with(request, kw=kw), "active": plain(given["kw"]) == kw}
            for kw, label in POWERS
        ],
        "unpriced": [one.tariff for one in offers if one.compiled is None],
        "keep": [(name, value) for name, value in _kept(request, chosen)],
        "week": _week(request, offers, given, zone.key),
        "own": _own(offers, own, form.begins(), zone.key) if own is not None else None,
        "sold": any(one.rule_at is not None for one in offers),
        **(
            _one(offers[0], uses, times, zone.key)
            if len(offers) == 1
            else _several(request, offers, uses, times, zone.key)
        ),
    }


def _kept(request: HttpRequest, chosen: Sequence[Tariff]) -> list[tuple[str, str]]:
    """What the form sends on without showing it."""
    others = [(name, request.GET[name]) for name in ("when", "by", "stage") if name in request.GET]
    return [("tariff", str(tariff.pk)) for tariff in chosen] + others


def _one(asked: Offer, uses: Sequence[Row], times: Sequence[Start], zone: str) -> dict[str, Any]:
    """A row per use, a column per time."""
    return {
        "times": times,
        "rows": [
            {
                "row": row,
                "cells": [
                    cell(asked, _cost(asked, row.use, start.at, zone), zone) for start in times
                ],
            }
            for row in uses
        ],
    }


def _several(
    request: HttpRequest,
    offers: Sequence[Offer],
    uses: Sequence[Row],
    times: Sequence[Start],
    zone: str,
) -> dict[str, Any]:
    """A row per tariff, a column per use, at one of the times; in the order of one of the columns."""
    start = next((one for one in times if one.key == request.GET.get("when")), times[0])
    column = _number(request, "by", DEFAULT_ROW)
    column = column if column < len(uses) else DEFAULT_ROW
    costs = [[_cost(one, row.use, start.at, zone) for one in offers] for row in uses]
    side = preview.basis(one for column_of in costs for one in column_of)
    columns = [preview.marked(one, side) for one in costs]
    order = preview.in_order(columns[column], side)
    return {
        "basis": side,
        "tabs": [
            {"label": one.name, "url": _with(request, when=one.key), "active": one is start}
            for one in times
        ],
        "start": start,
        "heads": [
            {"row": row, "url": _with(request, by=str(place)), "active": place == column}
            for place, row in enumerate(uses)
        ],
        "rows": [
            {
                **_about(offers[place]),
                "cells": [cell(offers[place], c[place], zone) for c in columns],
            }
            for place in order
        ],
        "currencies": len({o.compiled.currency for o in offers if o.compiled is not None}),
    }


def _week(
    request: HttpRequest, offers: Sequence[Offer], given: dict[str, Any], zone: str
) -> dict[str, Any] | None:
    if len(offers) != 1:
        return None
    return week.shown(
        offers[0].compiled,
        given["day"],
        given["kw"],
        zone,
        lambda stage: _with(request, stage=str(stage)),
        _number(request, "stage"),
    )


def _own(offers: Sequence[Offer], use: Use, start: datetime, zone: str) -> dict[str, Any]:
    found = [_cost(one, use, start, zone) for one in offers]
    side = preview.basis(found)
    costs = preview.marked(found, side)
    return {
        "use": use,
        "start": moment_words(start),
        "rows": [
            {**_about(offers[place]), "cell": cell(offers[place], costs[place], zone)}
            for place in preview.in_order(costs, side)
        ],
    }


def _about(asked: Offer) -> dict[str, Any]:
    return {
        "tariff": asked.tariff,
        "url": page_url(asked.tariff),
        "price": words.price_line(asked.tariff.document),
    }


def _cost(asked: Offer, use: Use, start: datetime, zone: str) -> Cost | None:
    if asked.compiled is None:
        return None
    return preview.cost(asked.compiled, use, start, zone, asked.rule_at)


def _number(request: HttpRequest, name: str, usual: int = 0) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else usual


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"
