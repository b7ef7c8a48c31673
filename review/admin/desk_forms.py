"""What is asked of somebody who decides."""

from __future__ import annotations

from typing import Any

from django import forms

from review import words
from review.admin.desk_selection import Selection
from review.choices import Action
from staff import theme

OTHER = "other"
LONGEST = 2000


class DecisionForm(forms.Form):
    """A reason, picked or written; for a dispute also its title. ``seen`` is what the person looks at.

    With ``anew`` that changed meanwhile, and it is asked once more with the figures of now.
    """

    why = forms.ChoiceField(label="Reason", widget=theme.RadioWidget, required=False)
    title = forms.CharField(label="Title of the dispute", max_length=200, widget=theme.TextWidget)
    text = forms.CharField(
        label="In your words",
        max_length=LONGEST,
        required=False,
        widget=theme.TextareaWidget(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        action: Action,
        selection: Selection,
        data: Any = None,
        *,
        anew: bool = False,
    ) -> None:
        if anew:
            data = {**data.dict(), "seen": selection.digest}
        super().__init__(data)
        meaning = words.MEANINGS[action]
        why: Any = self.fields["why"]
        why.choices = [
            *((reason, reason) for reason in meaning.reasons),
            (OTHER, "Another reason, in your words"),
        ]
        self.initial = {"seen": selection.digest}
        if action == Action.DISPUTE:
            self.fields["text"].label = "What we say is wrong"
            self.initial |= {"title": _title(selection), "text": _claim(selection)}
        else:
            del self.fields["title"]
        if anew:
            self.full_clean()
            self.add_error(
                None,
                "What this is about changed while you looked at it. These are the figures of now:"
                " look at them, and confirm once more.",
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self._said(given):
            self.add_error("text", "A reason is needed: pick one, or say it in your words.")
        return given

    @property
    def reason(self) -> str:
        """What was picked and what was written, together."""
        return self._said(self.cleaned_data)

    def _said(self, given: dict[str, Any]) -> str:
        picked, text = given.get("why") or "", (given.get("text") or "").strip()
        parts = ["" if picked == OTHER else picked, text]
        return ". ".join(part for part in parts if part)


def _title(selection: Selection) -> str:
    if selection.one is None:
        return f"{words.cdrs(len(selection.seen))} that do not add up"
    reasons = ", ".join(words.reason(code).lower() for code in selection.one.reasons)
    return f"CDR {selection.one.cdr.cdr_id}{f': {reasons}' if reasons else ''}"[:200]


def _claim(selection: Selection) -> str:
    if selection.one is None:
        return ""
    return "\n".join(
        str(one.get("message") or "")
        for one in words.findings(selection.one)
        if one.get("severity") == "hold"
    )[:LONGEST]
