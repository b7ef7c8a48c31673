"""How long partners have to answer to disputes, and whom we tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest

from review.disputes import services as disputes
from review.models import DisputeTerms
from staff import theme
from staff.requests import user_of

if TYPE_CHECKING:
    _Form = forms.ModelForm[DisputeTerms]
else:
    _Form = forms.ModelForm


class TermsForm(_Form):
    class Meta:
        model = DisputeTerms
        fields = ["partner", "answer_days", "contact"]
        help_texts = {
            "partner": "Empty: for every partner without terms of its own.",
            "answer_days": "From the day the partner is told. Deadlines that run stay.",
            "contact": "A person, an address or their portal.",
        }

    def clean_answer_days(self) -> int:
        days = int(self.cleaned_data["answer_days"])
        if not 1 <= days <= 365:
            raise forms.ValidationError("Between 1 and 365 days.")
        return days


@theme.register(DisputeTerms)
class DisputeTermsAdmin(theme.ModelAdmin[DisputeTerms]):
    """A row per partner with terms of its own, and one for everybody else."""

    form = TermsForm
    list_display = ["whose", "answer_days", "contact", "changed"]
    list_display_links = ["whose"]
    list_select_related = ["partner"]
    list_before_template = "review/dispute_terms_before.html"
    autocomplete_fields = ["partner"]
    sortable_by = ()
    actions = None

    @theme.display(description="Partner")
    def whose(self, terms: DisputeTerms) -> str:
        return str(terms.partner) if terms.partner else "Everybody else"

    @theme.display(description="Changed")
    def changed(self, terms: DisputeTerms) -> str:
        return f"{terms.changed_at:%Y-%m-%d} by {terms.changed_by}"

    def save_model(
        self, request: HttpRequest, obj: DisputeTerms, form: _Form, change: bool
    ) -> None:
        """Through the service, which leaves an event."""
        given: dict[str, Any] = form.cleaned_data
        obj.pk = disputes.set_terms(
            obj.partner, given["answer_days"], given["contact"], actor=user_of(request)
        ).pk

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Terms stay with whom they are for."""
        return ("partner",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
