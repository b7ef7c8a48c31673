"""Inviting a partner: a form, then the sheet to send, with a token that is shown this once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from credentials import services
from credentials.services import Invitation
from exchange import registry
from ocpi.identifiers import read_party_id
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED
from parties.choices import ConnectionKind, Environment, Role, TokenKind
from parties.models import Connection, Party
from parties.services import is_gateway, offered_versions, our_parties, portal_party
from staff import theme
from staff.links import list_url, page_url
from staff.requests import user_of


def _modules() -> list[tuple[str, str]]:
    return [(module.identifier, module.label) for module in registry.modules()]


class PartnerForm(forms.Form):
    """What is asked about every new partner."""

    name = forms.CharField(
        label="Name of the partner",
        max_length=60,
        widget=theme.TextWidget(attrs={"autofocus": True, "placeholder": "Example Mobility"}),
    )
    environment = forms.ChoiceField(
        label="Environment", choices=Environment.choices, widget=theme.SelectWidget
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=ConnectionKind.choices,
        widget=theme.SelectWidget,
        help_text="“Our back office” is your own system: it sends in the name of your parties, and reaches"
        " all your partners through this portal.",
    )
    presents = forms.ModelMultipleChoiceField(
        label="Your parties it sees",
        queryset=Party.objects.none(),
        required=False,
        widget=theme.CheckboxesWidget,
        help_text="Choose none to show all of them, also those you add later.",
    )

    offered_versions = forms.MultipleChoiceField(
        label="OCPI versions it may speak",
        choices=[(version, version) for version in SUPPORTED],
        required=False,
        widget=theme.CheckboxesWidget,
        help_text="Choose none for all of them. 2.1.1 needs exactly one of your parties, in one role.",
    )
    required_modules = forms.MultipleChoiceField(
        label="Modules it has to have",
        choices=_modules,
        required=False,
        widget=theme.CheckboxesWidget,
        help_text="Without them it cannot connect. Choose none if any module in common will do.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["presents"]
        field.queryset = Party.objects.ours()
        if self["kind"].value() == ConnectionKind.BACK_OFFICE:
            present_to_back_office(field)
            self.fields["offered_versions"].help_text = "Choose none for all of them."
            self.fields["name"].label = "Name of your back office"
            self.fields["name"].widget.attrs["placeholder"] = "Charge point system"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        taken = Connection.objects.filter(name=name).first()
        if taken is not None:
            raise ValidationError(
                f"There is a connection of this name already; it is {taken.get_state_display()}."
            )
        return name


def present_to_back_office(field: Any) -> None:
    """The choice of parties as it is meant for our own back office, which sees everybody unless limited."""
    field.queryset = Party.objects.all()
    field.label = "Parties it deals with"
    field.help_text = (
        "Choose none, and it sees and reaches everybody: all your partners, and parties of yours that it does not"
        " run. Where it speaks OCPI 2.1.1, one party alone is the one that it takes this portal for."
    )
    field.widget = theme.SearchMultipleWidget()
    field.widget.choices = field.choices


class InvitationForm(PartnerForm):
    host = forms.CharField(
        label="Only from this host",
        required=False,
        max_length=255,
        widget=theme.TextWidget(attrs={"placeholder": "ocpi.example.com"}),
        help_text="If you know where the partner's platform is, the token works for nobody else.",
    )
    parties = forms.CharField(
        label="Only for these parties",
        required=False,
        max_length=400,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC, DE*XYZ"}),
        help_text="If you know the partner's country codes and party IDs, it may name no others.",
    )

    def clean_parties(self) -> list[tuple[PartyId, str]]:
        texts = [part for part in self.cleaned_data["parties"].split(",") if part.strip()]
        try:
            return [(read_party_id(text), "") for text in texts]
        except ValueError as error:
            raise ValidationError(str(error)) from error


def view(request: HttpRequest) -> HttpResponse:
    """The form, and on POST the sheet."""
    if not request.user.has_perm("parties.add_connection"):
        raise PermissionDenied
    form = InvitationForm(request.POST or None, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite(**form.cleaned_data, actor=user_of(request))
        except services.Refused as problem:
            form.add_error(None, str(problem))
        else:
            return sheet(request, invitation)
    return TemplateResponse(request, "staff/form.html", _form_page(request, form))


def is_for_back_office(form: forms.Form) -> bool:
    """Whether the form is about our own back office; the page then says so."""
    return bool(form["kind"].value() == ConnectionKind.BACK_OFFICE)


INTRODUCTION = (
    "You get a sheet with an address and a one-time token to send to the partner, whose platform then registers with"
    " this portal."
)
OFFICE_INTRODUCTION = (
    "Your back office is the system that runs your charge points or knows your customers. It speaks for your own"
    " parties. To it this portal is a hub: through this one connection it is told what your partners send, and what"
    " it sends goes on to them. You get an address and a one-time token to enter there. If it gave you an address"
    " and a token instead, use “Connect to a partner” with the kind “Our back office”."
)


def _form_page(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    office = is_for_back_office(form)
    return {
        **admin.site.each_context(request),
        "title": "Connect your own back office" if office else "Invite a partner",
        "opts": Connection._meta,
        "form": form,
        "submit_label": "Make the invitation",
        "introduction": OFFICE_INTRODUCTION if office else INTRODUCTION,
        "back": list_url(Connection),
        "nothing_hosted": not Party.objects.ours().exists(),
    }


def sheet(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """What to send. The token's plain text is in this answer only, so nothing may keep it."""
    token = invitation.connection.inbound_tokens.filter(kind=TokenKind.REGISTRATION).first()
    response = TemplateResponse(
        request,
        "staff/invitation.html",
        {
            **admin.site.each_context(request),
            "title": "Invitation",
            "opts": Connection._meta,
            "object": invitation.connection,
            "invitation": invitation,
            "expires_at": token.expires_at if token else None,
            "host": token.host if token else "",
            "versions": offered_versions(invitation.connection),
            "ours": our_parties(invitation.connection),
            "portal": portal_party(Role.HUB) if is_gateway(invitation.connection) else None,
            "home": page_url(invitation.connection),
        },
    )
    response["Cache-Control"] = "no-store"
    return response
