"""The forms of checks: how strict one is, and which CDRs of the past are meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from parties.models import Party
from review.checks import Check, Choice, Parameter
from review.choices import Severity
from review.walking import Stretch
from staff import theme

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def field_of(parameter: Parameter | Choice) -> forms.Field:
    """The field for one parameter, with its unit and limits."""
    if isinstance(parameter, Choice):
        return forms.ChoiceField(
            label=parameter.label,
            choices=list(parameter.options().items()),
            help_text=parameter.explanation,
            widget=theme.SelectWidget,
        )
    usual = f"Usually {parameter.usual:f} {parameter.unit.value}."
    return forms.DecimalField(
        label=f"{parameter.label} ({parameter.unit.value})",
        min_value=parameter.least,
        max_value=parameter.most,
        help_text=f"{parameter.explanation} {usual}".strip(),
        widget=theme.TextWidget(attrs={"inputmode": "decimal"}),
    )


class ParametersForm(forms.Form):
    """The parameters of a check, as they are set unless something else is given."""

    def __init__(self, check: Check, values: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_shown = check
        for parameter in check.parameters:
            self.fields[parameter.name] = field_of(parameter)
            self.initial.setdefault(parameter.name, values.get(parameter.name, parameter.usual))

    def parameters(self) -> dict[str, str]:
        """What a valid form says, as the check's declaration reads it."""
        given = {one.name: self.cleaned_data[one.name] for one in self.check_shown.parameters}
        return self.check_shown.values(given).to_json()


class StrictnessForm(ParametersForm):
    """Whether a check is on, what becomes of what it finds, and how strict it is."""

    enabled = forms.BooleanField(
        label="This check is on", required=False, widget=theme.SwitchWidget
    )
    severity = forms.ChoiceField(
        label="What it finds",
        choices=Severity.choices,
        widget=theme.RadioWidget,
    )


class ExceptionForm(StrictnessForm):
    """The same for one partner."""

    partner = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=False).order_by("name", "country_code", "party_id"),
        label="Partner",
        widget=theme.SelectWidget,
        help_text="The CPO that bills us, or the eMSP that we bill.",
    )

    field_order = ["partner"]


class MonthField(forms.CharField):
    """A month, as 2026-01."""

    widget = theme.TextWidget

    def __init__(self, **kwargs: Any) -> None:
        shown = {"type": "month", "placeholder": "2026-01"}
        super().__init__(widget=theme.TextWidget(attrs=shown), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and not _MONTH.fullmatch(text):
            raise ValidationError("Write the year and the month, such as 2026-01.")
        return text


class StretchFields(forms.Form):
    """Which CDRs of the past are meant: of whole months, in the user's time zone, and of a partner."""

    first = MonthField(label="From the month", help_text="By the end of the charges.")
    last = MonthField(label="To the month", help_text="Including it.")
    of = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=False).order_by("name", "country_code", "party_id"),
        label="Of this partner only",
        required=False,
        empty_label="All partners",
        widget=theme.SelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", "It ends before it begins.")
        return given

    def stretch(self) -> Stretch:
        """What a valid form says."""
        given = self.cleaned_data
        partner = given["of"]
        return Stretch(
            _begin(given["first"]), _begin(given["last"], later=1), partner.pk if partner else None
        )


class TrialForm(StretchFields, ParametersForm):
    """A trial: parameters that count for it alone, and the CDRs it is made with."""


class AgainForm(StretchFields):
    """Which CDRs are to be checked again."""


def usual_months(now: datetime | None = None) -> dict[str, str]:
    """The last three whole months and this one, for a form to begin with."""
    today = timezone.localtime(now)
    months = today.year * 12 + today.month - 1
    return {"first": _written(months - 3), "last": _written(months)}


def _written(months: int) -> str:
    year, month = divmod(months, 12)
    return f"{year:04}-{month + 1:02}"


def _begin(text: str, *, later: int = 0) -> datetime:
    """The first moment of a month, so many months later, in the user's time zone."""
    year, month = divmod(int(text[:4]) * 12 + int(text[5:]) - 1 + later, 12)
    return timezone.make_aware(datetime(year, month + 1, 1))  # noqa: DTZ001 - made aware here
