"""Parties: who is hosted here, and whom partners speak for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from credentials.admin import sections
from exchange import sharing
from ocpi.identifiers import parse_party_id
from ocpi.ids import PartyId
from parties import events
from parties.choices import ConnectionKind, Role
from parties.health import health
from parties.models import ConnectionParty, Party
from staff import theme
from staff.badges import label_badge
from staff.fragments import identifier, link, moment
from staff.links import page_url
from staff.requests import user_of

if TYPE_CHECKING:
    PartyForm = forms.ModelForm[Party]
else:
    PartyForm = forms.ModelForm


class HostForm(forms.Form):
    """A party of ours, in one or more roles."""

    party = forms.CharField(
        label="Country code and party ID",
        help_text="As assigned by the ID registry of the country, such as NL*ABC.",
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC", "autofocus": True}),
        max_length=20,
    )
    roles = forms.MultipleChoiceField(
        label="Roles", choices=Role.choices, widget=theme.CheckboxesWidget, initial=[Role.CPO]
    )
    name = forms.CharField(
        label="Name", help_text="The name partners see.", max_length=100, widget=theme.TextWidget
    )

    def clean_party(self) -> PartyId:
        try:
            return parse_party_id(self.cleaned_data["party"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


# Who is asked what: charge point operators are sent commands, providers are asked about cards.
_RULES: dict[str, list[str]] = {
    Role.CPO: ["command_rule"],
    Role.EMSP: ["authorization_rule"],
}


def _said(party: Party, name: str) -> str:
    show = getattr(party, f"get_{name}_display", None)
    return str(show() if show else getattr(party, name)) or "none"


class RulesForm(PartyForm):
    """The page of a party: its name, and who answers for it."""

    class Meta:
        model = Party
        fields = "__all__"
        labels = {
            "command_rule": "Commands while no back office runs it",
            "authorization_rule": "Whether a card may charge",
        }
        help_texts = {
            "name": "The name partners see.",
            "command_rule": "What a partner is answered that wants to start or stop a charge, reserve, unlock,"
            " or set a charging profile here. With a connected back office, it answers.",
            "authorization_rule": "Who answers a charge point operator that asks about a card of this"
            " provider. “Its back office” needs one that is connected and offers tokens.",
        }


class SpokenThroughInline(theme.ReadOnlyInline[ConnectionParty, Party]):
    model = ConnectionParty
    fields = ("connection", "source", "approved", "created_at")
    readonly_fields = ("connection", "source", "approved", "created_at")
    verbose_name_plural = "Reached through"


@theme.register(Party)
class PartyAdmin(theme.ModelAdmin[Party]):
    list_display = ["party", "role", "name", "where", "through", "website"]
    list_display_links = ["party"]
    list_filter = [("is_ours", theme.BooleanRadioFilter), ("role", theme.ChoicesDropdownFilter)]
    search_fields = ["name", "party_id", "country_code"]
    form = RulesForm
    change_form_outer_after_template = "staff/sections.html"
    radio_fields = {"command_rule": admin.VERTICAL, "authorization_rule": admin.VERTICAL}
    readonly_fields = ["party", "role", "where", "run_by", "since"]

    def get_fieldsets(self, request: HttpRequest, obj: Party | None = None) -> Any:
        """Who runs it, and what answers instead, for parties of ours and as far as their role is asked at all."""
        about = ["party", "role", "where", "name", "website", "since"]
        if obj is None or not obj.is_ours:
            return [(None, {"fields": about})]
        rules = _RULES.get(obj.role, [])
        return [(None, {"fields": about}), ("Who answers for it", {"fields": ["run_by", *rules]})]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The party's form, with what apps above know of it below."""
        party = self.get_object(request, object_id)
        shown = {"sections": sections.PARTY.shown(request, party) if party else []}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def save_model(self, request: HttpRequest, obj: Party, form: Any, change: bool) -> None:
        """Save the edit, and say in the events what is answered from now on."""
        obj.save(update_fields=form.changed_data or None)
        told = [f"{form.fields[name].label}: {_said(obj, name)}" for name in form.changed_data]
        if told:
            events.record(
                "party.edited",
                f"{obj} was changed. {'; '.join(told)}."[:400],
                subject=str(obj.identity),
                actor=user_of(request),
            )

    def get_inlines(self, request: HttpRequest, obj: Party | None) -> list[Any]:
        return [] if obj is None or obj.is_ours else [SpokenThroughInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Party]:
        return super().get_queryset(request).annotate(ways=Count("connection_parties"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Party | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Party | None = None) -> bool:
        """Names and websites of partners are theirs to say."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_ours)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.host_view)
        return [path("host/", view, name="parties_party_host"), *super().get_urls()]

    def host_view(self, request: HttpRequest) -> HttpResponse:
        """A form that makes a party ours."""
        if not request.user.has_perm("parties.add_party"):
            raise PermissionDenied
        form = HostForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            sharing.host(given["party"], given["roles"], name=given["name"], actor=user_of(request))
            messages.success(request, f"{given['party']} is hosted here now.")
            return HttpResponseRedirect(reverse("admin:parties_party_changelist"))
        return TemplateResponse(request, "staff/form.html", self._host_page(request, form))

    def _host_page(self, request: HttpRequest, form: HostForm) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": "Host a party",
            "opts": self.opts,
            "form": form,
            "submit_label": "Host this party",
            "introduction": "A party is your company in the eyes of partners. What it owns, such as"
            " locations, is sent to partners in its name.",
            "back": reverse("admin:parties_party_changelist"),
        }

    @theme.display(description="Party", ordering="country_code")
    def party(self, party: Party) -> SafeString:
        return identifier(party.identity)

    @theme.display(description="Hosted", ordering="is_ours")
    def where(self, party: Party) -> SafeString:
        return label_badge("Ours", "success") if party.is_ours else label_badge("Partner's")

    @theme.display(description="Connections", ordering="ways")
    def through(self, party: Party) -> int:
        return int(getattr(party, "ways", 0))

    @theme.display(description="Run by")
    def run_by(self, party: Party) -> SafeString:
        """The back offices that speak for it, and how they are."""
        rows = party.connection_parties.filter(
            approved=True, connection__kind=ConnectionKind.BACK_OFFICE
        ).select_related("connection")
        shown = [
            (link(page_url(row.connection), row.connection.name), health(row.connection).label)
            for row in rows
        ]
        if not shown:
            return format_html(
                "{}", "No back office. What is set below answers; staff or files say what it owns."
            )
        return format_html_join(", ", "{} ({})", shown)

    @theme.display(description="Here since")
    def since(self, party: Party) -> SafeString:
        return moment(party.created_at)
