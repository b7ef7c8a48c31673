"""Terms: how each of our parties settles with each of a partner's."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from parties.models import Event, Party
from settlement import services
from settlement.admin.cells import company
from settlement.choices import Billing, TaxTreatment
from settlement.models import SettlementTerms
from settlement.services.terms import Terms, subject
from staff import fragments, theme
from staff.links import page_url
from staff.requests import user_of

CHANGE = "settlement.change_settlementterms"


class TermsForm(forms.Form):
    """Everything that is agreed on."""

    ours = forms.ModelChoiceField(
        queryset=Party.objects.ours(), label="Our party", widget=theme.SelectWidget
    )
    partner = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=False), label="Their party", widget=theme.SelectWidget
    )
    billing = forms.ChoiceField(
        label="Who writes the invoice", choices=Billing.choices, widget=theme.RadioWidget
    )
    tax = forms.ChoiceField(label="Tax", choices=TaxTreatment.choices, widget=theme.RadioWidget)
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(name, name) for name in sorted(available_timezones())],
        widget=theme.SearchWidget,
        help_text="In which a month begins and ends.",
    )
    payment_days = forms.IntegerField(
        label="Days to pay", min_value=0, max_value=365, widget=theme.TextWidget
    )
    notes = forms.CharField(
        label="Notes",
        required=False,
        widget=theme.TextareaWidget(attrs={"rows": 4}),
        help_text="Printed on every statement that is closed from now on.",
    )

    def __init__(self, *args: Any, terms: SettlementTerms | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if terms is not None:
            for name in ("ours", "partner"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        ours, partner = given.get("ours"), given.get("partner")
        if ours and partner and ours.role == partner.role:
            raise forms.ValidationError(
                "One of both operates charge points and the other has drivers: choose a CPO and an eMSP."
            )
        return given


@theme.register(SettlementTerms)
class SettlementTermsAdmin(theme.ModelAdmin[SettlementTerms]):
    list_display = ["partner_column", "ours_column", "billing", "tax", "time_zone", "payment_days"]
    list_display_links = None
    list_select_related = ["ours", "partner"]
    list_before_template = "settlement/terms_list_before.html"
    search_fields = ["partner__name", "partner__party_id"]
    search_help_text = "Name or ID of a partner"
    actions = None

    def has_delete_permission(
        self, request: HttpRequest, obj: SettlementTerms | None = None
    ) -> bool:
        return False

    @theme.display(description="Partner")
    def partner_column(self, terms: SettlementTerms) -> SafeString:
        return fragments.link(page_url(terms), company(terms.partner))

    @theme.display(description="With")
    def ours_column(self, terms: SettlementTerms) -> str:
        return str(terms.ours)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """New terms; ``?ours=&partner=`` choose both."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        usual = SettlementTerms()
        chosen = {name: request.GET[name] for name in ("ours", "partner") if name in request.GET}
        return self._form_view(request, None, {**_initial(usual), **chosen})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The terms with one partner."""
        terms = self.found(request, object_id)
        parties = {"ours": terms.ours_id, "partner": terms.partner_id}
        return self._form_view(request, terms, {**_initial(terms), **parties})

    def _form_view(
        self, request: HttpRequest, terms: SettlementTerms | None, initial: dict[str, Any]
    ) -> HttpResponse:
        may_change = request.user.has_perm(CHANGE)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = TermsForm(request.POST or None, terms=terms, initial=initial)
        if not may_change:
            for field in form.fields.values():
                field.disabled = True
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            said = Terms(**{name: given[name] for name in Terms.__dataclass_fields__})
            services.set_terms(given["ours"], given["partner"], said, actor=user_of(request))
            messages.success(
                request, "The terms are saved. Open statements follow them in a moment."
            )
            return HttpResponseRedirect(reverse("admin:settlement_settlementterms_changelist"))
        shown = {
            "form": form,
            "may_change": may_change,
            "back": reverse("admin:settlement_settlementterms_changelist"),
            "events": Event.objects.filter(subject=subject(terms))[:20] if terms else [],
        }
        title = f"Terms of {terms}" if terms else "New terms"
        return self.page(request, "settlement/terms.html", title, shown)


def _initial(terms: SettlementTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
