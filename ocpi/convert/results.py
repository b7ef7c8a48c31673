"""What a conversion gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ocpi.errors import Problem


class Converted(NamedTuple):
    """The converted document and what was lost, with the lost values and their canonical paths."""

    document: dict[str, Any]
    losses: list[Problem]


class Refused(Exception):
    """A document cannot be said in the other version without misleading; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Document = dict[str, Any]
Converter = Callable[[Document], Converted]


def unchanged(document: dict[str, Any]) -> Converted:
    """The same document, nothing lost."""
    return Converted(document, [])
