"""Actions that ask first: a page (or dialog) that says what will happen, then a POST that does it.

    class DeliveryAdmin(theme.ModelAdmin[Delivery]):
        def get_urls(self):
            return [*confirmed.urls(self, [REPLAY]), *super().get_urls()]

    REPLAY = Confirmed(
        name="replay", label="Send again", permission="exchange.change_delivery",
        question="Send the current state of this object once more?",
        perform=lambda request, delivery: deliveries.replay(delivery, actor=request.user),
        done="It is on its way.",
    )

A GET never changes anything. The services that ``perform`` calls write the audit event. In a
template: ``{% include "staff/confirmed_buttons.html" with buttons=buttons %}`` with what
``buttons()`` returns for the object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from staff.links import page_url
from staff.requests import user_of

Result = str | HttpResponse | None
Perform = (
    Callable[[HttpRequest, Any], Result] | Callable[[HttpRequest, Any, dict[str, Any]], Result]
)


class Refused(Exception):
    """It cannot be done, for a reason staff can read."""


@dataclass(frozen=True)
class Confirmed:
    """One action on one object.

    ``perform(request, object)`` (with a ``form``: ``(request, object, cleaned_data)``) does it and
    returns the URL to go to, a page, or nothing for the object's page. ``allowed`` says for which objects
    there is a button, and is checked again on POST. ``question`` and ``done`` may use ``{object}``;
    ``question`` and ``explanation`` may also be functions of the object. ``refusals`` are errors of services
    whose text tells staff why it cannot be done.
    """

    name: str
    label: str
    permission: str
    question: str | Callable[[Any], str]
    perform: Perform
    done: str = ""
    explanation: str | Callable[[Any], str] = ""
    dangerous: bool = False
    icon: str = ""
    form: type[forms.Form] | None = None
    allowed: Callable[[Any], bool] = lambda _: True
    refusals: tuple[type[Exception], ...] = ()


def acting(service: Callable[..., Any]) -> Callable[[HttpRequest, Any], None]:
    """``perform`` of an action that is one call: ``service(object, actor=user)``."""

    def perform(request: HttpRequest, target: Any) -> None:
        service(target, actor=user_of(request))

    return perform


def urls(model_admin: admin.ModelAdmin[Any], actions: Iterable[Confirmed]) -> list[URLPattern]:
    """The addresses of actions, to stand before the admin's own in ``get_urls``."""
    return [
        path(
            f"<path:object_id>/{action.name}/",
            model_admin.admin_site.admin_view(partial(_view, model_admin, action)),
            name=url_name(model_admin, action),
        )
        for action in actions
    ]


def url_name(model_admin: admin.ModelAdmin[Any], action: Confirmed) -> str:
    options = model_admin.opts
    return f"{options.app_label}_{options.model_name}_{action.name}"


def buttons(
    model_admin: admin.ModelAdmin[Any],
    actions: Iterable[Confirmed],
    request: HttpRequest,
    target: Model,
) -> list[dict[str, Any]]:
    """What this user can do to ``target`` now: ``url``, ``label``, ``dangerous``, ``icon`` each."""
    return [
        {
            "url": reverse(f"admin:{url_name(model_admin, action)}", args=[target.pk]),
            "label": action.label,
            "dangerous": action.dangerous,
            "icon": action.icon,
            "name": action.name,
        }
        for action in possible(actions, request, target)
    ]


def possible(actions: Iterable[Confirmed], request: HttpRequest, target: Model) -> list[Confirmed]:
    """Those of ``actions`` that this user can do to ``target`` now."""
    return [
        action
        for action in actions
        if request.user.has_perm(action.permission) and action.allowed(target)
    ]


def _view(
    model_admin: admin.ModelAdmin[Any], action: Confirmed, request: HttpRequest, object_id: str
) -> HttpResponse:
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    target = model_admin.get_object(request, object_id)
    if target is None:
        raise Http404
    home = page_url(target)
    if not action.allowed(target):
        messages.warning(request, f"“{action.label}” is not possible now.")
        return HttpResponseRedirect(home)
    form = action.form(request.POST or None) if action.form else None
    if request.method == "POST" and (form is None or form.is_valid()):
        result = _perform(action, request, target, form)
        return result if isinstance(result, HttpResponse) else HttpResponseRedirect(result or home)
    return _ask(model_admin, action, request, target, form)


def _perform(
    action: Confirmed, request: HttpRequest, target: Model, form: forms.Form | None
) -> Result:
    arguments: list[Any] = [request, target, *([form.cleaned_data] if form else [])]
    refusals: tuple[type[Exception], ...] = (Refused, *action.refusals)
    try:
        goal = action.perform(*arguments)
    except refusals as problem:
        messages.error(request, str(problem))
        return None
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return None
    if action.done:
        messages.success(request, action.done.format(object=target))
    return goal


def _ask(
    model_admin: admin.ModelAdmin[Any],
    action: Confirmed,
    request: HttpRequest,
    target: Model,
    form: forms.Form | None,
) -> HttpResponse:
    in_dialog = request.headers.get("X-Requested-With") == "dialog"
    return TemplateResponse(
        request,
        "staff/confirm_dialog.html" if in_dialog else "staff/confirm.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": action.label,
            "opts": model_admin.opts,
            "action": action,
            "question": (
                action.question.format(object=target)
                if isinstance(action.question, str)
                else action.question(target)
            ),
            "explanation": (
                action.explanation
                if isinstance(action.explanation, str)
                else action.explanation(target)
            ),
            "object": target,
            "form": form,
            "home": page_url(target),
        },
    )
