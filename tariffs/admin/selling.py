"""How we sell theirs: the rules, in plain words and with an example worked out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from exchange.admin.owned import owner_words
from ocpi.currencies import DECIMALS
from ocpi.tariff_table import money
from parties.choices import Role
from parties.models import Event, Party
from staff import badges, filters, fragments, theme
from staff.links import list_url, page_url
from staff.requests import user_of
from tariffs import services
from tariffs.admin.agreed import period_words
from tariffs.models import SellingRule
from tariffs.selling import Rule, in_words, sell
from tariffs.services.selling import SellingRefused, subject
from tariffs.workshop.fields import NumberField, cell, moment_of_row, number_text

ADD, CHANGE = "tariffs.add_sellingrule", "tariffs.change_sellingrule"
EXAMPLE_BOUGHT, EXAMPLE_ENERGY = Decimal(10), Decimal(20)
LARGEST = Decimal(10) ** 8
SELECT = {"class": "cell"}
AMOUNTS = ("markup_percent", "price_per_kwh", "fee", "floor", "cap")
_REQUIRED = AMOUNTS[:3]


class SellingForm(forms.Form):
    """A selling rule, and the charge that its example is worked out for."""

    seller = forms.ModelChoiceField(
        label="Our eMSP, which sells",
        queryset=Party.objects.filter(is_ours=True, role=Role.EMSP),
        widget=forms.Select(SELECT),
    )
    partner = forms.ModelChoiceField(
        label="Bought from",
        queryset=Party.objects.filter(role=Role.CPO),
        required=False,
        empty_label="Everyone for whom there is no rule of their own",
        widget=forms.Select(SELECT),
    )
    country = forms.CharField(
        label="At locations in",
        required=False,
        max_length=3,
        widget=cell(placeholder="NLD"),
        help_text="Three letters. Empty: in every country.",
    )
    currency = forms.ChoiceField(
        label="Bought in",
        choices=sorted((code, code) for code in DECIMALS),
        initial="EUR",
        widget=forms.Select(SELECT),
        help_text="The rule is for charges in this currency only.",
    )
    markup_percent = NumberField(label="Mark-up, percent", help_text="Less than 0: a discount.")
    price_per_kwh = NumberField(label="Plus, per kWh")
    fee = NumberField(label="Plus, per charge")
    floor = NumberField(label="At least, per charge", least=0)
    cap = NumberField(label="At most, per charge", least=0)
    valid_from = forms.DateTimeField(
        label="From",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start from then on. Empty: always.",
    )
    valid_until = forms.DateTimeField(
        label="Until",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start before. Empty: until further notice.",
    )
    is_enabled = forms.BooleanField(label="In use", required=False, initial=True)
    note = forms.CharField(label="Note", required=False, max_length=400, widget=cell())
    bought = NumberField(label="Bought for, before tax", initial=EXAMPLE_BOUGHT)
    energy = NumberField(label="kWh", initial=EXAMPLE_ENERGY)

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in (*AMOUNTS, "bought", "energy"):
            amount = given.get(name)
            if amount is not None and abs(amount) >= LARGEST:
                self.add_error(name, "It is too large.")
            elif amount is not None and amount.as_tuple().exponent < _least_exponent(name):
                self.add_error(name, f"At most {-_least_exponent(name)} decimals.")
        return given

    def apply(self, rule: SellingRule) -> SellingRule:
        """The rule as it should be now; not saved."""
        given = self.cleaned_data
        for name in ("seller", "partner", "country", "currency", "valid_from", "valid_until"):
            setattr(rule, name, given[name])
        for name in AMOUNTS:
            empty = Decimal(0) if name in _REQUIRED else None
            setattr(rule, name, empty if given[name] is None else given[name])
        rule.is_enabled, rule.note = given["is_enabled"], given["note"]
        return rule


def _least_exponent(name: str) -> int:
    return -4 if name == "markup_percent" else -6


class InUseFilter(filters.ConditionFilter):
    title = "in use"
    parameter_name = "use"
    conditions: ClassVar = {
        "yes": ("In use", Q(is_enabled=True)),
        "no": ("Not in use", Q(is_enabled=False)),
    }


@theme.register(SellingRule)
class SellingRuleAdmin(theme.ModelAdmin[SellingRule]):
    """What we add to charges that we buy, the most specific rule for each."""

    list_display = ["what", "from_whom", "where", "currency", "does", "period", "state"]
    list_display_links = None
    list_select_related = ["seller", "partner"]
    list_before_template = "tariffs/selling_list_before.html"
    list_filter = [InUseFilter]
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @theme.display(description="Sold by")
    def what(self, rule: SellingRule) -> str:
        return fragments.link(page_url(rule), rule.seller.identity)

    @theme.display(description="Bought from")
    def from_whom(self, rule: SellingRule) -> str:
        return owner_words(rule.partner) if rule.partner else "Everyone else"

    @theme.display(description="Where")
    def where(self, rule: SellingRule) -> str:
        return rule.country or "Everywhere"

    @theme.display(description="What it does")
    def does(self, rule: SellingRule) -> str:
        return in_words(rule.rule)

    @theme.display(description="Charges that start")
    def period(self, rule: SellingRule) -> str:
        return period_words(rule.valid_from, rule.valid_until)

    @theme.display(description="In use")
    def state(self, rule: SellingRule) -> str:
        return (
            badges.label_badge("In use", "success")
            if rule.is_enabled
            else badges.label_badge("Not in use")
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new rule."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        return self._form_view(request, SellingRule())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A rule with its example; those who may, change it."""
        return self._form_view(request, self.found(request, object_id))

    def _form_view(self, request: HttpRequest, rule: SellingRule) -> HttpResponse:
        may_change = request.user.has_perm(CHANGE if rule.pk else ADD)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = SellingForm(request.POST or None, initial=_initial(rule))
        shown = rule.rule if rule.pk else None
        bought, energy = EXAMPLE_BOUGHT, EXAMPLE_ENERGY
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            shown = (written := form.apply(rule)).rule
            bought = bought if given["bought"] is None else given["bought"]
            energy = energy if given["energy"] is None else given["energy"]
            if self._saved(request, form, written):
                messages.success(request, "The rule was saved.")
                return HttpResponseRedirect(page_url(written))
        return self.page(
            request,
            "tariffs/selling_form.html",
            str(rule) if rule.pk else "New selling rule",
            {
                "form": form,
                "rule": rule,
                "may_change": may_change,
                "example": example(shown, bought, energy) if shown else None,
                "back": list_url(SellingRule),
                "events": Event.objects.filter(subject=subject(rule))[:15] if rule.pk else [],
            },
        )

    def _saved(self, request: HttpRequest, form: SellingForm, rule: SellingRule) -> bool:
        if "save" not in request.POST:
            return False
        try:
            services.save_rule(rule, actor=user_of(request))
        except SellingRefused as refused:
            form.add_error(refused.field or None, str(refused))
            return False
        return True


