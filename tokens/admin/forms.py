"""Forms for tokens of ours; each knows the document it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from exchange import resync
from ocpi.identifiers import ContractId, NotAnId
from parties.choices import Role
from parties.models import Connection, Party
from staff import theme
from tokens.choices import TokenType, Whitelist
from tokens.services import MODULE

_FIELDS = (
    "contract_id",
    "visual_number",
    "issuer",
    "group_id",
    "valid",
    "whitelist",
    "language",
    "default_profile_type",
)
_PROFILES = [
    ("", "Not said"),
    ("REGULAR", "No preference"),
    ("CHEAP", "As cheaply as possible"),
    ("FAST", "As fast as possible"),
    ("GREEN", "With as much green energy as possible"),
]


def _text(
    label: str, length: int, *, required: bool = True, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        help_text=help_text,
        widget=theme.TextWidget,
    )


class TokenForm(forms.Form):
    """A token of ours. :meth:`apply` lays what was entered over the document it began from."""

    contract_id = _text(
        "Contract ID", 36, help_text="What sessions are billed to, as in NL-ABC-C12345678-X."
    )
    issuer = _text("Issuer", 64, help_text="The company whose name is on the card.")
    visual_number = _text(
        "Number on the card", 64, required=False, help_text="As printed on it; may be empty."
    )
    group_id = _text(
        "Group ID",
        36,
        required=False,
        help_text="Tokens with the same one work as one: start with the card, stop with the key fob."
        " At most 20 characters, or many charging stations cannot use it.",
    )
    whitelist = forms.ChoiceField(
        label="Whitelist",
        choices=Whitelist.choices,
        initial=Whitelist.ALLOWED,
        widget=theme.SelectWidget,
        help_text="Whether a CPO may let it charge without asking us.",
    )
    language = _text(
        "Language", 2, required=False, help_text="Two letters, as in nl: what its driver reads."
    )
    default_profile_type = forms.ChoiceField(
        label="Charging preference",
        choices=_PROFILES,
        required=False,
        widget=theme.SelectWidget,
    )
    valid = forms.BooleanField(
        label="Valid",
        required=False,
        initial=True,
        widget=theme.SwitchWidget,
        help_text="A token that is not valid stays here; partners are told.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, document: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.document = dict(document or {})
        if document:
            known = {name: document.get(name) for name in _FIELDS}
            kwargs.setdefault("initial", {}).update(known)
        super().__init__(*args, **kwargs)

    def clean_contract_id(self) -> str:
        """What is typed must be a contract ID; one that partners know already may stay as it is."""
        text = str(self.cleaned_data["contract_id"]).strip()
        if text != self.document.get("contract_id"):
            try:
                ContractId.parse(text)
            except NotAnId as wrong:
                raise forms.ValidationError(f"This is not a contract ID: {wrong}.") from wrong
        return text

    def apply(self) -> dict[str, Any]:
        """The whole document as it should be now."""
        values, document = self.cleaned_data, dict(self.document)
        for name in _FIELDS:
            document[name] = values[name] if name == "valid" else values[name] or None
        return {name: value for name, value in document.items() if value is not None}


class NewTokenForm(TokenForm):
    owner = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=True, role=Role.EMSP),
        widget=theme.SelectWidget,
        empty_label=None,
        help_text="Which of our eMSPs issues it.",
    )
    uid = _text(
        "UID",
        36,
        help_text="Of a card what readers see, not what is printed on it. Cannot be changed later.",
    )
    type = forms.ChoiceField(choices=TokenType.choices, widget=theme.SelectWidget)
    field_order = ["owner", "uid", "type"]

    def apply(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in ("uid", "type")}
        return {**given, **super().apply()}


class ResyncForm(forms.Form):
    """Which partner gets all tokens again."""

    partner = forms.ChoiceField(
        choices=[],
        widget=theme.SelectWidget,
        help_text="Partners that take tokens from us. Each gets the tokens that are shared with it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["partner"]
        field.choices = [(str(row.pk), row.name) for row in resync.takers(MODULE)]

    def connection(self) -> Connection:
        """The partner that was chosen."""
        return Connection.objects.get(pk=self.cleaned_data["partner"])
