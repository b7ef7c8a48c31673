"""Connecting to a partner that sent an address and a token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from credentials import services
from credentials.admin.invitations import PartnerForm
from credentials.admin.verbs import start
from ocpi.versions import SUPPORTED
from parties.models import Connection
from staff import theme
from staff.links import list_url
from staff.requests import user_of


class ConnectForm(PartnerForm):
    versions_url = forms.CharField(
        label="Versions URL",
        max_length=255,
        widget=theme.TextWidget(attrs={"placeholder": "https://ocpi.example.com/ocpi/versions"}),
        help_text="The address of the partner's version list.",
    )
    token = forms.CharField(
        label="Token",
        max_length=255,
        widget=theme.TextWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="The one-time token the partner sent you, as it is: not encoded.",
    )
    version = forms.ChoiceField(
        label="OCPI version",
        required=False,
        choices=[("", "The newest both sides speak"), *((v, v) for v in SUPPORTED)],
        widget=theme.SelectWidget,
    )
    field_order = [
        "name",
        "versions_url",
        "token",
        "version",
        "environment",
        "kind",
        "presents",
        "offered_versions",
        "required_modules",
    ]


def view(request: HttpRequest) -> HttpResponse:
    """The form, and on POST the handshake, which is watched on its own page."""
    if not request.user.has_perm("parties.add_connection"):
        raise PermissionDenied
    form = ConnectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "version": form.cleaned_data["version"] or None}
        try:
            handshake = services.prepare_registration(**given, actor=user_of(request))
        except services.Refused as problem:
            form.add_error(None, str(problem))
        else:
            return HttpResponseRedirect(start(handshake))
    return TemplateResponse(request, "staff/form.html", _form_page(request, form))


def _form_page(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": "Connect to a partner",
        "opts": Connection._meta,
        "form": form,
        "submit_label": "Connect",
        "introduction": "The partner gave you the address of its version list and a one-time token."
        " The portal registers with it; you watch every step.",
        "back": list_url(Connection),
    }
