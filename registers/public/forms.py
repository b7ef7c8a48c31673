"""The form with which organisations apply, without logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from ocpi.identifiers import NotAnId, is_country, read_party_id
from registers.choices import CodeRole
from registers.models import Application, RegisterRules
from registers.running.choices import ApplicationKind
from registers.running.services import Wish
from registers.running.services.organisations import FIELDS

_CONTACT = ("contact_name", "contact_email", "contact_phone")
_WITH_ROLES = (ApplicationKind.NEW, ApplicationKind.ADD_ROLE, ApplicationKind.DROP_ROLE)


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Application]
else:
    _ModelForm = forms.ModelForm


class ApplicationForm(_ModelForm):
    """An application; ``wish`` is what it says, once it is valid."""

    country_code = forms.ChoiceField(label="Country of the code")
    party_id = forms.CharField(
        label="Code",
        max_length=8,
        required=False,
        help_text="Three letters or digits. Leave it empty to get a new code that fits your name.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=CodeRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Operators of charge points, providers of charging contracts, or both. To add or give up a role,"
        " tick that role.",
    )

    class Meta:
        model = Application
        fields = ["kind", "country_code", "party_id", "roles", *FIELDS, *_CONTACT, "remark"]
        labels = {
            "kind": "What do you apply for?",
            "country": "Country of the seat",
            "contact_name": "Your name",
            "contact_email": "Your e-mail address",
            "contact_phone": "Your phone number",
            "remark": "Anything else we should know",
        }
        help_texts = {
            "legal_name": "As it is in the commercial register. For a new name or a transfer: the new one.",
            "trading_name": "If it is another; this is what the public register shows.",
            "country": "Two letters, such as GB.",
            "website": "Shown in the public register.",
        }
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, rules: RegisterRules, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        countries = rules.register.jurisdictions
        self.rules = rules
        self.fields["country_code"] = forms.ChoiceField(
            label="Country of the code", choices=[(code, code) for code in countries]
        )
        for name, told in _COMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = told

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if not is_country(country):
            raise forms.ValidationError(f"{country} is not a country code of ISO 3166-1.")
        return country

    def clean_website(self) -> str:
        """An address, also without its scheme."""
        given = str(self.cleaned_data["website"]).strip()
        return f"https://{given}" if given and "://" not in given else given

    def clean_party_id(self) -> str:
        """The three characters of ``ABC``, ``GB*ABC`` or ``gb-abc``."""
        given = str(self.cleaned_data["party_id"]).strip()
        if not given:
            return ""
        country = str(self.cleaned_data.get("country_code") or "")
        text = given if len(given) > 3 else f"{country}*{given}"
        try:
            party = read_party_id(text)
        except NotAnId as problem:
            raise forms.ValidationError(f"{problem.reason.capitalize()}.") from None
        if country and party.country_code != country:
            raise forms.ValidationError(f"It begins with {party.country_code}, not {country}.")
        return party.party_id

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        if kind in _WITH_ROLES and not given.get("roles"):
            self.add_error("roles", "Tick at least one role.")
        if kind != ApplicationKind.NEW and not given.get("party_id") and "party_id" in given:
            self.add_error("party_id", "Which code is it about?")
        return given

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            kind=given["kind"],
            country=given["country_code"],
            code=given["party_id"],
            roles=given["roles"],
            organisation={name: _text(given[name]) for name in FIELDS},
            contact={name: _text(given[name]) for name in _CONTACT},
            remark=given["remark"],
        )


_COMPLETE = {
    "legal_name": "organization",
    "country": "country",
    "address": "street-address",
    "postal_code": "postal-code",
    "city": "address-level2",
    "website": "url",
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "tel",
}


def _text(value: Any) -> str:
    """Text in one line: names go into tables."""
    return " ".join(str(value or "").split())
