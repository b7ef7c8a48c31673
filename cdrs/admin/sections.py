"""Sections of a CDR's page that apps above bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from cdrs.models import CDR

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One section: ``context`` (of the CDR and its canonical document) is what ``template`` shows.

    ``None`` leaves it out. Sections stand in the order of ``place``, below what the CDR itself says.
    """

    template: str
    context: Callable[[HttpRequest, CDR, Document], dict[str, Any] | None]
    place: int = 100


_sections: list[Section] = []


def register(section: Section) -> None:
    """Called once per section, from the app's ``ready()``."""
    _sections.append(section)
    _sections.sort(key=lambda one: one.place)


def shown(request: HttpRequest, cdr: CDR, document: Document) -> list[dict[str, Any]]:
    """The sections this user sees of a CDR: ``template`` and ``context`` each."""
    found = ((section.template, section.context(request, cdr, document)) for section in _sections)
    return [
        {"template": name, "context": context} for name, context in found if context is not None
    ]
