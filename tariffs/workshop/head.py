"""What a tariff says beside its prices: the forms of its facts and of its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ocpi.currencies import DECIMALS
from ocpi.datetimes import parse_datetime
from ocpi.ids import ci_key
from parties.choices import Role
from parties.models import Party
from tariffs.workshop.fields import (
    KeptField,
    MomentField,
    NumberField,
    cell,
    kept_of,
    moment_text,
    number_text,
    unless_same,
)

Document = Mapping[str, Any]

TYPES = [
    ("", "Every charge"),
    ("REGULAR", "Regular charges, without charging preference"),
    ("AD_HOC_PAYMENT", "Payment at the charger, without a contract"),
    ("PROFILE_CHEAP", "Charges that are to be cheap (charging preference)"),
    ("PROFILE_FAST", "Charges that are to be fast (charging preference)"),
    ("PROFILE_GREEN", "Charges with green energy (charging preference)"),
]
TAX = [
    ("NO", "Tax comes on top of the prices"),
    ("YES", "Prices include tax"),
    ("N/A", "No tax applies"),
]
LIMITS = ("min_price", "max_price")
TAXES = ("before_taxes", "after_taxes")
_MOMENTS = ("start_date_time", "end_date_time")


def _limit(label: str) -> NumberField:
    return NumberField(label=label, least=0)


class HeadForm(forms.Form):
    """A tariff's facts. :meth:`apply` lays what was entered over the document it began with."""

    currency = forms.ChoiceField(
        label="Currency",
        choices=sorted((code, code) for code in DECIMALS),
        initial="EUR",
        widget=forms.Select({"class": "cell"}),
    )
    type = forms.ChoiceField(
        label="For", choices=TYPES, required=False, widget=forms.Select({"class": "cell"})
    )
    tax_included = forms.ChoiceField(
        label="Tax", choices=TAX, widget=forms.Select({"class": "cell"})
    )
    start_date_time = MomentField(label="Valid from", help_text="Empty: always.")
    end_date_time = MomentField(label="Valid until", help_text="Empty: until further notice.")
    min_price_before_taxes = _limit("A charge costs at least, before tax")
    min_price_after_taxes = _limit("A charge costs at least, after tax")
    max_price_before_taxes = _limit("A charge costs at most, before tax")
    max_price_after_taxes = _limit("A charge costs at most, after tax")
    preauthorize_amount = _limit("Reserved on a payment card")
    tariff_alt_url = forms.CharField(
        label="Page that explains the tariff",
        max_length=255,
        required=False,
        widget=cell("url", placeholder="https://"),
    )
    note = forms.CharField(
        label="Note for colleagues",
        max_length=400,
        required=False,
        widget=cell(),
        help_text="Why it changes. Partners do not get it.",
    )
    kept = KeptField()

    def __init__(self, *args: Any, document: Document | None = None, **kwargs: Any) -> None:
        initial = {**(_initial(document) if document else {}), **kwargs.pop("initial", {})}
        super().__init__(*args, **{**kwargs, "initial": initial})
        before = kept_of(self)
        self._offer(str(before.get("currency") or "").upper())
        for name in _MOMENTS:
            self.fields[name].before = before.get(name)  # type: ignore[attr-defined]

    def _offer(self, currency: str) -> None:
        """A currency that is not in use any more can stay, and cannot be chosen."""
        if currency and currency not in DECIMALS:
            choices = self.fields["currency"].choices  # type: ignore[attr-defined]
            self.fields["currency"].choices = [(currency, currency), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for limit in LIMITS:
            before, after = (given.get(f"{limit}_{tax}") for tax in TAXES)
            if before is None and after is not None:
                self.add_error(
                    f"{limit}_before_taxes", "Say it before tax as well: OCPI asks for it."
                )
            elif before is not None and after is not None and after < before:
                self.add_error(f"{limit}_after_taxes", "It is less than the same before tax.")
        for tax in TAXES:
            least, most = (given.get(f"{limit}_{tax}") for limit in LIMITS)
            if least is not None and most is not None and most < least:
                self.add_error(f"max_price_{tax}", "It is less than what a charge costs at least.")
        start, end = (given.get(name) for name in _MOMENTS)
        if start and end and parse_datetime(end) <= parse_datetime(start):
            self.add_error("end_date_time", "It ends before it begins.")
        return given

    def apply(self) -> dict[str, Any]:
        """The document as it should be now, but for its prices and texts; fields unknown here stay."""
        given = self.cleaned_data
        document = dict(given["kept"])
        if given["currency"] != str(document.get("currency") or "").upper():
            document["currency"] = given["currency"]
        for name in ("type", "tax_included", "tariff_alt_url", *_MOMENTS):
            document[name] = given[name] or None
        amount = given["preauthorize_amount"]
        document["preauthorize_amount"] = unless_same(document.get("preauthorize_amount"), amount)
        for limit in LIMITS:
            document[limit] = _limit_of(document.get(limit) or {}, given, limit)
        return {name: value for name, value in document.items() if value is not None}


class NewHeadForm(HeadForm):
    """Of a tariff that does not exist yet: whose it is and what it is called can still be chosen."""

    owner = forms.ModelChoiceField(
        label="Whose tariff",
        queryset=Party.objects.filter(is_ours=True, role=Role.CPO),
        widget=forms.Select({"class": "cell"}),
    )
    tariff_id = forms.CharField(
        label="Tariff ID",
        max_length=36,
        widget=cell(placeholder="DC-FAST-2027"),
        help_text="Connectors and partners name it by this. It cannot be changed once published.",
    )

    def clean_tariff_id(self) -> str:
        text = str(self.cleaned_data["tariff_id"])
        try:
            ci_key(text)
        except ValueError as error:
            raise ValidationError(f"{error}.") from None
        return text


class TextForm(forms.Form):
    """What drivers read, in one language. Empty rows count for nothing."""

    language = forms.CharField(
        label="Language",
        required=False,
        max_length=2,
        min_length=2,
        widget=cell(placeholder="en", size="3"),
    )
    text = forms.CharField(
        label="Text",
        required=False,
        max_length=512,
        widget=forms.Textarea({"class": "cell", "rows": 2}),
    )
    kept = KeptField()

    def __init__(self, *args: Any, text: Document | None = None, **kwargs: Any) -> None:
        initial = {}
        if text is not None:
            initial = {
                "language": text.get("language"),
                "text": text.get("text"),
                "kept": KeptField.text(text),
            }
        super().__init__(*args, **{**kwargs, "initial": initial})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("text") and not given.get("language") and "language" not in self.errors:
            self.add_error("language", "Say which language it is: en, nl, de.")
        return given

    def apply(self) -> dict[str, Any] | None:
        """The text as a document has it; ``None`` for an empty row."""
        given = self.cleaned_data
        if not given["text"]:
            return None
        language, before = given["language"], given["kept"]
        if str(before.get("language", "")).lower() != language.lower():
            before = {}
        text = given["text"]
        # The field takes away what is around a text.
        text = before["text"] if str(before.get("text", "")).strip() == text else text
        return {"language": language, **before, "text": text}


def check_languages(forms_: Sequence[TextForm]) -> None:
    """Refuse a second text in the same language."""
    seen: set[str] = set()
    for form in forms_:
        language = str(form.cleaned_data.get("language") or "").lower()
        if form.cleaned_data.get("text") and language in seen:
            form.add_error("language", "There is a text in this language already.")
        seen.add(language)


def _initial(document: Document) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in document.items()
        if name not in ("elements", "tariff_alt_text", "last_updated")
    }
    shown: dict[str, Any] = {
        "kept": KeptField.text(kept),
        "currency": str(document.get("currency") or "").upper(),
        "type": document.get("type") or "",
        "tax_included": document.get("tax_included"),
        "tariff_alt_url": document.get("tariff_alt_url") or "",
        "preauthorize_amount": number_text(document.get("preauthorize_amount")),
    }
    for name in _MOMENTS:
        shown[name] = moment_text(document.get(name))
    for limit in LIMITS:
        for tax in TAXES:
            shown[f"{limit}_{tax}"] = number_text((document.get(limit) or {}).get(tax))
    return shown


def _limit_of(before: Document, given: Mapping[str, Any], limit: str) -> dict[str, Any] | None:
    amounts = {tax: unless_same(before.get(tax), given[f"{limit}_{tax}"]) for tax in TAXES}
    if amounts["before_taxes"] is None:
        return None
    return {name: value for name, value in {**before, **amounts}.items() if value is not None}
