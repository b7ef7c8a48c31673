"""The form of an agreed tariff."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import QuerySet

from ocpi.ids import ci_key
from parties.models import Party
from tariffs.models import AgreedTariff, Tariff
from tariffs.services.agreed import AgreedTerms, countries_of
from tariffs.workshop.fields import cell, moment_of_row

SUGGESTED = 300
NOT_HERE = "There is no tariff of this ID here. Check it, or say beside it that its owner has not sent it yet."


class AgreedForm(forms.Form):
    """A tariff of ``cpo``, and when and where it holds. :meth:`terms` is what a valid form says."""

    tariff_id = forms.CharField(
        label="Tariff ID", max_length=255, widget=cell(list="tariffs-of-cpo")
    )
    not_here_yet = forms.BooleanField(
        label="Its owner has not sent it yet",
        required=False,
        help_text="Then it counts as soon as it comes.",
    )
    valid_from = forms.DateTimeField(
        label="From",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start from then on. Empty: since the agreement began.",
    )
    valid_until = forms.DateTimeField(
        label="Until",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start before. Empty: until the agreement ends.",
    )
    countries = forms.CharField(
        label="Only in these countries",
        required=False,
        widget=cell(placeholder="DEU, NLD"),
        help_text="Where the location is; three letters each. Empty: everywhere.",
    )
    note = forms.CharField(label="Note", required=False, max_length=400, widget=cell())

    def __init__(self, *args: Any, cpo: Party, **kwargs: Any) -> None:
        self.cpo = cpo
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text = given.get("tariff_id")
        if text and not given.get("not_here_yet"):
            # What is no ID at all, the service says.
            key = ci_key(text) if text.isascii() else text
            if not Tariff.objects.filter(owner=self.cpo, tariff_key=key, deleted_at=None).exists():
                self.add_error("tariff_id", NOT_HERE)
        return given

    def terms(self) -> AgreedTerms:
        given = self.cleaned_data
        return AgreedTerms(
            tariff_id=given["tariff_id"],
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
            countries=countries_of(re.findall(r"[^\s,;]+", given["countries"])),
            note=given["note"],
        )


def initial_of(agreed: AgreedTariff) -> dict[str, Any]:
    """What the form shows of an agreed tariff."""
    known = Tariff.objects.filter(
        owner__in=(agreed.agreement.ours_id, agreed.agreement.theirs_id),
        tariff_key=agreed.tariff_key,
        deleted_at=None,
    )
    return {
        "tariff_id": agreed.tariff_id,
        "not_here_yet": not known.exists(),
        "valid_from": moment_of_row(agreed.valid_from),
        "valid_until": moment_of_row(agreed.valid_until),
        "countries": ", ".join(agreed.countries),
        "note": agreed.note,
    }


def suggested(cpo: Party) -> QuerySet[Tariff]:
    """The tariffs of a CPO that changed last, as suggestions."""
    rows = Tariff.objects.filter(owner=cpo, deleted_at=None, vanished_at=None)
    return rows.order_by("-last_updated", "-id").only("tariff_id")[:SUGGESTED]
