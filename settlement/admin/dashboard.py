"""The finance page: what is owed, what waits for somebody, and how partners do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET

from parties.models import Party
from review import words as reviewing
from review.choices import ReviewState
from review.models import CDRReview
from review.words import amount as rounded
from settlement import finance, months, words
from settlement.admin.cells import company
from settlement.admin.finance_figures import cached, figures
from settlement.admin.statement_list import net_words
from settlement.choices import StatementState
from settlement.models import Statement
from staff import fragments
from staff.links import list_url, may_view, page_url

URL_NAME = "finance"
NAVIGATION = {"title": "Finance", "icon": "account_balance", "link": reverse_lazy(URL_NAME)}
DELAYS_CACHED_SECONDS = 300


def urls() -> list[URLPattern]:
    """The page's address, below ``admin/``."""
    return [path("finance/", admin.site.admin_view(page), name=URL_NAME)]


def may_look(request: HttpRequest) -> bool:
    """Whether there is such a page for this user."""
    return may_view(request, Statement)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every part is there only for those who may see its rows."""
    if not may_look(request):
        raise PermissionDenied
    sees_reviews = may_view(request, CDRReview)
    return TemplateResponse(
        request,
        "settlement/finance.html",
        {
            **admin.site.each_context(request),
            "title": "Finance",
            "figures": figures(request),
            "nets": [net_words(net) for net in cached("unlocked", finance.unlocked)],
            "reasons": _reasons() if sees_reviews else None,
            "partners": _partners() if sees_reviews else None,
            "margins": _margins() if sees_reviews else None,
            "losses": _losses() if sees_reviews else None,
            "losses_url": list_url(CDRReview, state="all", margin="negative"),
            "delays": _delays() if sees_reviews else None,
            "waiting": _waiting(),
            "waiting_url": list_url(
                Statement, month="all", state__exact=StatementState.DRAFT.value
            ),
            "statements_url": list_url(Statement),
            "delay_days": finance.DELAY_DAYS,
            "delay_cdrs": finance.DELAY_CDRS,
        },
    )


def _reasons() -> list[dict[str, Any]] | None:
    found = cached("by_reason", finance.by_reason)
    return None if found is None else _rows(found, "reason", _reason)


def _partners() -> list[dict[str, Any]] | None:
    found = cached("by_partner", finance.by_partner)
    if found is None:
        return None
    parties = finance.names([one.key for one in found if one.key is not None])
    rows = _rows(
        found,
        "partner__id__exact",
        lambda key: _with_role(parties[key]) if key in parties else "Nobody known",
    )
    return rows[: finance.PARTNERS_SHOWN]


def _with_role(party: Party) -> str:
    """A company may be there twice, as CPO and as eMSP."""
    return f"{party.name} ({party})" if party.name else str(party)


def _rows(
    amounts: list[finance.Amount], filter_name: str, name: Callable[[Any], str]
) -> list[dict[str, Any]]:
    return [
        {
            "name": name(key),
            "number": sum(one.number for one in found),
            "amount": ", ".join(rounded(one.amount, one.currency).shown for one in found),
            "url": list_url(CDRReview, state=ReviewState.FLAGGED.value, **{filter_name: key}),
        }
        for key, found in finance.per_currency(amounts).items()
    ]


def _reason(code: str) -> str:
    return reviewing.reasons().get(code, code.replace("_", " ").capitalize())


def _margins() -> list[dict[str, Any]]:
    this = months.month_of(timezone.now(), timezone.get_current_timezone())
    last = (this - timedelta(days=1)).replace(day=1)

    def compute() -> list[finance.Margin]:
        return finance.margins([this, last])

    return [
        {
            "month": words.month(one.month),
            "sold": rounded(one.sold, one.currency).shown,
            "margin": rounded(one.margin, one.currency).shown,
            "share": f"{100 * one.margin / one.sold:.1f} %" if one.sold else "",
            "is_loss": one.margin < 0,
        }
        for one in cached(f"margins.{this:%Y-%m}", compute)
    ]


def _losses() -> list[dict[str, Any]]:
    return [
        {
            "cdr": review.cdr.cdr_id,
            "url": page_url(review),
            "partner": company(review.partner) if review.partner else "",
            "margin": rounded(review.margin, review.currency).shown,
        }
        for review in cached("losses", finance.losses)
    ]


def _delays() -> list[dict[str, Any]] | None:
    found = cached("delays", finance.delays, DELAYS_CACHED_SECONDS)
    if found is None:
        return None
    parties = finance.names([one.partner for one in found])
    return [
        {
            "partner": company(parties[one.partner]),
            "cdrs": one.cdrs,
            "half": _span(one.half),
            "most": _span(one.most),
            "is_late": one.most > timedelta(days=1),
        }
        for one in found
        if one.partner in parties
    ]


def _span(length: timedelta) -> str:
    """A delay may be negative, where clocks differ."""
    return f"{'-' if length < timedelta(0) else ''}{fragments.span(abs(length))}"


def _waiting() -> dict[str, Any]:
    found = cached("waiting", finance.waiting_for_approval)
    return {
        "rows": [
            {
                "name": row.number,
                "url": page_url(row),
                "partner": company(row.partner),
                "amount": _after_tax(row),
                "closed": fragments.ago(row.closed_at),
                "by": row.closed_by,
            }
            for row in found[: finance.WAITING_SHOWN]
        ],
        "more": len(found) > finance.WAITING_SHOWN,
    }


def _after_tax(statement: Statement) -> str:
    return words.money(Decimal((statement.frozen or {}).get("after_tax", 0)), statement.currency)
