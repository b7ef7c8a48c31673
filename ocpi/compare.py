"""What differs between two canonical documents, where what OCPI holds for equal is equal.

Absent, `null`, `[]` and a field's default are the same; so are spellings of one instant, of one number, of
one coordinate and of a CiString in any case. Parts that have an identifier are matched by it, values of
enumerations and other plain values by what they are, all other parts by their position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from pydantic import BaseModel

from ocpi.datetimes import parse_datetime
from ocpi.documents import FieldShape, shape_of
from ocpi.errors import Problem
from ocpi.versioned import CANONICAL, TYPES, Kind

IDENTIFIERS = {"evses": "uid", "connectors": "id", "parking_places": "id", "parking": "parking_id"}
"""Lists of parts with an identity of their own, and the field that holds it."""

DEFAULTS: Mapping[str, Any] = {"charging_when_closed": True}
"""OCPI 2.3.0, mod_locations, Location: what an absent field means."""


class Difference(NamedTuple):
    """One finding: a dotted path, both values (None where there is none) and a sentence for people.

    List indexes in the path are those of `ours`, or of `theirs` for what only they have.
    """

    path: str
    ours: Any
    theirs: Any
    words: str


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any], kind: Kind) -> list[Difference]:
    """What differs between two canonical documents of a kind; an empty list when OCPI holds them for equal.

    Neither has to be valid. The order is that of our fields, then of those that only they have.
    """
    found: list[Difference] = []
    _objects(ours, theirs, TYPES[CANONICAL][kind], "", found)
    return found


def is_explained(difference: Difference, losses: Iterable[Problem]) -> bool:
    """Whether a loss that a conversion listed accounts for a difference that the way back shows.

    That is: the loss is of the same field or of one around it, the difference is a part that was left out
    for what was lost in it, or something before it in the same list was left out and it moved up.
    """
    path = difference.path.split(".")
    return any(_accounts(loss.path.split("."), path, difference) for loss in losses)


def _accounts(lost: list[str], path: list[str], difference: Difference) -> bool:
    if path[: len(lost)] == lost:
        return True
    if lost[: len(path)] == path:
        return difference.theirs is None
    length = len(lost) - 1
    return (
        len(path) > length
        and path[:length] == lost[:length]
        and lost[length].isdigit()
        and path[length].isdigit()
        and int(path[length]) >= int(lost[length])
    )


def _objects(
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    model: type[BaseModel] | None,
    path: str,
    found: list[Difference],
) -> None:
    shape = shape_of(model) if model is not None else {}
    for name in (*ours, *(name for name in theirs if name not in ours)):
        mine, other = ours.get(name), theirs.get(name)
        if mine is not other:
            _fields(name, mine, other, shape.get(name), path + name, found)


def _fields(
    name: str,
    mine: Any,
    other: Any,
    field: FieldShape | None,
    path: str,
    found: list[Difference],
) -> None:
    mine, other = _meant(name, mine), _meant(name, other)
    if mine is None or other is None:
        if mine is not other:
            found.append(_difference(path, mine, other))
    elif isinstance(mine, dict) and isinstance(other, dict):
        _objects(mine, other, field.part if field else None, path + ".", found)
    elif isinstance(mine, list) and isinstance(other, list):
        _lists(name, mine, other, field, path, found)
    elif not _same(mine, other, field):
        found.append(_difference(path, mine, other))


def _meant(name: str, value: Any) -> Any:
    """The value, or None when it says no more than leaving the field out."""
    if value is None or value == []:
        return None
    return None if name in DEFAULTS and value is DEFAULTS[name] else value


def _lists(
    name: str,
    mine: list[Any],
    other: list[Any],
    field: FieldShape | None,
    path: str,
    found: list[Difference],
) -> None:
    if field is None:
        _by_position(mine, other, None, path, found)
    elif name in IDENTIFIERS and _are_objects(mine) and _are_objects(other):
        identifier = IDENTIFIERS[name]
        _by_key(mine, other, lambda part: _key(part.get(identifier)), field, path, found)
    elif field.part is None:
        _by_key(mine, other, _key if field.kind == "code" else str, field, path, found)
    else:
        _by_position(mine, other, field, path, found)


def _are_objects(parts: list[Any]) -> bool:
    return all(isinstance(part, dict) for part in parts)


def _key(value: Any) -> str:
    return str(value).upper()


def _by_key(
    mine: list[Any],
    other: list[Any],
    key: Callable[[Any], str],
    field: FieldShape,
    path: str,
    found: list[Difference],
) -> None:
    """Parts matched by their keys; of several with one key the first with the first, and so on."""
    waiting: dict[str, list[tuple[int, Any]]] = {}
    for index, part in enumerate(other):
        waiting.setdefault(key(part), []).append((index, part))
    for index, part in enumerate(mine):
        matches = waiting.get(key(part))
        if not matches:
            found.append(_difference(f"{path}.{index}", part, None))
            continue
        _, match = matches.pop(0)
        if isinstance(part, dict):
            _objects(part, match, field.part, f"{path}.{index}.", found)
    rest = sorted(entry for matches in waiting.values() for entry in _indexes(matches))
    found.extend(_difference(f"{path}.{index}", None, other[index]) for index in rest)


def _indexes(matches: list[tuple[int, Any]]) -> list[int]:
    return [index for index, _ in matches]


def _by_position(
    mine: list[Any],
    other: list[Any],
    field: FieldShape | None,
    path: str,
    found: list[Difference],
) -> None:
    for index in range(max(len(mine), len(other))):
        here = mine[index] if index < len(mine) else None
        there = other[index] if index < len(other) else None
        single = field._replace(many=False) if field else None
        _fields("", here, there, single, f"{path}.{index}", found)


def _same(mine: Any, other: Any, field: FieldShape | None) -> bool:
    if isinstance(mine, bool) or isinstance(other, bool):
        return mine is other
    if _is_number(mine) and _is_number(other):
        return _exact(mine) == _exact(other)
    if field is None or not isinstance(mine, str) or not isinstance(other, str):
        return bool(mine == other)
    return _SAME.get(field.kind, _literally)(mine, other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal)


def _exact(value: Any) -> Decimal:
    return Decimal(str(value))


def _literally(mine: str, other: str) -> bool:
    return mine == other


def _without_case(mine: str, other: str) -> bool:
    return mine.upper() == other.upper()


def _same_instant(mine: str, other: str) -> bool:
    try:
        return parse_datetime(mine) == parse_datetime(other)
    except ValueError:
        return mine == other


def _same_degrees(mine: str, other: str) -> bool:
    try:
        return Decimal(mine) == Decimal(other)
    except InvalidOperation:
        return mine == other


_SAME: dict[str, Callable[[str, str], bool]] = {
    "code": _without_case,
    "country_code": _without_case,
    "party_code": _without_case,
    "datetime": _same_instant,
    "latitude": _same_degrees,
    "longitude": _same_degrees,
}


def _difference(path: str, mine: Any, other: Any) -> Difference:
    if other is None:
        words = f"Only we have {_shown(mine)}."
    elif mine is None:
        words = f"Only they have {_shown(other)}."
    else:
        words = f"We have {_shown(mine)}, they have {_shown(other)}."
    return Difference(path, mine, other, words)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        named = next((value[name] for name in ("uid", "id", "text", "name") if name in value), None)
        return f"an entry ({named})" if named else "an entry"
    if isinstance(value, list):
        return f"{len(value)} entries" if len(value) != 1 else "one entry"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"
