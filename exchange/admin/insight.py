"""Two pages about an object and a partner: what the partner would get, and why it did not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from exchange import looking, objects, registry, why
from exchange.admin import links
from exchange.models import Delivery
from exchange.objects import Named
from ocpi import convert
from parties.models import Agreement, Connection, Party
from staff import badges, theme
from staff.links import may_view, page_url

LIST_LIMIT = 10
SHOWN_BYTES = 200_000
ANSWERS = {
    why.YES: ("Yes", "success"),
    why.NO: ("No", "danger"),
    why.NOTE: ("Note", "info"),
}


def url(name: str, connection: Connection | None, module: str, reference: str = "") -> str:
    """The address of one of the pages (``why`` or ``as_partner``) with everything chosen."""
    chosen = {
        "connection": connection.pk if connection else "",
        "module": module,
        "object": reference,
    }
    kept = {key: value for key, value in chosen.items() if value}
    return f"{reverse(f'admin:exchange_delivery_{name}')}?{urlencode(kept)}"


class ChooseForm(forms.Form):
    """A partner, a module and an object."""

    connection = forms.ModelChoiceField(
        queryset=Connection.objects.order_by("name"), label="Partner", widget=theme.SelectWidget
    )
    module = forms.ChoiceField(label="What", widget=theme.SelectWidget)
    object = forms.CharField(
        label="Object",
        max_length=300,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC/LOC1"}),
        help_text="Owner and ID, or the ID alone.",
    )

    def __init__(self, *args: Any, needs_object: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(m.identifier, m.label) for m in registry.shown_modules()]
        field: Any = self.fields["module"]
        field.choices = shown
        if not needs_object:
            self.fields["object"].required = False
            self.fields["object"].help_text += " Empty for the list."

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        name, module = given.get("object"), registry.find(given.get("module", ""))
        given["target"] = objects.find(module, name) if module and name else None
        if name and module and given["target"] is None:
            self.add_error("object", f"There is no {module.called} {name} here.")
        return given


def as_partner(request: HttpRequest) -> HttpResponse:
    """What a partner would get for an object, or for a page of a list: the very bytes."""
    form = _form(request, needs_object=False)
    seen, target, problem = None, None, ""
    if form.is_bound and form.is_valid():
        connection, target = form.cleaned_data["connection"], form.cleaned_data["target"]
        try:
            seen = _look(request, connection, form.cleaned_data["module"], target)
        except ValueError as error:
            problem = str(error)
    if seen is not None and "raw" in request.GET:
        return HttpResponse(
            seen.body,
            content_type="application/octet-stream",
            headers={"Content-Disposition": 'attachment; filename="answer.json"'},
        )
    context = _page(request, form, "See as a partner")
    if seen is not None:
        context |= _shown(request, form.cleaned_data, seen, target)
    return TemplateResponse(
        request, "exchange/as_partner.html", {**context, "seen": seen, "problem": problem}
    )


def why_not(request: HttpRequest) -> HttpResponse:
    """Every condition between an object and a partner, in order, with its answer."""
    form = _form(request, needs_object=True)
    context = _page(request, form, "Why did a partner not get this?")
    if form.is_bound and form.is_valid():
        connection, target = form.cleaned_data["connection"], form.cleaned_data["target"]
        steps = why.explain_all(target, connection)
        context |= {
            "partner": links.partner(connection),
            "object_link": links.object_link(target.module.identifier, target.reference),
            "verdict": why.verdict(steps),
            "steps": [_line(request, step, target, connection) for step in steps],
            "as_partner_url": url(
                "as_partner", connection, target.module.identifier, target.reference
            ),
        }
    return TemplateResponse(request, "exchange/why.html", context)


def _form(request: HttpRequest, *, needs_object: bool) -> ChooseForm:
    if not may_view(request, Delivery):
        raise PermissionDenied
    complete = request.GET.get("connection") and request.GET.get("module")
    if complete and (request.GET.get("object") or not needs_object):
        return ChooseForm(request.GET, needs_object=needs_object)
    return ChooseForm(initial=request.GET.dict(), needs_object=needs_object)


def _page(request: HttpRequest, form: ChooseForm, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "opts": Delivery._meta,
        "form": form,
        "asked": form.is_bound and form.is_valid(),
    }


def _look(
    request: HttpRequest, connection: Connection, module: str, target: Named | None
) -> looking.Seen:
    if target is not None:
        return looking.look_at(connection, target)
    query = {"limit": str(LIST_LIMIT)}
    after = request.GET.get("after", "")
    if after.isdigit():
        query["after"] = after
    return looking.look(connection, module, **query)


def _shown(
    request: HttpRequest, given: dict[str, Any], seen: looking.Seen, target: Named | None
) -> dict[str, Any]:
    connection, module = given["connection"], given["module"]
    following = request.GET.copy()
    _, _, after = seen.headers.get("Link", "").partition("after=")
    following["after"] = "".join(c for c in after.split(">")[0] if c.isdigit())
    raw = request.GET.copy()
    raw["raw"] = "1"
    lost, refusal = (seen.lost, "") if target is None else _losses(connection, target)
    return {
        "connection": connection,
        "partner": links.partner(connection),
        "target": target,
        "object_link": links.object_link(module, target.reference) if target else "",
        "text": seen.body[:SHOWN_BYTES].decode("utf-8", "replace"),
        "cut": len(seen.body) > SHOWN_BYTES,
        "size": len(seen.body),
        "raw_url": f"?{raw.urlencode()}",
        "next_url": f"?{following.urlencode()}" if following["after"] else "",
        "lost": lost,
        "refusal": refusal,
        "why_url": url("why", connection, module, target.reference if target else ""),
    }


def _losses(connection: Connection, target: Named) -> tuple[list[looking.Lost], str]:
    """What the partner's version leaves out of one object, or why it cannot say it at all."""
    outbox = target.module.outbox
    if outbox is None:
        return [], ""
    try:
        push = outbox.render(connection, target.id, ["*"], whole=True)
    except convert.Refused as refused:
        return [], refused.reason
    found = push.losses if push is not None else ()
    return looking.in_words(list(found), connection.version), ""


