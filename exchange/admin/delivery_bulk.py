"""The same action on many deliveries: a page that says how many, then a POST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from exchange import deliveries
from exchange.admin.delivery_actions import LIMIT, PERMISSION
from staff import export

IDS = "ids"


@dataclass(frozen=True)
class Bulk:
    name: str
    label: str
    question: str
    explanation: str
    done: str
    perform: Callable[..., int]
    dangerous: bool = False


BULK = {
    "replay": Bulk(
        "replay",
        "Send again",
        "Send {count} once more?",
        "Each partner gets the current state of each object, as fast as it takes them.",
        "{count} will be sent again.",
        deliveries.replay,
    ),
    "skip": Bulk(
        "skip",
        "Skip this version",
        "Give up {count}?",
        "The partners will not be told about these changes. Later changes go out as usual.",
        "{count} skipped.",
        deliveries.skip,
        dangerous=True,
    ),
}


def view(model_admin: admin.ModelAdmin[Any], kind: str, request: HttpRequest) -> HttpResponse:
    """Ask, then do it, for the ids in the address or for everything that its filters show."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    bulk = BULK[kind]
    home = reverse("admin:exchange_delivery_changelist")
    ids = _ids(model_admin, request)
    if not ids:
        messages.warning(request, "No delivery matches, so there is nothing to do.")
        return HttpResponseRedirect(home)
    if request.method == "POST":
        count = bulk.perform(ids, actor=request.user)
        messages.success(request, bulk.done.format(count=_words(count)))
        return HttpResponseRedirect(home)
    return TemplateResponse(
        request,
        "exchange/delivery_bulk.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": bulk.label,
            "opts": model_admin.opts,
            "bulk": bulk,
            "question": bulk.question.format(count=_words(len(ids))),
            "capped": len(ids) == LIMIT,
            "limit": LIMIT,
            "home": home,
        },
    )


def _ids(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> list[int]:
    chosen = request.GET.get(IDS)
    if chosen is not None:
        numbers = [int(part) for part in chosen.split(",") if part.isascii() and part.isdigit()]
        return numbers[:LIMIT]
    rows = export.filtered(model_admin, request).order_by("pk").values_list("pk", flat=True)
    return list(rows[:LIMIT])


def _words(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries".replace(",", "\u202f")
