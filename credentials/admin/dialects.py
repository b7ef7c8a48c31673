"""A connection's dialect: a preset to begin with, then each field as a question in plain words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from credentials.admin.verbs import CHANGE
from exchange.quality import suggestions
from ocpi import dialects
from ocpi.dialect import TO_THE_LETTER, Dialect
from parties.models import Connection
from staff import theme
from staff.links import page_url
from staff.requests import user_of

MAX_PAGE = 10_000
MAX_PAUSE = 600.0


class DialectForm(forms.Form):
    """One form field per question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = asdict(TO_THE_LETTER)
        for question in dialects.QUESTIONS:
            self.fields[question.field] = _form_field(question, usual[question.field])

    def questions(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The groups, with each question beside its form field, for the page."""
        usual = asdict(TO_THE_LETTER)
        return [
            (
                title,
                [
                    {
                        "question": question,
                        "field": self[question.field],
                        "usual": dialects.answer(question.field, usual[question.field]),
                    }
                    for question in asked
                ],
            )
            for title, asked in dialects.groups()
        ]

    def dialect(self) -> Dialect:
        return TO_THE_LETTER.but(**self.cleaned_data)


def _form_field(question: dialects.Question, usual: Any) -> forms.Field:
    label = question.question
    if question.options:
        return forms.ChoiceField(
            label=label, choices=list(question.options.items()), widget=theme.SelectWidget
        )
    if isinstance(usual, bool):
        return forms.BooleanField(label=label, required=False, widget=theme.SwitchWidget)
    if isinstance(usual, float):
        return forms.FloatField(
            label=label, min_value=0, max_value=MAX_PAUSE, widget=_number(step="any")
        )
    return forms.IntegerField(label=label, min_value=0, max_value=MAX_PAGE, widget=_number())


def _number(**attributes: str) -> forms.Widget:
    return theme.TextWidget(attrs={"type": "number", "min": "0", **attributes})


def view(request: HttpRequest, object_id: int) -> HttpResponse:
    """The questions, filled in with the connection's answers or with ``?preset=``; saved on POST."""
    connection = get_object_or_404(Connection, pk=object_id)
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    chosen = _preset(request)
    if request.method == "POST":
        form = DialectForm(request.POST)
        if form.is_valid():
            return _save(request, connection, form.dialect())
    else:
        form = DialectForm(initial=asdict(chosen.dialect if chosen else connection.dialect))
    return TemplateResponse(request, "staff/dialect.html", _page(request, connection, form, chosen))


def _preset(request: HttpRequest) -> dialects.Preset | None:
    try:
        return dialects.preset(request.GET["preset"])
    except KeyError:
        return None


def _save(request: HttpRequest, connection: Connection, dialect: Dialect) -> HttpResponse:
    changed = suggestions.set_dialect(connection, dialect, actor=user_of(request))
    if changed:
        messages.success(request, "Saved; it counts from the next request on.")
    else:
        messages.info(request, "Nothing was changed.")
    return HttpResponseRedirect(page_url(connection))


def _page(
    request: HttpRequest,
    connection: Connection,
    form: DialectForm,
    chosen: dialects.Preset | None,
) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": f"How {connection} differs from OCPI",
        "opts": Connection._meta,
        "connection": connection,
        "form": form,
        "presets": dialects.PRESETS,
        "chosen": chosen or (None if form.is_bound else dialects.preset_of(connection.dialect)),
        "unsaved": chosen is not None,
        "back": page_url(connection),
    }


def suggestion_view(request: HttpRequest, object_id: int, field: str, verb: str) -> HttpResponse:
    """Apply a suggestion, or set it aside (POST)."""
    connection = get_object_or_404(Connection, pk=object_id)
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    perform = suggestions.apply if verb == "apply" else suggestions.dismiss
    try:
        suggestion = perform(connection, field, actor=user_of(request))
    except ValueError as problem:
        messages.warning(request, str(problem))
    else:
        done = "It counts from the next request on" if verb == "apply" else "Not now"
        messages.success(request, f"{done}: {suggestion.title}")
    return HttpResponseRedirect(_back(request) or page_url(connection))


def _back(request: HttpRequest) -> str:
    """The page of this portal that the button was on."""
    address = request.POST.get("back", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else ""
