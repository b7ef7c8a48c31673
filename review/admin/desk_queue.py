"""The queue that a review is opened from: the list with its filters, as the pages of its reviews see it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from review import selectors
from review.admin.desk import QUEUE, ROWS_ONLY
from review.models import CDRReview

BEFORE = 4
AFTER = 12
OF = "of"


@dataclass(frozen=True)
class Queue:
    """``query`` is the query string of the list, ``rows`` what it shows, in its ``order``; ``of`` is how many it
    held when somebody began with it, 0 while nobody counted.
    """

    query: str
    rows: QuerySet[CDRReview]
    order: tuple[str, str]
    of: int = 0

    def after(self, review: CDRReview, number: int = AFTER) -> list[CDRReview]:
        """The next ones, whether ``review`` is still among them or not."""
        return list(self._beyond(review, self.order)[:number])

    def before(self, review: CDRReview, number: int = BEFORE) -> list[CDRReview]:
        """The ones just before it, in the order of the list."""
        turned = tuple(_turned(name) for name in self.order)
        return list(self._beyond(review, turned)[:number])[::-1]

    def next(self, review: CDRReview) -> CDRReview | None:
        """The one to look at after this: the next, else the first that is left."""
        found = self.after(review, 1) or list(self.rows.exclude(pk=review.pk)[:1])
        return found[0] if found else None

    def left(self) -> int:
        """How many it holds, counted no further than 1000: 1001 stands for more."""
        return selectors.capped_count(self.rows)

    def url(self, review: CDRReview) -> str:
        """The page of a review in this queue."""
        address = reverse("admin:review_cdrreview_change", args=[review.pk])
        return f"{address}?{urlencode(self.parameters)}"

    @property
    def parameters(self) -> dict[str, str]:
        """What an address carries so that the next page knows the queue."""
        given = {QUEUE: self.query, OF: str(self.of or "")}
        return {name: value for name, value in given.items() if value}

    def _beyond(self, review: CDRReview, order: tuple[str, ...]) -> QuerySet[CDRReview]:
        name, tie = order
        column = name.removeprefix("-")
        value = getattr(review, column)
        if value is None:
            return self.rows.none()
        side = "lt" if name.startswith("-") else "gt"
        tie_side = "lt" if tie.startswith("-") else "gt"
        # The first condition is what an index can begin at.
        beyond = Q(**{f"{column}__{side}e": value}) & (
            Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{tie_side}": review.pk})
        )
        return self.rows.filter(beyond).order_by(*order)


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def of_request(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> Queue:
    """The queue that the address of a page names by ``queue`` and ``of``; without one it is all that is to review."""
    given = request.GET.get(OF, "")
    of = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    return of_query(model_admin, request, request.GET.get(QUEUE, ""), of)


def of_query(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, query: str, of: int = 0
) -> Queue:
    """The list of ``model_admin`` with the query string ``query``."""
    asked = copy(request)
    asked.GET = QueryDict(query)
    asked.method = "GET"
    setattr(asked, ROWS_ONLY, True)
    try:
        changelist: Any = model_admin.get_changelist_instance(asked)
    except IncorrectLookupParameters:
        return of_query(model_admin, request, "", of)
    rows = changelist.queryset
    first, tie = changelist.get_ordering(asked, rows)
    return Queue(query, rows, (first, tie), of)


def counted(queue: Queue) -> Queue:
    """The same, knowing of how many it began; unless there are too many to be worth counting down."""
    if queue.of:
        return queue
    left = queue.left()
    return replace(queue, of=left if left <= selectors.COUNT_LIMIT else 0)


def left_words(queue: Queue) -> str:
    """``3 of 20 left``; ``12 left`` where nobody knows of how many."""
    left = queue.left()
    said = selectors.count_words(left)
    if queue.of and selectors.COUNT_LIMIT >= queue.of >= left:
        return f"{said} of {queue.of} left"
    return f"{said} left"
