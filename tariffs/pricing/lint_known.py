"""What the checks of the protocol find in a tariff, said with its rows and with advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from ocpi.errors import Problem
from ocpi.numbers import plain
from ocpi.tariff_checks import check_tariff
from tariffs.pricing.lint_lines import Document, Line, Remark, at_path, remark, rows

_SAID_ELSEWHERE = frozenset({"step_size_not_one", "vat_implausible", "price_implausible"})
"""Codes of which :mod:`tariffs.pricing.lint_prices` says more."""

_WORDS: dict[str, tuple[str, str]] = {
    "alt_text_states_price": (
        "The text for drivers states a price: “{value}”. When the prices change, it will be wrong.",
        "Leave prices out of the text; apps show them from the tariff.",
    ),
    "currency_unknown": (
        "{value} is no currency that is in use.",
        "Give one of ISO 4217, such as EUR.",
    ),
    "dates_hold_no_day": (
        "{rows} never applies: it ends before {value}, which leaves no day. An end date is not included.",
        "For a price that still holds on {value} the end date is {next}.",
    ),
    "dimension_twice": (
        "{rows}: the same element prices {what} twice, and OCPI does not say which counts.",
        "Leave one of them out, or give each an element with conditions of its own.",
    ),
    "element_unreachable": (
        "{rows} can never apply: earlier rows come first whenever their conditions hold.",
        "Put what holds more rarely first, or leave the element out.",
    ),
    "last_minute_uncovered": (
        "{rows} ends at 23:59, and the end is not included: the last minute of the day is left out.",
        "For the end of the day write 00:00.",
    ),
    "limits_reversed": (
        "The minimum price ({value}) is above the maximum price.",
        "Exchange them, or correct one.",
    ),
    "min_not_below_max": (
        "{rows} never applies: {field} {value} is not below its maximum.",
        "A minimum counts from its value on, a maximum up to below its value; the minimum has to be lower.",
    ),
    "price_negative": (
        "{rows}: the price {value} is below zero, so that the driver would be paid.",
        "Correct it; a discount is a lower price.",
    ),
    "price_unreachable": (
        "{rows} can never apply: an earlier row for {what} comes first whenever its conditions hold.",
        "Put what holds more rarely first, or leave the price out.",
    ),
    "reservation_prices_use": (
        "{rows}: a reservation can cost time and a flat fee, not {what}.",
        "Move the price to an element without the reservation.",
    ),
    "several_flat_fees": (
        "{rows} is one of {value} flat fees, and OCPI does not say whether each is due or the first only.",
        "Keep one flat fee per session. Here the first that applies is charged.",
    ),
    "step_size_zero": (
        "{rows}: a step size of {value} cannot be billed.",
        "For exact billing write 1.",
    ),
    "validity_reversed": (
        "The tariff ends before it begins ({value}), so that it is never valid.",
        "Exchange the two times, or correct one.",
    ),
    "window_without_length": (
        "{rows} ends at {value}, when it starts: some read that as never, some as the whole day.",
        "For the whole day leave both times out.",
    ),
}


def known(document: Document, lines: Sequence[Line]) -> Iterator[Remark]:
    """The remarks of :func:`ocpi.tariff_checks.check_tariff` about a valid canonical Tariff."""
    problems = [one for one in check_tariff(document) if one.code not in _SAID_ELSEWHERE]
    without = [one for one in problems if one.code == "restriction_without_effect"]
    for problem in problems:
        if problem.code in _WORDS:
            yield _said(problem, at_path(lines, problem.path))
    for element, group in groupby(without, key=lambda one: one.path.split(".")[1]):
        yield _without_effect(list(group), [one for one in lines if str(one.element) == element])


def _said(problem: Problem, about: list[Line]) -> Remark:
    message, suggestion = _WORDS[problem.code]
    value = problem.value
    facts = {
        "rows": rows(about) if about else "",
        "what": about[0].what if about else "",
        "value": plain(value) if isinstance(value, int | float | Decimal) else value or "Nothing",
        "field": problem.path.rpartition(".")[2],
        "next": _day_after(value),
    }
    return remark(
        problem.code,
        problem.path,
        _plural(message.format(**facts), len(about)),
        suggestion.format(**facts),
    )


_PLURALS = (
    (" never applies", " never apply"),
    (" ends at ", " end at "),
    (" is one of ", " are among "),
)


def _plural(message: str, count: int) -> str:
    if count > 1:
        for one, many in _PLURALS:
            message = message.replace(one, many, 1)
    return message


def _day_after(value: Any) -> str:
    try:
        return (date.fromisoformat(str(value)) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _restriction(problem: Problem) -> str:
    """``min_kwh 0``."""
    name, value = problem.path.rpartition(".")[2], problem.value
    if name == "day_of_week":
        return "all seven days"
    return f"{name} {plain(value) if isinstance(value, int | float | Decimal) else value}"


def _without_effect(problems: list[Problem], about: list[Line]) -> Remark:
    said = [_restriction(one) for one in problems]
    named = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    is_one = len(said) == 1 and not said[0].startswith("all")
    path = problems[0].path if len(problems) == 1 else problems[0].path.rpartition(".")[0]
    return remark(
        "restriction_without_effect",
        path,
        f"{rows(about)}: {named} {'restricts' if is_one else 'restrict'} nothing.",
        "Leave it out." if is_one else "Leave them out.",
    )
