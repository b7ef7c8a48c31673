"""What apps above add to the page of an agreement, which they know and this layer does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest

from parties.models import Agreement


class Section(NamedTuple):
    """A panel of the page: a template, and what it shows as ``section``."""

    template: str
    shown: Mapping[str, Any]


Maker = Callable[[HttpRequest, Agreement], Section | None]

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Called once, where the app's staff pages are declared; a maker says ``None`` where it has nothing to say."""
    if maker not in _makers:
        _makers.append(maker)


def of(request: HttpRequest, agreement: Agreement) -> list[Section]:
    """The panels for an agreement, in the order in which they were registered."""
    return [section for maker in _makers if (section := maker(request, agreement)) is not None]
