"""Forms about invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils import timezone

from ocpi.currencies import DECIMALS
from parties.models import Party
from settlement.choices import StatementState
from settlement.models.statements import Statement
from settlement.reconciliation import tables
from settlement.reconciliation.services import Totals
from settlement.reconciliation.sides import OPPOSITE
from staff import theme

LARGEST_BYTES = 50_000_000
LATEST_STATEMENTS = 200


def _amount(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=24,
        decimal_places=8,
        help_text=help_text,
        widget=theme.TextWidget(attrs={"inputmode": "decimal"}),
    )


def _currency(help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label="Currency",
        required=False,
        max_length=3,
        help_text=help_text,
        widget=theme.TextWidget(attrs={"placeholder": "EUR"}),
    )


class AmountsForm(forms.Form):
    """What an invoice says it comes to."""

    currency = _currency("Three letters, as on the invoice.")
    before_tax = _amount("Total before tax")
    after_tax = _amount("Total with tax", "One of both is enough; before tax is compared first.")

    def clean_currency(self) -> str:
        return checked_currency(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        has_amount = any(given.get(name) is not None for name in ("before_tax", "after_tax"))
        if has_amount and "currency" in given and not given["currency"]:
            self.add_error("currency", "Say the currency of the invoice.")
        return given


def checked_currency(text: str) -> str:
    """The code in capitals. Raises ValidationError for what is no currency."""
    currency = text.strip().upper()
    if currency and currency not in DECIMALS:
        raise ValidationError("Write a currency of three letters, as in EUR.")
    return currency


class _PartyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.identity} {obj.role} {obj.name}".strip()


def _billing(**which: Any) -> QuerySet[Party]:
    return Party.objects.filter(role__in=OPPOSITE, **which).order_by("country_code", "party_id")


class UploadForm(AmountsForm):
    """An invoice of a partner that does not tell it over OCPI; ``table`` is what the file says."""

    partner = _PartyField(
        label="Who sent it",
        queryset=Party.objects.none(),
        widget=theme.SelectWidget,
        help_text="A CPO bills its charging; an eMSP bills itself for it (reverse billing).",
    )
    ours = _PartyField(label="To whom", queryset=Party.objects.none(), widget=theme.SelectWidget)
    invoice_id = forms.CharField(
        label="Number of the invoice", max_length=255, widget=theme.TextWidget
    )
    file = forms.FileField(
        label="List of its CDRs",
        allow_empty_file=True,
        widget=theme.FileWidget(attrs={"accept": ".csv,.txt"}),
        help_text="CSV. The first line names the columns: CDR ID, and if you like Amount, Currency, Start, in any"
        " order. Semicolons or commas, decimal points or commas.",
    )
    lines_include_tax = forms.BooleanField(
        label="The amounts in the list are with tax",
        required=False,
        widget=theme.SwitchWidget,
    )

    field_order = [
        "partner", "ours", "invoice_id", "file", "lines_include_tax", "currency", "before_tax", "after_tax",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table: tables.Table | None = None
        fields: Any = self.fields
        fields["partner"].queryset = _billing(is_ours=False)
        fields["ours"].queryset = _billing(is_ours=True)

    def clean_file(self) -> UploadedFile[Any]:
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_BYTES:
            raise ValidationError(f"The file is larger than {LARGEST_BYTES // 1_000_000} MB.")
        return upload

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        partner, ours = given.get("partner"), given.get("ours")
        if partner and ours and OPPOSITE[partner.role] != ours.role:
            self.add_error("ours", f"A {partner.role} settles with a {OPPOSITE[partner.role]}.")
        if given.get("file") and "currency" in given:
            self._read(given["file"], given["currency"])
        return given

    def _read(self, upload: UploadedFile[Any], currency: str) -> None:
        zone = timezone.get_current_timezone()
        try:
            self.table = tables.read(upload.read(), zone=zone, currency=currency)
        except tables.Unreadable as error:
            self.add_error("file", str(error))
            return
        if self.table.faults:
            one = self.table.faults == 1
            self.add_error(
                "file",
                f"{'1 line' if one else f'{self.table.faults} lines'} cannot be read, so that nothing was taken in.",
            )

    def totals(self) -> Totals:
        """What was entered beside the file."""
        given = self.cleaned_data
        before: Decimal | None = given["before_tax"]
        gross = given["lines_include_tax"] or (self.table is not None and self.table.is_gross)
        return Totals(given["currency"], before, given["after_tax"], bool(gross))


class _StatementField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        name = f"{obj.number} " if obj.number else ""
        return f"{name}{obj.partner.identity} {obj.month:%Y-%m} {obj.currency}, {obj.get_state_display().lower()}"


class IssueForm(forms.Form):
    """Which of our statements an invoice is about."""

    statement = _StatementField(
        label="Statement", queryset=Statement.objects.none(), widget=theme.SelectWidget
    )
    invoice_id = forms.CharField(
        label="Number of the invoice",
        max_length=255,
        required=False,
        widget=theme.TextWidget,
        help_text="As on the invoice itself. Empty for the number of the statement.",
    )

    def __init__(self, *args: Any, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        done = Q(state__in=[StatementState.APPROVED, StatementState.LOCKED])
        latest = Statement.objects.filter(done).order_by("-month", "-pk")
        keys = list(latest.values_list("pk", flat=True)[:LATEST_STATEMENTS])
        if chosen.isascii() and chosen.isdigit():
            keys.append(int(chosen))
        field: Any = self.fields["statement"]
        field.queryset = (
            Statement.objects.filter(done, pk__in=keys)
            .select_related("ours", "partner")
            .order_by("-month", "-pk")
        )
