"""The page that follows one charge, from wherever one comes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from cdrs import words
from cdrs.charge import Charge, follow, steps
from cdrs.charge.missing import missing
from cdrs.models import CDR
from charging.models import Command, Session
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from staff.links import page_url
from tokens.authorization.models import Authorization

EXCHANGES_SHOWN = 60
STARTS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "session": (Session, ("owner", "emsp")),
    "cdr": (CDR, ("owner", "emsp")),
    "authorization": (Authorization, ("owner", "cpo", "connection")),
    "command": (Command, ("owner", "sender", "requested_by")),
}
"""What a charge can be followed from, by the name in the address."""


def view(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """``?session=12``, ``?cdr=3``, ``?authorization=4`` or ``?command=5``: their primary keys."""
    start = _start(request)
    charge = follow(start)
    return TemplateResponse(
        request,
        "cdrs/charge.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": f"The charge of {_name(charge, start)}",
            "opts": model_admin.opts,
            "charge": charge,
            "owner": owner_words(charge.owner) if charge.owner else "",
            "emsp": owner_words(charge.emsp) if charge.emsp else "",
            "steps": steps(charge),
            "missing": missing(charge),
            "urls": {
                name: page_url(row)
                for name in ("session", "location", "evse", "token")
                if (row := getattr(charge, name)) is not None
            },
            "cdrs": [
                {
                    "cdr": cdr,
                    "url": page_url(cdr),
                    "amount": words.amount(cdr.total_cost, cdr.currency),
                    "energy": words.energy(cdr.energy),
                }
                for cdr in charge.cdrs
            ],
            "exchanges": [row_of(row) for row in _exchanges(charge)],
        },
    )


def _start(request: HttpRequest) -> Any:
    for name, (model, related) in STARTS.items():
        key = request.GET.get(name, "")
        if key.isascii() and key.isdigit() and len(key) < 19:
            if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
                raise PermissionDenied
            row = model._default_manager.select_related(*related).filter(pk=int(key)).first()
            if row is not None:
                return row
    raise Http404


def _name(charge: Charge, start: Model) -> str:
    if charge.session is not None:
        return charge.session.reference
    return str(start)


def _exchanges(charge: Charge) -> list[Exchange]:
    """The requests about the session, its CDRs and its commands, in the order in which they were made."""
    references = [cdr.reference for cdr in charge.cdrs]
    references += [command.reference for command in charge.commands]
    if charge.session is not None:
        references.append(charge.session.reference)
    correlations = {row.correlation_id for row in charge.authorizations if row.correlation_id}
    rows = Exchange.objects.filter(object_reference__in=references, module__in=MODULES)
    found = list(rows.select_related("connection").order_by("-id")[:EXCHANGES_SHOWN])
    if correlations:
        asked = Exchange.objects.filter(correlation_id__in=correlations)
        found += list(asked.select_related("connection").order_by("-id")[:EXCHANGES_SHOWN])
    return sorted({row.pk: row for row in found}.values(), key=lambda row: row.pk)


MODULES = ("sessions", "cdrs", "commands", "chargingprofiles")
