"""The timestamps of a document, wherever they are in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from ocpi.documents import shape_of

Change = Callable[[str], str]


def map_times(
    document: Mapping[str, Any], model: type[BaseModel], change: Change
) -> dict[str, Any]:
    """A copy of a document, or of a part of one, with every DateTime that is text changed.

    Anything else stays as it is, however little it fits the type.
    """
    return {name: _mapped(name, value, model, change) for name, value in document.items()}


def _mapped(name: str, value: Any, model: type[BaseModel], change: Change) -> Any:
    field = shape_of(model).get(name)
    if field is None:
        return value
    if field.part is not None:
        part = field.part
        if isinstance(value, list):
            return [map_times(v, part, change) if isinstance(v, Mapping) else v for v in value]
        return map_times(value, part, change) if isinstance(value, Mapping) else value
    if field.kind == "datetime" and isinstance(value, str):
        return change(value)
    return value