def _line(
    request: HttpRequest, step: why.Step, target: Named, connection: Connection
) -> dict[str, Any]:
    return {
        "step": step,
        "badge": badges.label_badge(*ANSWERS[step.answer]),
        "link": _change(request, step.change, target, connection),
        "exchange_url": links.exchange_url(step.exchange_id) if step.exchange_id else "",
    }


def _change(
    request: HttpRequest, change: str, target: Named, connection: Connection
) -> dict[str, str]:
    """Where staff change what an answer depends on."""
    module = target.module.identifier
    if change == "connection":
        return {"url": page_url(connection), "label": "The connection"}
    if change == "party":
        return {"url": reverse("admin:parties_party_changelist"), "label": "Parties"}
    if change == "object":
        return {
            "url": links.object_url(module, target.reference) or "",
            "label": f"The {target.module.called}",
        }
    if change == "delivery":
        found = Delivery.objects.filter(
            connection=connection, module=module, object_id=target.id
        ).first()
        return {"url": page_url(found) if found else "", "label": "The delivery"}
    if change == "agreement" and may_view(request, Agreement):
        return _agreement(target, connection)
    return {"url": "", "label": ""}


def _agreement(target: Named, connection: Connection) -> dict[str, str]:
    theirs = Party.objects.filter(
        connection_parties__connection=connection, connection_parties__approved=True
    )
    found = Agreement.objects.filter(ours=target.owner_id, theirs__in=theirs, ended_at=None).first()
    if found is not None:
        return {"url": page_url(found), "label": "The agreement"}
    first = theirs.first()
    query = urlencode({"ours": target.owner_id, **({"theirs": first.pk} if first else {})})
    return {
        "url": f"{reverse('admin:parties_agreement_add')}?{query}",
        "label": "There is no agreement; make one",
    }
