"""The page that explains what a charge would cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ocpi.tariff_table import price_table
from staff.links import may_view, page_url
from tariffs.admin.costs import cell
from tariffs.admin.offers import Offer, asked_for, defaults, offer
from tariffs.admin.preview_form import PreviewForm
from tariffs.models import Tariff
from tariffs.pricing import CompiledTariff, explain
from tariffs.pricing.words import amount, passages
from tariffs.workshop import preview
from tariffs.workshop.uses import Use, charge_of, moment_words


def why_view(request: HttpRequest) -> HttpResponse:
    """Why a charge costs what it costs by one tariff: what held when, what did not, and what was added up."""
    if not may_view(request, Tariff):
        raise PermissionDenied
    tariffs, _ = asked_for(request)
    if not tariffs:
        raise Http404
    form = PreviewForm(request.GET, defaults=defaults(tariffs))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Why does it cost that by {tariffs[0]}?",
        "tariff": tariffs[0],
        "tariff_url": page_url(tariffs[0]),
        "form": form,
    }
    use = form.use() if form.is_valid() else None
    if use is not None:
        asked = offer(tariffs[0], form.cleaned_data["seller"])
        context |= {
            "prices": price_table(asked.document),
            "use": use,
            "start": moment_words(form.begins()),
        }
        if asked.compiled is not None:
            zone: ZoneInfo = form.cleaned_data["zone"]
            context |= _explained(asked, asked.compiled, use, form, zone.key)
    return TemplateResponse(request, "tariffs/why.html", context)


def _explained(
    asked: Offer, compiled: CompiledTariff, use: Use, form: PreviewForm, zone: str
) -> Mapping[str, Any]:
    start = form.begins()
    cost = preview.cost(compiled, use, start, zone, asked.rule_at)
    sold = [
        (step.words, amount(step.added, cost.currency), amount(step.total, cost.currency))
        for step in (cost.sold.steps if cost.sold else ())
    ]
    return {
        "zone": zone,
        "cell": cell(asked, cost, zone),
        "passages": passages(explain(charge_of(use, start, zone), compiled)),
        "sold": sold,
    }
