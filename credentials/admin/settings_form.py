"""What staff may set on a connection; all else is agreed in handshakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from credentials.admin.invitations import PartnerForm, present_to_back_office
from ocpi.versions import SUPPORTED
from parties.models import Connection
from parties.services import is_gateway, only_party
from staff import theme

if TYPE_CHECKING:
    ConnectionForm = forms.ModelForm[Connection]
else:
    ConnectionForm = forms.ModelForm


class SettingsForm(ConnectionForm):
    """The settings of one connection; how it spells OCPI is its dialect, on a page of its own."""

    offered_versions = forms.MultipleChoiceField(
        label="OCPI versions it may speak",
        choices=[(version, version) for version in SUPPORTED],
        required=False,
        widget=theme.CheckboxesWidget,
        help_text="Choose none for all of them. The version in use stays until it is changed.",
    )
    required_modules = PartnerForm.base_fields["required_modules"]

    class Meta:
        model = Connection
        fields = "__all__"
        labels = {
            "name": "Name",
            "presents": "Your parties it sees",
            "rotation_days": "Days between renewals of the tokens",
            "max_parallel_requests": "Requests at the same time",
            "pull_interval_hours": "Hours between fetches",
            "vanish_policy": "What it no longer lists",
            "vanish_limit_percent": "Share that may vanish at once, in percent",
            "body_sample_percent": "Routine exchanges kept whole, in percent",
        }
        help_texts = {
            "presents": "Choose none to show all of them, also those you add later.",
            "rotation_days": "They are renewed by themselves. OCPI advises monthly; 0 for never.",
            "pull_interval_hours": "0 for by hand only.",
            "vanish_policy": "Only after a complete list. Of a hub staff decide in any case.",
            "vanish_limit_percent": "If more would vanish, nothing does and staff are asked. Empty for the"
            f" usual {settings.PULL_VANISH_LIMIT_PERCENT}.",
            "max_parallel_requests": "How many of our requests the partner gets at once.",
            "body_sample_percent": "Headers and bodies; those of failures are always kept.",
        }
        widgets = {
            "contacts": theme.TextareaWidget(attrs={"rows": 3}),
            "notes": theme.TextareaWidget(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "presents" in self.fields and is_gateway(self.instance):
            present_to_back_office(self.fields["presents"])

    def clean(self) -> dict[str, Any] | None:
        """At OCPI 2.1.1 a connection is about one party of ours, and stays so."""
        given = super().clean() or {}
        presents = given.get("presents")
        if is_gateway(self.instance):
            return given
        if self.instance.version == "2.1.1" and self.instance.is_connected and presents is not None:
            before = only_party(self.instance)
            if before is not None and [party.pk for party in presents] != [before.pk]:
                self.add_error(
                    "presents",
                    ValidationError(f"OCPI 2.1.1 is spoken here, about {before} alone."),
                )
        return given
