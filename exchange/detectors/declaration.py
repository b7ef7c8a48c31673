"""The declaration of a detector, and the detectors there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Detector:
    """One kind of thing that is late.

    ``title`` and ``sentence`` are for staff: what they see, and since when it counts; ``advice`` is what to do.
    ``usual`` is the limit where a connection has none of its own. The rest is SQL over the object ``o`` of ``table``:
    ``since`` is from when on it has waited, ``condition`` that it still does, ``connection`` the primary key of the
    partner's connection, ``reference`` how staff name it. ``table`` may hold joins behind its name, for those. The
    statements are constants of the app, never data. ``url`` finds the page of an object by its reference;
    ``permission`` is what it takes to see it.
    """

    name: str
    title: str
    sentence: str
    advice: str
    usual: timedelta
    table: str
    since: str
    condition: str
    connection: str
    reference: str
    url: Callable[[str], str | None]
    permission: str


_detectors: dict[str, Detector] = {}


def register(detector: Detector) -> None:
    """Make a detector known; called once, from its app's ``ready()``."""
    if detector.name in _detectors:
        raise ValueError(f"Detector {detector.name!r} is registered already.")
    _detectors[detector.name] = detector


def detectors() -> list[Detector]:
    """All of them, in the order of their apps."""
    return list(_detectors.values())
