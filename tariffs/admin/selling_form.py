"""The form of a selling rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from ocpi.currencies import DECIMALS
from parties.choices import Role
from parties.models import Party
from tariffs.models import SellingRule
from tariffs.workshop.fields import NumberField, cell, moment_of_row, number_text

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


def initial_of(rule: SellingRule) -> dict[str, Any]:
    """What the form shows of a rule; of a new one the seller, where there is only one."""
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
