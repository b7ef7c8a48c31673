"""Charging preferences of our drivers, from staff: a form in front of the service."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from charging.sessions.preferences import services
from charging.sessions.preferences.words import SENTENCES
from ocpi.datetimes import format_datetime
from ocpi.errors import OCPIError
from staff import theme
from staff.links import page_url
from staff.requests import user_of

Admin: TypeAlias = "admin.ModelAdmin[Any]"
PERMISSION = "charging.change_session"
_PROFILES = [
    ("REGULAR", "No preference"),
    ("CHEAP", "As cheaply as possible"),
    ("FAST", "As fast as possible"),
    ("GREEN", "With as much green energy as possible"),
]


class PreferencesForm(forms.Form):
    """What the driver wants; :meth:`preferences` is the canonical object."""

    profile_type = forms.ChoiceField(
        label="How to charge", choices=_PROFILES, widget=theme.SelectWidget
    )
    departure_time = forms.DateTimeField(
        label="Leaves at",
        required=False,
        widget=theme.TextWidget(attrs={"type": "datetime-local"}),
        help_text="In your time zone. Some CPOs need it to plan the charge.",
    )
    energy_need = forms.DecimalField(
        label="Energy wanted (kWh)",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=4,
        widget=theme.TextWidget,
        help_text="How much the car should get by then.",
    )
    discharge_allowed = forms.BooleanField(
        label="The car may be discharged meanwhile",
        required=False,
        widget=theme.SwitchWidget,
        help_text="As long as it has what is wanted when the driver leaves.",
    )

    def clean_departure_time(self) -> Any:
        at = self.cleaned_data["departure_time"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError("This is over.")
        return at

    def preferences(self) -> dict[str, Any]:
        given = self.cleaned_data
        found: dict[str, Any] = {"profile_type": given["profile_type"]}
        if given["departure_time"] is not None:
            found["departure_time"] = format_datetime(given["departure_time"])
        if given["energy_need"] is not None:
            found["energy_need"] = float(given["energy_need"])
        if given["discharge_allowed"]:
            found["discharge_allowed"] = True
        return found


def urls(model_admin: Admin) -> list[URLPattern]:
    return [
        path(
            "<int:session_id>/preferences/",
            model_admin.admin_site.admin_view(partial(prefer, model_admin)),
            name="charging_session_preferences",
        )
    ]


def prefer(model_admin: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """The form; on POST the CPO is asked, which may take a few seconds."""
    session = model_admin.found(request, session_id)
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    back = page_url(session)
    reason = services.why_not(session)
    if reason:
        messages.warning(request, f"Charging preferences cannot be sent. {reason}")
        return HttpResponseRedirect(back)
    form = PreferencesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer = services.send(session, form.preferences(), actor=user_of(request))
        except (services.CannotAsk, OCPIError) as error:
            form.add_error(None, f"The CPO did not take them. {error}")
        else:
            accepted = answer == "ACCEPTED"
            say = messages.success if accepted else messages.warning
            say(request, SENTENCES[answer])
            if accepted:
                return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": session,
        "form": form,
        "title": f"Charging preferences for session {session}",
        "introduction": f"What the driver wants of this charge. {session.owner.identity} is asked at once, and"
        " answers whether it can be done.",
        "submit_label": "Send to the CPO",
        "back": back,
    }
    return TemplateResponse(request, "staff/form.html", context)
