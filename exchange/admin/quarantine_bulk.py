"""Trying again with all that a filter of the quarantine shows: a page that says how many, then a job."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from exchange.choices import QuarantineState
from exchange.quality import retake
from staff import export
from staff.links import page_url

PERMISSION = "exchange.change_quarantined"
LIMIT = 10_000


def view(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """Ask, then start the job and go to its page."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    home = reverse("admin:exchange_quarantined_changelist")
    shown = export.filtered(model_admin, request).filter(state=QuarantineState.OPEN)
    rows = shown.model._default_manager.filter(
        pk__in=list(shown.order_by("pk").values_list("pk", flat=True)[:LIMIT])
    )
    number = rows.count()
    if not number:
        messages.warning(request, "Nothing that waits matches, so there is nothing to do.")
        return HttpResponseRedirect(home)
    words = "1 object" if number == 1 else f"{number:,} objects".replace(",", "\u202f")
    if request.method == "POST":
        job = retake.start(rows, f"Another try with {words} in quarantine", actor=request.user)
        return HttpResponseRedirect(page_url(job) or home)
    return TemplateResponse(
        request,
        "exchange/delivery_bulk.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": "Try all again",
            "opts": model_admin.opts,
            "bulk": {
                "label": "Try again",
                "explanation": "Each is read again as it came, by the dialect the partner has now."
                " What can be taken in leaves the quarantine; the rest stays, with what is wrong.",
            },
            "question": f"Try to take in {words} again?",
            "capped": number == LIMIT,
            "limit": LIMIT,
            "home": home,
        },
    )
