"""Adjustments of statements on the page of a dispute: what there is, and taking it off or back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from ocpi.currencies import money
from review.admin.sections import DISPUTE_ACTIONS, DISPUTE_PAGE
from review.disputes import services as disputes
from review.models import Dispute
from review.services import NotPossible as NotDecided
from settlement import selectors, services
from settlement.admin import cells
from settlement.admin.actions import ReasonForm
from settlement.choices import TaxTreatment
from settlement.models import Adjustment
from staff import theme
from staff.confirmed import Confirmed
from staff.links import page_url
from staff.requests import user_of
from staff.sections import Section

ADD = "settlement.add_adjustment"
VIEW = "settlement.view_statement"


class AdjustForm(ReasonForm):
    """How much is taken off, with which tax, and why."""

    field_order = ("off", "tax_rate", "reason")
    off = forms.DecimalField(
        label="Taken off, before tax",
        required=False,
        min_value=0,
        max_digits=16,
        decimal_places=8,
        widget=theme.TextWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Leave it empty for all that is left of what was agreed.",
    )
    tax_rate = forms.DecimalField(
        label="Rate of VAT, in percent",
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        widget=theme.TextWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="As the CDRs state it; 0 for no tax. Where the terms say that there is no tax, it does not count.",
    )


def standing(case: Dispute) -> Adjustment | None:
    """The latest adjustment for a case that was not taken back."""
    rows = Adjustment.objects.filter(dispute=case, takes_back=None, taken_back_by=None)
    return rows.select_related("entry__statement").order_by("-id").first()


def _adjust(request: HttpRequest, case: Dispute, given: dict[str, Any]) -> str:
    off = given["off"] if given["off"] is not None else disputes.left(case)
    made = services.adjust(
        case, off=off, tax_rate=given["tax_rate"], reason=given["reason"], actor=user_of(request)
    )
    return page_url(made.entry.statement)


def _take_back(request: HttpRequest, case: Dispute, given: dict[str, Any]) -> str:
    found = standing(case)
    if found is None:
        raise services.NotPossible("It was taken back already.")
    made = services.take_back(found, reason=given["reason"], actor=user_of(request))
    return page_url(made.entry.statement)


def _what_is_taken_off(case: Dispute) -> str:
    left = money(disputes.left(case), case.currency)
    terms = selectors.terms_of(case.ours_id, case.partner_id)
    tax = (
        "" if terms.tax == TaxTreatment.AS_STATED else f" {terms.get_tax_display()}, by the terms."
    )
    return (
        f"{left} before tax were agreed, and no Credit CDR takes them off. An entry of its own takes them off the"
        f" open statement of this month with {case.partner.identity}.{tax} Nobody can change it after that; it"
        " can be taken back by the opposite. Somebody else has to approve the statement."
    )


def _what_is_taken_back(case: Dispute) -> str:
    found = standing(case)
    if found is None:
        return ""
    off = money(-found.entry.before_tax, case.currency)
    return f"{off} before tax, on {found.entry.statement}, come back onto the open statement of this month."


ADJUST = Confirmed(
    name="adjust",
    label="Adjust the statement",
    permission=ADD,
    question="Take what was agreed in {object} off the statement?",
    explanation=_what_is_taken_off,
    perform=_adjust,
    form=AdjustForm,
    done="It is on the statement.",
    icon="price_change",
    allowed=lambda case: disputes.left(case) > 0,
    refusals=(services.NotPossible, NotDecided),
)
TAKE_BACK = Confirmed(
    name="take-adjustment-back",
    label="Take back the adjustment",
    permission=ADD,
    question="Take back what was taken off for {object}?",
    explanation=_what_is_taken_back,
    perform=_take_back,
    form=ReasonForm,
    done="The opposite is on the statement.",
    icon="undo",
    dangerous=True,
    allowed=lambda case: bool(case.adjusted) and standing(case) is not None,
    refusals=(services.NotPossible, NotDecided),
)


def context(request: HttpRequest, case: Dispute) -> dict[str, Any] | None:
    """What was taken off by hand, and what is left of what was agreed; ``None`` where there is neither."""
    if not request.user.has_perm(VIEW):
        return None
    rows = Adjustment.objects.filter(dispute=case).select_related("entry__statement__partner")
    left = disputes.left(case)
    if not left and not case.adjusted and not rows:
        return None
    return {
        "left": money(left, case.currency) if left else "",
        "credited": bool(case.adjusted) and case.disputed.exclude(credit=None).exists(),
        "rows": [
            {
                "statement": str(row.entry.statement),
                "url": page_url(row.entry.statement),
                "before_tax": cells.money(row.entry.before_tax, case.currency),
                "tax": cells.money(row.entry.tax, case.currency),
                "reason": row.entry.reason,
                "by": row.by,
                "at": row.at,
                "is_opposite": row.takes_back_id is not None,
            }
            for row in rows
        ],
    }


def bring() -> None:
    """Bring all of this to the page of a dispute; called once."""
    DISPUTE_PAGE.register(Section("settlement/adjustments_of_dispute.html", context))
    DISPUTE_ACTIONS.extend((ADJUST, TAKE_BACK))
