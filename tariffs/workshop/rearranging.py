"""Adding, removing and moving the lines of a form that was sent, without a script.

A line's fields are called ``element-0-…`` or ``text-0-…``. What the buttons ``add``, ``remove`` and ``move``
ask for is done to what was sent, so that the page comes back with everything that was typed.
"""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict

ELEMENT, TEXT = "element", "text"
_NAME = re.compile(rf"({ELEMENT}|{TEXT})-(\d{{1,4}})-(\w+)")

Line = dict[str, list[str]]


def is_quiet(data: QueryDict) -> bool:
    """Whether it was sent to change its lines, or to see the table while somebody types: nothing is saved."""
    return data.get("look") == "quietly" or any(name in data for name in ("add", "remove", "move"))


def count(data: Any, kind: str) -> int:
    """How many lines of a kind were sent; those of a rearranged form are numbered without gaps."""
    return len(_lines(data, kind))


def rearranged(data: QueryDict) -> QueryDict:
    """What was sent, its lines numbered anew after what the button pressed asks for."""
    lines = {kind: _lines(data, kind) for kind in (ELEMENT, TEXT)}
    _add(lines, data.get("add", ""))
    _remove(lines, data.get("remove", ""))
    _move(lines, data.get("move", ""))
    result = QueryDict(mutable=True)
    for name, values in data.lists():
        if not _NAME.fullmatch(name) and name not in ("add", "remove", "move"):
            result.setlist(name, values)
    for kind, several in lines.items():
        for number, line in enumerate(several):
            for field, values in line.items():
                result.setlist(f"{kind}-{number}-{field}", values)
    return result


def _lines(data: Any, kind: str) -> list[Line]:
    found: dict[int, Line] = {}
    for name, values in data.lists():
        matched = _NAME.fullmatch(name)
        if matched and matched[1] == kind:
            found.setdefault(int(matched[2]), {})[matched[3]] = values
    return [found[number] for number in sorted(found)]


def _add(lines: dict[str, list[Line]], wanted: str) -> None:
    """``element``, ``text``, or ``copy:0`` for another element like the first."""
    verb, _, place = wanted.partition(":")
    elements = lines[ELEMENT]
    number = _place(place, elements)
    if verb in lines:
        lines[verb].append({"kept": ["{}"]})
    elif verb == "copy" and number is not None:
        elements.insert(number + 1, dict(elements[number]))


def _remove(lines: dict[str, list[Line]], wanted: str) -> None:
    """``element:0`` or ``text:0``."""
    kind, _, place = wanted.partition(":")
    number = _place(place, lines.get(kind, []))
    if number is not None:
        del lines[kind][number]


def _move(lines: dict[str, list[Line]], wanted: str) -> None:
    """``up:1`` or ``down:0``."""
    direction, _, place = wanted.partition(":")
    elements = lines[ELEMENT]
    number = _place(place, elements)
    goal = None if number is None else number + {"up": -1, "down": 1}.get(direction, 0)
    if number is not None and goal is not None and 0 <= goal < len(elements):
        elements.insert(goal, elements.pop(number))


def _place(text: str, several: list[Line]) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() else len(several)
    return number if number < len(several) else None
