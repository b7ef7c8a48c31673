"""What a decision is about, exactly as the deciding person sees it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from review import bulk, services, words
from review.choices import Action, ReviewState
from review.models import CDRReview
from review.services import Seen


class Sum(NamedTuple):
    """What the CDRs in a currency come to: their number, stated price and amount at stake, before tax."""

    currency: str
    number: int
    stated: Decimal
    at_stake: Decimal

    @property
    def shown_stated(self) -> str:
        return words.amount(self.stated, self.currency).shown

    @property
    def shown_at_stake(self) -> str:
        return words.amount(self.at_stake, self.currency).shown


@dataclass
class Selection:
    """``seen`` are the reviews that can be decided so; ``others`` counts those that cannot, by their state.

    ``is_cut``: there are more than a decision can be about. ``cases`` is how many disputes it would make.
    """

    seen: dict[int, Seen]
    sums: list[Sum]
    others: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False
    cases: int = 0
    one: CDRReview | None = None

    @property
    def name(self) -> str:
        """``CDR C1``, ``12 CDRs``."""
        return f"CDR {self.one.cdr.cdr_id}" if self.one else words.cdrs(len(self.seen))

    @property
    def digest(self) -> str:
        """Of what was seen: another one means that something changed."""
        lines = (f"{key}:{one.state}:{one.at_stake:f}" for key, one in sorted(self.seen.items()))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def left_out(self) -> str:
        """The others in a sentence; empty without any."""
        if not self.others:
            return ""
        labels = dict(ReviewState.choices)
        said = ", ".join(
            f"{number} “{str(labels.get(state, state)).lower()}”"
            for state, number in self.others.most_common()
        )
        return f"Left as they are, because this is not possible for them: {said}."

    @property
    def why_nothing(self) -> str:
        return self.left_out or "No CDR matches, so there is nothing to decide."


def chosen(action: Action, rows: QuerySet[CDRReview]) -> Selection:
    """What ``action`` can decide about among ``rows``, up to ``bulk.MOST`` of them."""
    possible = services.POSSIBLE[action]
    columns = (
        "pk",
        "state",
        "at_stake",
        "currency",
        "stated",
        "partner_id",
        "ours_id",
        "direction",
    )
    seen: dict[int, Seen] = {}
    others: Counter[str] = Counter()
    sums: dict[str, Sum] = {}
    cases: set[tuple[object, ...]] = set()
    found = rows.values_list(*columns)[: bulk.MOST + 1]
    for pk, state, at_stake, currency, stated, *whose in found.iterator(chunk_size=5000):
        if state not in possible:
            others[state] += 1
            continue
        if len(seen) == bulk.MOST:
            return _selection(seen, sums, others, cases, is_cut=True)
        seen[pk] = Seen(state, at_stake)
        so_far = sums.get(currency, Sum(currency, 0, Decimal(0), Decimal(0)))
        sums[currency] = Sum(
            currency, so_far.number + 1, so_far.stated + stated, so_far.at_stake + at_stake
        )
        cases.add((currency, *whose))
    return _selection(seen, sums, others, cases, is_cut=False)


def _selection(
    seen: dict[int, Seen],
    sums: dict[str, Sum],
    others: Counter[str],
    cases: set[tuple[object, ...]],
    *,
    is_cut: bool,
) -> Selection:
    ordered = sorted(sums.values(), key=lambda one: (-one.number, one.currency))
    one = None
    if len(seen) == 1:
        one = (
            CDRReview.objects.select_related("cdr", "partner")
            .defer("cdr__document")
            .get(pk=next(iter(seen)))
        )
    return Selection(seen, ordered, others, is_cut, len(cases), one)
