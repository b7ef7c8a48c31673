"""The list of statements: what a month comes to, and what still holds it up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest

from review.choices import Direction
from settlement import selectors, words
from settlement.admin.filters import chosen, known
from settlement.choices import StatementState
from settlement.figures import Figures, figures
from settlement.models import Statement
from staff import theme

MOST_SUMMED = 5000
"""Of more statements than this no totals are made."""


class Total(NamedTuple):
    """What the statements of a month come to in one direction and currency; ``states`` counts them in words."""

    direction: str
    currency: str
    statements: int
    cdrs: int
    before_tax: str
    tax: str
    after_tax: str
    states: str


class StatementChangeList(theme.ChangeList):
    """Knows what each statement of the page comes to and what is not on it, and what the month comes to."""

    month: date | None
    totals: list[Total]
    nets: list[dict[str, Any]]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        left = selectors.not_on_them(rows)
        for row in rows:
            row.figures = figures(row)
            row.left_out = None if left is None else left.get(row.pk, [])
        self.result_list = rows
        self.month = chosen(request.GET.get("month"))
        self.months = months_around(self.month)
        self.totals, self.nets = [], []
        if self.month is not None and rows:
            everything = list(self.queryset.prefetch_related("tallies")[: MOST_SUMMED + 1])
            if len(everything) <= MOST_SUMMED:
                self.totals = totals(everything)
                self.nets = [net_words(net) for net in selectors.nets(everything)]


def months_around(month: date | None) -> list[dict[str, Any]]:
    """The months with statements nearest to one, for the row of tabs."""
    found = known()
    at = found.index(month) if month in found else 0
    first = max(0, min(at - 2, len(found) - 6))
    return [
        {"value": f"{one:%Y-%m}", "label": words.month(one), "active": one == month}
        for one in reversed(found[first : first + 6])
    ]


def totals(statements: list[Statement]) -> list[Total]:
    """Per direction and currency."""
    groups: dict[tuple[str, str], list[tuple[Statement, Figures]]] = defaultdict(list)
    for statement in statements:
        groups[statement.direction, statement.currency].append((statement, figures(statement)))
    order = {Direction.RECEIVABLE.value: 0, Direction.PAYABLE.value: 1}
    return [
        _total(direction, currency, rows)
        for (direction, currency), rows in sorted(
            groups.items(), key=lambda item: (item[0][1], order[item[0][0]])
        )
    ]


def _total(direction: str, currency: str, rows: list[tuple[Statement, Figures]]) -> Total:
    found = [shown for _, shown in rows]
    per_state = {
        state.label: sum(row.state == state for row, _ in rows) for state in StatementState
    }
    return Total(
        direction=str(Direction(direction).label),
        currency=currency,
        statements=len(rows),
        cdrs=sum(one.cdrs for one in found),
        before_tax=words.money(sum((one.before_tax for one in found), Decimal(0)), currency),
        tax=words.money(sum((one.tax for one in found), Decimal(0)), currency),
        after_tax=words.money(sum((one.after_tax for one in found), Decimal(0)), currency),
        states=", ".join(
            f"{number} {label.lower()}" for label, number in per_state.items() if number
        ),
    )


def net_words(net: selectors.Net) -> dict[str, Any]:
    """What is owed in one currency after netting, in words."""
    owed = words.money(abs(net.net), net.currency)
    says = (
        "nothing is owed"
        if not net.net
        else f"they owe us {owed}"
        if net.net > 0
        else f"we owe them {owed}"
    )
    return {
        "currency": net.currency,
        "receivable": words.money(net.receivable, net.currency),
        "payable": words.money(net.payable, net.currency),
        "says": says,
    }
