"""The figures at the top of the finance page, and how long each is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpRequest

from review.choices import ReviewState
from review.models import CDRReview, Dispute, MissingCDR
from review.words import amount as rounded
from settlement import finance
from settlement.choices import StatementState
from settlement.models import Statement
from staff.links import list_url, may_view

CACHED_SECONDS = 45

_Value = TypeVar("_Value")


def cached(key: str, compute: Callable[[], _Value], seconds: int = CACHED_SECONDS) -> _Value:
    """A figure, looked up at most every ``seconds``; nothing is as good as an answer."""
    found = cache.get(f"finance.{key}")
    if found is None:
        found = (compute(),)
        cache.set(f"finance.{key}", found, seconds)
    value: _Value = found[0]
    return value


def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The figures that this user may see, each with the list behind it."""
    found = []
    if may_view(request, CDRReview):
        found += [_unreviewed()]
    drafts = cached("drafts", lambda: Statement.objects.filter(state=StatementState.DRAFT).count())
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
    amounts = cached("by_partner", finance.by_partner)
    oldest = cached("oldest", finance.oldest_unreviewed)
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
    found = cached("disputes", finance.disputes)
    late = f"{found.overdue} past the deadline" if found.overdue else "none past its deadline"
    return {
        "title": "Disputes running",
        "number": found.running,
        "url": list_url(Dispute),
        "note": "; ".join(part for part in (late, _sums(found.claimed)) if part),
        "bad": bool(found.overdue),
    }


def _missing() -> dict[str, Any]:
    number, estimates, oldest = cached("missing", finance.missing)
    return {
        "title": "Missing CDRs",
        "number": number,
        "url": list_url(MissingCDR),
        "note": f"about {_sums(estimates)}"
        if estimates
        else "past their deadline"
        if number
        else "none is late",
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
