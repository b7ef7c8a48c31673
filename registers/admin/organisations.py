"""Organisations that hold codes: what they say of themselves, whom to reach, and which codes they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from registers.admin import asking
from registers.admin.code_actions import PERMISSION as CHANGE_CODES
from registers.admin.codes import state_badges
from registers.models import Organisation, OrganisationContact
from registers.running import services, words
from registers.running.services.organisations import FIELDS
from staff import confirmed, fragments, theme
from staff.links import may_change, page_url
from staff.requests import user_of

if TYPE_CHECKING:
    _Form = forms.ModelForm[Organisation]
else:
    _Form = forms.ModelForm


def _rename(request: HttpRequest, organisation: Organisation, given: dict[str, Any]) -> None:
    services.rename(organisation, **given, actor=user_of(request))


RENAME = confirmed.Confirmed(
    name="rename",
    label="Rename",
    permission=CHANGE_CODES,
    question="What is {object} called now?",
    explanation="All its codes show the new name, and their public histories say so.",
    perform=_rename,
    done="Done.",
    icon="badge",
    form=asking.NamesForm,
    refusals=(services.NotPossible,),
)


class CorrectionForm(_Form):
    """What was written wrong; a new name is not a correction."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=theme.TextareaWidget(attrs={"rows": 2}),
        help_text="Why it was wrong. Kept in the history of its codes, for staff.",
    )

    class Meta:
        model = Organisation
        fields = FIELDS


class ContactInline(theme.TabularInline[OrganisationContact, Organisation]):
    model = OrganisationContact
    fields = ["name", "email", "phone", "purpose"]


@theme.register(Organisation)
class OrganisationAdmin(theme.ModelAdmin[Organisation]):
    """A list of organisations, a page for each, and a form to correct them."""

    form = CorrectionForm
    inlines = [ContactInline]
    list_display = ["name_column", "trading_name", "country", "registration_number", "held"]
    list_display_links = None
    list_before_template = "registers/organisation_list_before.html"
    page_template = "registers/organisation.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    actions = None
    search_fields = ["legal_name"]
    search_help_text = "A part of a name, or a registration number"
    fieldsets = [
        (None, {"fields": ["legal_name", "trading_name", "registration_number", "vat_number"]}),
        ("Seat", {"fields": ["country", "address", "postal_code", "city", "website"]}),
        ("Why", {"fields": ["reason"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/correct/",
            self.admin_site.admin_view(self.correct_view),
            name="registers_organisation_correct",
        )
        return [own, *confirmed.urls(self, [RENAME]), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        return super().get_queryset(request).prefetch_related("codes")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Organisation], search_term: str
    ) -> tuple[QuerySet[Organisation], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(legal_name__icontains=term) | Q(trading_name__icontains=term)
        return queryset.filter(found | Q(registration_number__iexact=term)), False

    def correct_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form to correct what is written of an organisation, and its contacts."""
        return super(theme.ModelAdmin, self).change_view(request, object_id)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which writes the histories of its codes."""
        values = {name: form.cleaned_data[name] for name in FIELDS if name in form.changed_data}
        if values:
            reason = form.cleaned_data["reason"] or "Corrected by staff"
            services.correct(obj, values, reason=reason, actor=user_of(request))

    def response_change(self, request: HttpRequest, obj: Organisation) -> HttpResponse:
        return HttpResponseRedirect(page_url(obj))

    @theme.display(description="Organisation")
    def name_column(self, organisation: Organisation) -> str:
        return fragments.link(page_url(organisation), organisation.legal_name)

    @theme.display(description="Codes")
    def held(self, organisation: Organisation) -> str:
        return ", ".join(map(str, organisation.codes.all())) or fragments.EMPTY

    def page_context(self, request: HttpRequest, organisation: Organisation) -> dict[str, Any]:
        """One organisation; contacts only for those who may change it."""
        may_work = may_change(request, Organisation)
        return {
            "organisation": organisation,
            "buttons": confirmed.buttons(self, [RENAME], request, organisation),
            "may_change": may_work,
            "contacts": organisation.contacts.all() if may_work else [],
            "codes": [
                {
                    "url": page_url(code),
                    "code": code,
                    "roles": words.roles(code.roles).capitalize(),
                    "state": state_badges(code),
                    "until": code.valid_until,
                }
                for code in organisation.codes.order_by("country_code", "party_id", "-id")
            ],
        }
