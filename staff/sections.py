"""Sections of a page that apps above bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec

from django.http import HttpRequest

_About = ParamSpec("_About")
"""What a page is about: the object, and what its admin has read of it already."""


@dataclass(frozen=True)
class Section(Generic[_About]):
    """One section: what ``context`` makes of the object is ``section`` in ``template``; ``None`` leaves it out.

    Sections stand in the order of ``place``.
    """

    template: str
    context: Callable[Concatenate[HttpRequest, _About], dict[str, Any] | None]
    place: int = 100


class Sections(Generic[_About]):
    """The sections of one page; apps above register theirs once."""

    def __init__(self) -> None:
        self._sections: list[Section[_About]] = []

    def register(self, section: Section[_About]) -> None:
        self._sections.append(section)
        self._sections.sort(key=lambda one: one.place)

    def shown(
        self, request: HttpRequest, *about: _About.args, **named: _About.kwargs
    ) -> list[dict[str, Any]]:
        """What this user sees: ``template`` and ``context`` each."""
        found = ((one.template, one.context(request, *about, **named)) for one in self._sections)
        return [
            {"template": template, "context": context}
            for template, context in found
            if context is not None
        ]
