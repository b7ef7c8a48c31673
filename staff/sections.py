"""Sections of an object's page that apps above bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model
from django.http import HttpRequest

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True)
class Section(Generic[_Row]):
    """One section: what ``context`` makes of the object is ``section`` in ``template``; ``None`` leaves it out.

    Sections stand in the order of ``place``.
    """

    template: str
    context: Callable[[HttpRequest, _Row], dict[str, Any] | None]
    place: int = 100


class Sections(Generic[_Row]):
    """The sections of the page of one model; apps register theirs in ``ready()``."""

    def __init__(self) -> None:
        self._sections: list[Section[_Row]] = []

    def register(self, section: Section[_Row]) -> None:
        self._sections.append(section)
        self._sections.sort(key=lambda one: one.place)

    def shown(self, request: HttpRequest, row: _Row) -> list[dict[str, Any]]:
        """What this user sees: ``template`` and ``context`` each."""
        found = ((one.template, one.context(request, row)) for one in self._sections)
        return [
            {"template": template, "context": context}
            for template, context in found
            if context is not None
        ]
