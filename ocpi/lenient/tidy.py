"""Leaving out what is empty, in place: the step every accepted Location goes through."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from ocpi.documents import shape_of

MAX_DEPTH = 32


class TooDeep(ValueError):
    """Nested deeper than any reader of ours has to bear."""


class _Plan(NamedTuple):
    """What to look at in a class: its known fields and those that hold parts worth visiting."""

    known: frozenset[str]
    parts: tuple[tuple[str, bool, _Plan], ...]


@cache
def _plan_of(model: type[BaseModel]) -> _Plan:
    shape = shape_of(model)
    parts = tuple(
        (name, field.many, _plan_of(field.part))
        for name, field in shape.items()
        if field.part is not None
    )
    return _Plan(frozenset(shape), parts)


def tidy(document: dict[str, Any], model: type[BaseModel]) -> None:
    """Delete known fields that are `null` or `[]`; unknown fields stay as they are.

    The document has passed the audit. Raises TooDeep for an unknown field of more than 32 levels.
    """
    _tidy(document, _plan_of(model))


def _tidy(document: dict[str, Any], plan: _Plan) -> None:
    known = plan.known
    for name in [name for name, value in document.items() if value is None or value == []]:
        if name in known:
            del document[name]
    if not document.keys() <= known:
        _check_unknown(document, known)
    for name, many, part_plan in plan.parts:
        value = document.get(name)
        if value is None:
            continue
        if many:
            for part in value:
                _tidy(part, part_plan)
        else:
            _tidy(value, part_plan)


def _check_unknown(document: dict[str, Any], known: frozenset[str]) -> None:
    for name, value in document.items():
        if name not in known and isinstance(value, dict | list):
            check_depth(value, MAX_DEPTH - 8)


def check_depth(value: Any, levels: int) -> None:
    """Raise TooDeep when containers are nested deeper than `levels`; recurses no further."""
    if levels == 0:
        raise TooDeep
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list) and part:
            check_depth(part, levels - 1)
