"""Leaving out what is empty, in place: the step every accepted Location goes through."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from ocpi.documents import shape_of

MAX_DEPTH = 32


class TooDeepError(ValueError):
    """Nested deeper than any reader of ours has to bear."""


class _Plan(NamedTuple):
    """The known fields of a class, and the plans of those that hold parts."""

    known: frozenset[str]
    parts: dict[str, _Plan]


@cache
def _plan_of(model: type[BaseModel]) -> _Plan:
    shape = shape_of(model)
    parts = {name: _plan_of(field.part) for name, field in shape.items() if field.part is not None}
    return _Plan(frozenset(shape), parts)


def tidy(document: dict[str, Any], model: type[BaseModel]) -> None:
    """Delete known fields that are `null` or `[]`; unknown fields stay as they are.

    The document has passed the audit. Raises TooDeepError for an unknown field of more than 32 levels.
    """
    _tidy(document, _plan_of(model))


def _tidy(document: dict[str, Any], plan: _Plan) -> None:  # noqa: C901
    # One pass over the items: this runs for every object of every Location of a feed.
    known, parts = plan
    empty: list[str] = []
    for name, value in document.items():
        kind = type(value)
        if kind is str:
            continue
        if not value:
            if (value is None or kind is list) and name in known:
                empty.append(name)
        elif kind is dict:
            if name in parts:
                _tidy(value, parts[name])
            elif name not in known:
                check_depth(value, MAX_DEPTH - 8)
        elif kind is list:
            if name in parts:
                part_plan = parts[name]
                for part in value:
                    _tidy(part, part_plan)
            elif name not in known:
                check_depth(value, MAX_DEPTH - 8)
    for name in empty:
        del document[name]


def check_depth(value: Any, levels: int) -> None:
    """Raise TooDeepError when containers are nested deeper than `levels`; recurses no further."""
    if levels == 0:
        raise TooDeepError
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list) and part:
            check_depth(part, levels - 1)


def scrub(value: Any) -> Any:
    """The same value without NUL characters; at most 32 levels deep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {scrub(name): scrub(part) for name, part in value.items()}
    return [scrub(part) for part in value] if isinstance(value, list) else value
