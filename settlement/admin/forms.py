"""Forms about statements: closing a month for all partners, and what is to be said on one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from settlement import months, services, words
from settlement.choices import StatementState
from settlement.models import Statement
from settlement.services import month_end
from staff import theme
from staff.links import page_url
from staff.requests import user_of


class MonthForm(forms.Form):
    """Which month to close; those that are over and have open statements."""

    month = forms.ChoiceField(label="Month", widget=theme.SelectWidget)
    knowingly = forms.BooleanField(
        label="Also where CDRs are not reviewed yet",
        required=False,
        widget=theme.SwitchWidget,
        help_text="Without it these statements stay open, and the job says which and why. With it, CDRs that are"
        " accepted later go onto a later statement.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = [(f"{first:%Y-%m}", words.month(first)) for first in to_close()]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]


class NotesForm(forms.Form):
    notes = forms.CharField(
        label="What it is to say",
        required=False,
        max_length=4000,
        widget=theme.TextareaWidget(attrs={"rows": 6}),
        help_text="Printed below the totals, such as a purchase order or a bank account.",
    )


def to_close() -> list[date]:
    """The months that are over and have open statements, the latest first."""
    this = months.month_of(timezone.now(), timezone.get_current_timezone())
    rows = Statement.objects.filter(state=StatementState.OPEN, month__lt=this)
    return list(rows.order_by("-month").values_list("month", flat=True).distinct())


def close_month(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Ask which month, then begin the job and go to its page."""
    if not request.user.has_perm("settlement.change_statement"):
        raise PermissionDenied
    form = MonthForm(request.POST or None, initial={"month": request.GET.get("month", "")})
    if request.method == "POST" and form.is_valid():
        first = date.fromisoformat(f"{form.cleaned_data['month']}-01")
        job = month_end.start(
            first, knowingly=form.cleaned_data["knowingly"], actor=user_of(request)
        )
        return HttpResponseRedirect(page_url(job))
    shown = {
        "form": form,
        "introduction": "Closes every open statement of the month that has CDRs on it: totals are frozen and numbers"
        " are given. Somebody else then approves each."
        if to_close()
        else "No month that is over has an open statement.",
        "submit_label": "Close the month",
        "back": reverse("admin:settlement_statement_changelist"),
    }
    title = "Close a month for all partners"
    page: HttpResponse = model_admin.page(request, "staff/form.html", title, shown)
    return page


def notes(model_admin: Any, request: HttpRequest, statement: Statement) -> HttpResponse:
    """What is to be said on a statement, until it is locked."""
    form = NotesForm(request.POST or None, initial={"notes": statement.notes})
    if request.method == "POST" and form.is_valid():
        try:
            services.annotate(statement, form.cleaned_data["notes"], actor=user_of(request))
        except services.NotPossible as problem:
            messages.error(request, str(problem))
        return HttpResponseRedirect(page_url(statement))
    shown = {"form": form, "submit_label": "Save", "back": page_url(statement)}
    page: HttpResponse = model_admin.page(
        request, "staff/form.html", f"Notes on {statement}", shown
    )
    return page
