"""Times of day with seconds, as some write them although OCPI has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocpi.regions import END_OF_DAY, minutes
from tariffs.pricing.lint_lines import Document, Remark, remark

_LENGTH = len("23:59")
_TIMES = ("start_time", "end_time")


def to_minutes(document: Document) -> tuple[dict[str, Any], list[Remark]]:
    """The Tariff with times to the minute, as OCPI has them, and a remark for each that had seconds.

    An end at 19:59:59 is read as 20:00, which is what is meant; other seconds are left out.
    """
    if not any(_has_seconds(element) for element in document.get("elements") or ()):
        return dict(document), []
    elements, remarks = [], []
    for index, element in enumerate(document["elements"]):
        given = element.get("restrictions") or {}
        changed = {name: _minute(name, given[name]) for name in _TIMES if _is_long(given.get(name))}
        remarks += list(_said(changed, given, f"elements.{index}.restrictions"))
        elements.append({**element, "restrictions": {**given, **changed}} if changed else element)
    return {**document, "elements": elements}, remarks


def _has_seconds(element: Document) -> bool:
    given = element.get("restrictions") or {}
    return any(_is_long(given.get(name)) for name in _TIMES)


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LENGTH


def _minute(name: str, value: str) -> str:
    minute = minutes(value[:_LENGTH])
    if name == "end_time" and value[_LENGTH:].startswith(":59"):
        minute = (minute + 1) % END_OF_DAY
    return f"{minute // 60:02}:{minute % 60:02}"


def _said(changed: Document, given: Document, path: str) -> Iterator[Remark]:
    for name, read in changed.items():
        yield remark(
            "time_with_seconds",
            f"{path}.{name}",
            f"{given[name]} has seconds, which OCPI does not know; partners may refuse it. It is read as {read}.",
            f"Write {read}.",
        )
