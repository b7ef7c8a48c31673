"""The finance page: what is owed, what waits for somebody, and how partners do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET

from review import words as reviewing
from review.choices import ReviewState
from review.models import CDRReview, Dispute, MissingCDR
from review.words import amount as rounded
from settlement import finance, months, words
from settlement.admin.cells import company
from settlement.admin.statement_list import net_words
from settlement.choices import StatementState
from settlement.models import Statement
from staff import fragments
from staff.links import list_url, may_view, page_url

URL_NAME = "finance"
NAVIGATION = {"title": "Finance", "icon": "account_balance", "link": reverse_lazy(URL_NAME)}
CACHED_SECONDS = 45
DELAYS_CACHED_SECONDS = 300

_Value = TypeVar("_Value")


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
            "figures": _figures(request),
            "nets": [net_words(net) for net in _cached("unlocked", finance.unlocked)],
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
        },
    )


def _cached(key: str, compute: Callable[[], _Value], seconds: int = CACHED_SECONDS) -> _Value:
    """A figure, looked up at most every ``seconds``; nothing is as good as an answer."""
    found = cache.get(f"finance.{key}")
    if found is None:
        found = (compute(),)
        cache.set(f"finance.{key}", found, seconds)
    value: _Value = found[0]
    return value


def _figures(request: HttpRequest) -> list[dict[str, Any]]:
    found = []
    if may_view(request, CDRReview):
        found += [_unreviewed()]
    drafts = _cached("drafts", lambda: Statement.objects.filter(state=StatementState.DRAFT).count())
    found.append(
        {
            "title": "Wait for approval",
            "number": drafts,
            "url": list_url(Statement, month="all", state__exact=StatementState.DRAFT.value),
            "note": "closed, and approved by nobody yet" if drafts else "nothing waits",
            "bad": bool(drafts),
        }
    )
    if may_view(request, Dispute):
        found.append(_disputes())
    if may_view(request, MissingCDR):
        found.append(_missing())
    return found


def _unreviewed() -> dict[str, Any]:
    amounts = _cached("by_partner", finance.by_partner)
    oldest = _cached("oldest", finance.oldest_unreviewed)
    number = sum(one.number for one in amounts or ())
    return {
        "title": "To review",
        "number": number if amounts is not None else None,
        "url": list_url(CDRReview, state=ReviewState.FLAGGED.value),
        "note": _sums(_per_currency(amounts or [])) or "nothing is flagged",
        "oldest": oldest,
        "bad": bool(number),
    }


def _disputes() -> dict[str, Any]:
    found = _cached("disputes", finance.disputes)
    late = f"{found.overdue} past the deadline" if found.overdue else "none past its deadline"
    return {
        "title": "Disputes running",
        "number": found.running,
        "url": list_url(Dispute),
        "note": "; ".join(part for part in (late, _sums(found.claimed)) if part),
        "bad": bool(found.overdue),
    }


def _missing() -> dict[str, Any]:
    number, estimates, oldest = _cached("missing", finance.missing)
    return {
        "title": "Missing CDRs",
        "number": number,
        "url": list_url(MissingCDR),
        "note": f"about {_sums(estimates)}" if estimates else "past their deadline",
        "oldest": oldest,
        "bad": bool(number),
    }


def _per_currency(amounts: list[finance.Amount]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in amounts:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.amount
    return sums


def _sums(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(
        rounded(amount, currency).shown for currency, amount in amounts.items() if amount
    )


def _reasons() -> list[dict[str, Any]] | None:
    found = _cached("by_reason", finance.by_reason)
    return None if found is None else _rows(found, "reason", _reason)


def _partners() -> list[dict[str, Any]] | None:
    found = _cached("by_partner", finance.by_partner)
    if found is None:
        return None
    parties = finance.names([one.key for one in found if one.key is not None])
    rows = _rows(
        found,
        "partner__id__exact",
        lambda key: company(parties[key]) if key in parties else "Nobody known",
    )
    return rows[: finance.PARTNERS_SHOWN]


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
        for one in _cached(f"margins.{this:%Y-%m}", compute)
    ]


def _losses() -> list[dict[str, Any]]:
    return [
        {
            "cdr": review.cdr.cdr_id,
            "url": page_url(review),
            "partner": company(review.partner) if review.partner else "",
            "margin": rounded(review.margin, review.currency).shown,
        }
        for review in _cached("losses", finance.losses)
    ]


def _delays() -> list[dict[str, Any]] | None:
    found = _cached("delays", finance.delays, DELAYS_CACHED_SECONDS)
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
    found = _cached("waiting", finance.waiting_for_approval)
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
