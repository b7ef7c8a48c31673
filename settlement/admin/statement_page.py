"""The page of a statement: a document, with what is not on it, what lies beside it, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from parties.models import Event, Party
from review.choices import Direction, ReviewState
from review.models import CDRReview
from review.words import amount as rounded
from settlement import grouping, selectors, words
from settlement.admin import actions, cells
from settlement.admin.cells import company, queue_url
from settlement.admin.statement_list import net_words
from settlement.choices import BADGES, EntryKind, StatementState
from settlement.documents.contents import Contents, contents
from settlement.models import Entry, SettlementTerms, Statement
from settlement.reconciliation import services as invoices
from settlement.services.rows import subject
from staff import badges, confirmed, fragments
from staff.links import list_url, may_view, page_url

UNUSUAL_SHOWN = 40
EVENTS_SHOWN = 40


def context(model_admin: Any, request: HttpRequest, statement: Statement) -> dict[str, Any]:
    """Everything about one statement, for its template."""
    said = contents(statement)
    buttons = confirmed.buttons(model_admin, actions.ALL, request, statement)
    closed_it = (
        statement.state == StatementState.DRAFT
        and statement.closed_by == request.user.get_username()
    )
    beside = selectors.beside(statement)
    return {
        "statement": statement,
        "said": said,
        "state": badges.badge(statement.state, StatementState, BADGES),
        "buttons": [one for one in buttons if not (closed_it and one["name"] == "approve")],
        "closed_it": closed_it,
        "left_out": _left_out(request, statement),
        "unusual": [_unusual(entry) for entry in _unusual_entries(statement)],
        "unusual_url": list_url(Entry, statement__id__exact=statement.pk, unusual="1"),
        "entries_url": list_url(Entry, statement__id__exact=statement.pk),
        "groups": _groups(request, statement),
        "by": request.GET.get("by", ""),
        "beside": [_beside(one, statement) for one in beside],
        "nets": [net_words(net) for net in selectors.nets(beside)],
        "events": Event.objects.filter(subject=subject(statement))[:EVENTS_SHOWN],
        "steps": _steps(statement),
        "terms_url": terms_url(statement.ours, statement.partner),
        "may_change": request.user.has_perm(actions.CHANGE),
        "issue_url": _issue_url(request, statement),
        "urls": {
            name: reverse(f"admin:settlement_statement_{name}", args=[statement.pk])
            for name in ("pdf", "csv", "xlsx", "verify", "notes")
        },
    }


def _issue_url(request: HttpRequest, statement: Statement) -> str:
    """Where an invoice about it is issued: of one that is approved, where we write the invoice."""
    is_done = statement.state in (StatementState.APPROVED, StatementState.LOCKED)
    may = request.user.has_perm("settlement.change_invoicerecord")
    if not (is_done and may and invoices.is_ours_to_issue(statement)):
        return ""
    return f"{reverse('admin:settlement_invoicerecord_issue')}?statement={statement.pk}"


def terms_url(ours: Party, partner: Party) -> str:
    """Where the terms between two parties are seen and changed, whether there are any yet or not."""
    found = SettlementTerms.objects.filter(ours=ours, partner=partner).first()
    if found is not None:
        return page_url(found)
    add = reverse("admin:settlement_settlementterms_add")
    return f"{add}?ours={ours.pk}&partner={partner.pk}"


def _left_out(request: HttpRequest, statement: Statement) -> list[dict[str, Any]]:
    linked = may_view(request, CDRReview)
    rows = [
        {
            "label": row.label,
            "cdrs": words.count(row.cdrs),
            "amount": rounded(row.amount, statement.currency).shown,
            "url": queue_url(statement, row.state) if linked else "",
            "why": _CORRECTED if row.corrected else _WHY[row.state],
        }
        for row in selectors.not_on_it(statement)
    ]
    late, amount = selectors.came_late(statement)
    if late:
        rows.append(
            {
                "label": "Late",
                "cdrs": words.count(late),
                "amount": rounded(amount, statement.currency).shown,
                "url": "",
                "why": "They came after it was closed, and are on a later statement.",
            }
        )
    return rows


_CORRECTED = "They were on it when it was closed, and are taken back on a later statement."


_WHY = {
    ReviewState.WAITING.value: "The checks have not come to them yet.",
    ReviewState.FLAGGED.value: "A check holds them up until somebody decides.",
    ReviewState.DISPUTED.value: "They are in a dispute. What it ends with decides.",
    ReviewState.DROPPED.value: "Somebody decided that nobody pays them.",
}


def _unusual_entries(statement: Statement) -> QuerySet[Entry]:
    return (
        statement.entries.exclude(kind=EntryKind.CHARGE, late=False)
        .select_related("cdr", "adjustment__dispute")
        .defer("cdr__document")
        .order_by("id")[:UNUSUAL_SHOWN]
    )


def _unusual(entry: Entry) -> dict[str, Any]:
    currency = entry.statement.currency
    late = entry.late and entry.kind != EntryKind.CORRECTION
    return {
        "about": cells.about(entry),
        "kind": "Late charge"
        if late and entry.kind == EntryKind.CHARGE
        else entry.get_kind_display(),
        "ended": fragments.moment(entry.ended_at),
        "before_tax": cells.money(entry.before_tax, currency),
        "tax": cells.money(entry.tax, currency),
        "reason": entry.reason,
    }


def _groups(request: HttpRequest, statement: Statement) -> dict[str, Any] | None:
    """The lines per country or place, when somebody asks for them."""
    by = request.GET.get("by", "")
    if by not in grouping.BY:
        return None
    found = grouping.grouped(statement, by)
    return {
        "title": grouping.BY[by],
        "too_many": found is None,
        "rows": [
            {
                "name": row.name or "Not said",
                "cdrs": words.count(row.cdrs),
                "energy": words.energy(row.energy),
                "before_tax": cells.money(row.before_tax, statement.currency),
                "tax": cells.money(row.tax, statement.currency),
            }
            for row in found or ()
        ],
    }


def _beside(one: Statement, statement: Statement) -> dict[str, Any]:
    said: Contents = contents(one)
    return {
        "url": page_url(one),
        "is_this": one.pk == statement.pk,
        "name": one.number or said.title,
        "direction": Direction(one.direction).label,
        "roles": f"{company(one.ours)} {one.ours.role} and {company(one.partner)} {one.partner.role}",
        "after_tax": words.money(said.figures.after_tax, one.currency),
        "state": badges.badge(one.state, StatementState, BADGES),
    }


def _steps(statement: Statement) -> list[Mapping[str, Any]]:
    """Who did what to it, and what is still to be done."""
    return [
        {"label": label, "at": at, "by": by}
        for label, at, by in (
            ("Closed", statement.closed_at, statement.closed_by),
            ("Approved", statement.approved_at, statement.approved_by),
            ("Locked", statement.locked_at, statement.locked_by),
        )
    ]


def took(seconds: float) -> str:
    """How long a full look took."""
    return f"{seconds:.2f} s" if seconds < 60 else fragments.span(timedelta(seconds=seconds))
