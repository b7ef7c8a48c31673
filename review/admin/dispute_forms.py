"""Forms of disputes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from review.choices import DisputeOutcome
from review.models import CDRReview, Dispute
from staff import theme

_DAY = theme.TextWidget(attrs={"type": "date"})


def end_of(day: date | None) -> datetime | None:
    """The end of a day in the user's zone."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


def _text(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    widget = theme.TextareaWidget(attrs={"rows": 5})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


def _day(label: str, *, required: bool, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=_DAY)


class CaseForm(forms.Form):
    """Title and claim of a case, and what is claimed of each of its CDRs.

    ``running`` are cases of the same partner that the CDRs could be added to instead.
    """

    title = forms.CharField(
        label="Title",
        max_length=200,
        widget=theme.TextWidget,
        help_text="What the case is about in a few words, such as “Night tariff not applied, March”.",
    )
    claim = _text(
        "What is wrong",
        help_text="As you would tell the partner. It is the first page of the evidence.",
    )

    def __init__(
        self,
        *args: Any,
        reviews: Sequence[CDRReview],
        claimed: dict[int, Decimal],
        running: Sequence[Dispute] = (),
        removable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reviews = reviews
        if running:
            self.fields["case"] = forms.TypedChoiceField(
                label="Case",
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", "A new case"), *((one.pk, f"Add to {one}") for one in running)],
                widget=theme.SelectWidget,
                help_text="There are cases with this partner that are not closed.",
            )
            self.order_fields(["case", "title", "claim"])
        for review in reviews:
            self.fields[f"claimed_{review.pk}"] = forms.DecimalField(
                label=f"Claimed of {review.cdr.cdr_id}, {review.currency}",
                min_value=0,
                max_digits=24,
                decimal_places=8,
                initial=f"{claimed.get(review.pk, Decimal(0)):f}",
                widget=theme.TextWidget(attrs={"inputmode": "decimal", "class": "claimed"}),
            )
            if removable:
                self.fields[f"remove_{review.pk}"] = forms.BooleanField(
                    label=f"Take {review.cdr.cdr_id} out of the case", required=False
                )

    def clean(self) -> dict[str, Any]:
        """An existing case has its title and claim already."""
        given = super().clean() or {}
        if given.get("case"):
            for name in ("title", "claim"):
                self.errors.pop(name, None)
        return given

    def claimed(self) -> dict[int, Decimal]:
        """What was entered, by the primary key of the review."""
        return {review.pk: self.cleaned_data[f"claimed_{review.pk}"] for review in self.reviews}

    def removed(self) -> list[int]:
        """The reviews (primary keys) to take out."""
        given = self.cleaned_data
        return [one.pk for one in self.reviews if given.get(f"remove_{one.pk}")]

    def rows(self) -> list[dict[str, Any]]:
        """Each CDR with its fields, for the table of the page."""
        return [
            {
                "review": review,
                "claimed": self[f"claimed_{review.pk}"],
                "remove": self[f"remove_{review.pk}"]
                if f"remove_{review.pk}" in self.fields
                else None,
            }
            for review in self.reviews
        ]

    def beside(self) -> list[forms.BoundField]:
        """The fields that are not of one CDR."""
        return [self[name] for name in ("case", "title", "claim") if name in self.fields]


class TellForm(forms.Form):
    contact = forms.CharField(
        label="Told to",
        max_length=200,
        required=False,
        widget=theme.TextWidget,
        help_text="A person, an address or their portal. Empty: as in the terms of disputes.",
    )
    deadline = _day(
        "Answer by", required=False, help_text="Empty: as many days as the terms of disputes say."
    )


class AnswerForm(forms.Form):
    answer = _text("What they say")
    partner_reference = forms.CharField(
        label="Their reference", max_length=100, required=False, widget=theme.TextWidget
    )


class AskForm(forms.Form):
    text = _text("What we replied", required=False)
    deadline = _day(
        "Answer by", required=False, help_text="Empty: as many days as the terms of disputes say."
    )


class PostponeForm(forms.Form):
    deadline = _day("Answer by", required=True)
    reason = _text("Why", required=False)


class NoteForm(forms.Form):
    text = _text("Note", help_text="Partners are not told.")


class ReasonForm(forms.Form):
    reason = _text("Why")


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(
        label="How it ended", choices=DisputeOutcome.choices, widget=theme.RadioWidget
    )
    agreed = forms.DecimalField(
        label="Taken off, before tax",
        required=False,
        min_value=0,
        max_digits=24,
        decimal_places=8,
        widget=theme.TextWidget(attrs={"inputmode": "decimal"}),
        help_text="Where it was credited in part; otherwise it follows.",
    )
    reason = _text("Why")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == DisputeOutcome.PARTLY and given.get("agreed") is None:
            self.add_error("agreed", "Say how much is credited.")
        return given