def example(rule: Rule, bought: Decimal, energy: Decimal) -> dict[str, Any]:
    """What a charge is sold for, in a sentence and step by step."""
    currency = rule.currency
    sold = sell(bought, energy, rule)
    kilowatt_hours = number_text(energy)
    return {
        "sentence": f"A charge bought at {money(bought, currency)} with {kilowatt_hours} kWh is sold at"
        f" {money(sold.before_taxes, currency)}, before tax.",
        "rule": in_words(rule),
        "steps": [
            {
                "words": step.words,
                "added": money(step.added, currency),
                "total": money(step.total, currency),
            }
            for step in sold.steps
        ],
    }


def _initial(rule: SellingRule) -> dict[str, Any]:
    if not rule.pk:
        sellers = Party.objects.filter(is_ours=True, role=Role.EMSP)[:2]
        return {"seller": sellers[0].pk if len(sellers) == 1 else None}
    return {
        "seller": rule.seller_id,
        "partner": rule.partner_id,
        "country": rule.country,
        "currency": rule.currency,
        "valid_from": moment_of_row(rule.valid_from),
        "valid_until": moment_of_row(rule.valid_until),
        "is_enabled": rule.is_enabled,
        "note": rule.note,
        **{name: number_text(getattr(rule, name)) for name in AMOUNTS},
    }
