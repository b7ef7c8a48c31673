"""What staff are asked for before something happens to an application, a code or an organisation."""

from __future__ import annotations

from typing import Any

from django import forms

from registers.choices import CodeRole
from registers.models import Organisation
from staff import theme


class ReasonForm(forms.Form):
    """Why; staff read it in the history, the public does not."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=theme.TextareaWidget(attrs={"rows": 3}),
        help_text="Kept in the history for staff, and not published.",
    )


class RolesForm(ReasonForm):
    roles = forms.MultipleChoiceField(
        label="Roles", choices=CodeRole.choices, widget=theme.CheckboxesWidget
    )
    field_order = ["roles", "reason"]


class NamesForm(ReasonForm):
    legal_name = forms.CharField(label="New legal name", max_length=200, widget=theme.TextWidget)
    trading_name = forms.CharField(
        label="New trading name",
        max_length=200,
        required=False,
        widget=theme.TextWidget,
        help_text="If it trades under another name; this is what the register shows.",
    )
    field_order = ["legal_name", "trading_name", "reason"]


class OrganisationField(forms.CharField):
    """One organisation known here, by its number or whole legal name."""

    def __init__(self, **named: Any) -> None:
        super().__init__(
            label="Organisation",
            max_length=200,
            widget=theme.TextWidget(attrs={"autocomplete": "off"}),
            help_text="Its number, such as O-000012, or its whole legal name.",
            **named,
        )

    def clean(self, value: Any) -> Organisation:
        text = str(super().clean(value)).strip()
        number = text.upper().removeprefix("O-")
        if number.isascii() and number.isdigit():
            found = list(Organisation.objects.filter(pk=int(number[:15])))
        else:
            found = list(Organisation.objects.filter(legal_name__iexact=text)[:2])
        if len(found) > 1:
            raise forms.ValidationError("Several have this name; give its number.")
        if not found:
            raise forms.ValidationError("No organisation here has this number or name.")
        return found[0]


class OrganisationForm(forms.Form):
    organisation = OrganisationField()


class TransferForm(ReasonForm):
    organisation = OrganisationField()
    field_order = ["organisation", "reason"]


class NoteForm(forms.Form):
    note = forms.CharField(
        label="What you found",
        max_length=2000,
        required=False,
        widget=theme.TextareaWidget(attrs={"rows": 4}),
        help_text="For whoever decides.",
    )


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=theme.TextareaWidget(attrs={"rows": 4}),
        help_text="The applicant reads it.",
    )
