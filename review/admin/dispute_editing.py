"""Opening a case about chosen CDRs, and changing one that runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from charging.words import amount
from review.admin.dispute_forms import CaseForm
from review.choices import DisputeState
from review.disputes import opening, steps
from review.disputes import services as disputes
from review.models import CDRReview, Dispute
from review.services import NotPossible
from staff import theme
from staff.links import list_url, page_url
from staff.requests import user_of

ADD, CHANGE = "review.add_dispute", "review.change_dispute"
RUNNING_OFFERED = 30
_Admin = theme.ModelAdmin[Dispute]


def open_address(cdrs: Sequence[int]) -> str:
    """Where a case about these CDRs (primary keys) is opened."""
    query = "&".join(f"cdr={key}" for key in cdrs)
    return f"{reverse('admin:review_dispute_open')}?{query}"


def open_view(admin: _Admin, request: HttpRequest) -> HttpResponse:
    """GET shows the form, POST opens the case or adds to one that runs."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    keys = [int(key) for key in given.getlist("cdr") if key.isascii() and key.isdigit()][:600]
    try:
        reviews = list(opening.reviews_by_key(keys).values())
        shared = opening.shared_by(reviews)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(list_url(Dispute))
    running = Dispute.objects.exclude(state=DisputeState.CLOSED).filter(**shared._asdict())
    form = CaseForm(
        request.POST if request.method == "POST" else None,
        reviews=reviews,
        claimed={review.pk: steps.suggested(review) for review in reviews},
        running=list(running.order_by("-id")[:RUNNING_OFFERED]),
    )
    if request.method == "POST" and form.is_valid():
        try:
            case = _opened(form, request)
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            return HttpResponseRedirect(page_url(case))
    return admin.page(
        request,
        "review/dispute_form.html",
        "Dispute CDRs",
        {
            "form": form,
            "rows": _rows(form),
            "partner": steps.party_words(shared.partner),
            "introduction": f"A case with {steps.party_words(shared.partner)}. It begins as a draft: the partner is"
            " told by you, with the evidence. The CDRs are disputed at once, so that nobody settles them.",
            "submit_label": "Open the case",
            "back": page_url(reviews[0].cdr),
        },
    )


def _opened(form: CaseForm, request: HttpRequest) -> Dispute:
    given, actor = form.cleaned_data, user_of(request)
    claimed = form.claimed()
    if given.get("case"):
        case = Dispute.objects.get(pk=given["case"])
        done = disputes.add(case, list(claimed), claimed=claimed, actor=actor)
        messages.success(request, f"They are in {case.number} now.")
        return done
    case = disputes.open_dispute(
        list(claimed),
        title=given["title"],
        claim=given["claim"],
        claimed=claimed,
        actor=actor,
    )
    messages.success(request, f"{case.number} is open. Tell the partner next.")
    return case


def edit_view(admin: _Admin, request: HttpRequest, case: Dispute) -> HttpResponse:
    """GET shows claim and amounts, POST changes them and takes CDRs out."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    if case.state == DisputeState.CLOSED:
        messages.warning(request, "A closed case is opened again before it is changed.")
        return HttpResponseRedirect(page_url(case))
    rows = steps.reviews_of(case)
    form = CaseForm(
        request.POST if request.method == "POST" else None,
        reviews=[row.review for row in rows],
        claimed={row.review_id: row.claimed for row in rows},
        removable=len(rows) > 1,
        initial={"title": case.title, "claim": case.claim},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _changed(form, case, request)
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            return HttpResponseRedirect(page_url(case))
    return admin.page(
        request,
        "review/dispute_form.html",
        f"Change {case.number}",
        {
            "form": form,
            "rows": _rows(form),
            "introduction": "What was said before stays in the events of the case.",
            "submit_label": "Save",
            "back": page_url(case),
        },
    )


@transaction.atomic
def _changed(form: CaseForm, case: Dispute, request: HttpRequest) -> None:
    given, actor = form.cleaned_data, user_of(request)
    before = {row.review_id: row.claimed for row in case.disputed.all()}
    removed = form.removed()
    claimed: dict[int, Decimal] = {
        key: value for key, value in form.claimed().items() if value != before.get(key)
    }
    if claimed or (given["title"], given["claim"]) != (case.title, case.claim):
        disputes.change(
            case, title=given["title"], claim=given["claim"], claimed=claimed, actor=actor
        )
    for key in removed:
        disputes.remove(case, key, reason="", actor=actor)


def _rows(form: CaseForm) -> list[dict[str, Any]]:
    return [{**row, **_facts(row["review"])} for row in form.rows()]


def _facts(review: CDRReview) -> dict[str, Any]:
    return {
        "url": page_url(review.cdr),
        "stated": amount(review.stated, review.currency),
        "computed": amount(review.computed, review.currency),
        "difference": amount(review.difference, review.currency),
        "messages": [str(one.get("message", "")) for one in review.findings][:3],
    }
