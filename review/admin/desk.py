"""The desk's list: in which order, which tabs, what it comes to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from review import selectors, totals
from review.admin.desk_filters import EVERYTHING, StateFilter, state_of
from review.choices import CONCERNING
from review.models import CDRReview
from staff import theme
from staff.links import page_url

BY_STAKE = ("-at_stake", "-pk")
NEWEST = ("-ended_at", "-pk")
BY_LOSS = ("margin", "pk")
_OPPOSITE = {"-at_stake": ("at_stake", "pk"), "-ended_at": ("ended_at", "pk")}
QUEUE = "queue"
"""The parameter of an address that holds the query string of the list it was opened from."""
ROWS_ONLY = "_rows_only"
"""Set on a request that asks for the rows of a list and shows none of them."""


def can_sort_by_stake(query: QueryDict) -> bool:
    """Where nothing is at stake nothing is sorted by it: there is no index for that."""
    return state_of(query.get("state")) in CONCERNING


def ordering_of(query: QueryDict, wanted: str = "") -> tuple[str, str]:
    """The order of a list with this query string; ``wanted`` is a column with its sign, as staff clicked it.

    Every order has an index behind it for every state that has the order.
    """
    if query.get("margin"):
        return BY_LOSS
    for order in (NEWEST, BY_STAKE):
        if order is BY_STAKE and not can_sort_by_stake(query):
            continue
        if wanted == order[0]:
            return order
        if wanted == order[0].removeprefix("-"):
            return _OPPOSITE[order[0]]
    return BY_STAKE if can_sort_by_stake(query) else NEWEST


class DeskChangeList(theme.ChangeList):
    """Sorted by what has an index, with the sums of what it shows."""

    totals: list[totals.Total] | None = None
    too_many_to_sum = False

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        chosen = super().get_ordering(request, queryset) if "o" in self.params else []
        return list(ordering_of(request.GET, str(chosen[0]) if chosen else ""))

    def get_results(self, request: HttpRequest) -> None:
        if getattr(request, ROWS_ONLY, False):
            self.result_list, self.result_count, self.full_result_count = [], 0, 0
            return
        super().get_results(request)
        rows = list(self.result_list)
        queue = request.GET.urlencode()
        for row in rows:
            row.queue = queue
        self.result_list = rows
        if rows:
            self.totals = totals.per_currency(self.queryset)
            self.too_many_to_sum = self.totals is None


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs with their addresses, keeping the other filters; counts where nothing else narrows the list."""
    chosen = state_of(request.GET.get("state"))
    others = {name for name in request.GET if name not in {"state", "p", "o", "q"}}
    narrowed = bool(others) or bool(request.GET.get("q"))
    entries = []
    for value, label in StateFilter.tabs.items():
        query = request.GET.copy()
        for name in ("p", "o", "state"):
            query.pop(name, None)
        if value:
            query["state"] = value
        state = state_of(value)
        counts = not narrowed and state != EVERYTHING
        entries.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "active": chosen == state,
                "count": _count(state) if counts else "",
            }
        )
    return entries


def _count(state: str) -> str:
    return selectors.count_words(selectors.capped_count(CDRReview.objects.filter(state=state)))


def page_url_in(review: CDRReview, queue: str) -> str:
    """The page of a review, opened from the list with the query string ``queue``."""
    return f"{page_url(review)}?{urlencode({QUEUE: queue})}" if queue else page_url(review)


def list_url(queue: str = "") -> str:
    """The address of the desk with a query string."""
    address = reverse("admin:review_cdrreview_changelist")
    return f"{address}?{queue}" if queue else address
