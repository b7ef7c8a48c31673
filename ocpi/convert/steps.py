"""The steps conversions are made of: leaving out, cutting down, and listing what that loses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ocpi.convert.results import Document
from ocpi.errors import Problem

GONE: Any = object()
"""In changes: the field is left out."""

_MESSAGES = {
    "field_not_in_version": "OCPI {version} has no such field",
    "value_not_in_version": "OCPI {version} has no such value",
    "connector_not_in_version": "OCPI {version} has no such connector; left out",
    "connectors_not_in_version": "OCPI {version} can say none of its connectors; left out",
    "field_of_version_only": "Only OCPI {version} has this field; left out",
    "token_type_as_other": "OCPI {version} has no such type of token; sent as OTHER",
    "role_not_in_version": "OCPI {version} has no such role; sent as OTHER",
    "role_behind_hub": "A hub of OCPI {version} reports itself only",
    "text_cut": "OCPI {version} allows less text; cut",
    "coordinates_rounded": "OCPI {version} has six decimals; rounded",
    "time_rounded": "OCPI {version} has whole seconds; cut",
    "vat_not_applicable": "No tax applies to this Tariff, so OCPI {version} names no VAT",
    "price_without_tax": "Prices of OCPI {version} hold no tax; worked out without it",
    "price_rounded": "Prices of OCPI {version} hold no tax; worked out without it, to four decimals",
    "elements_regrouped": "OCPI {version} applies one whole element at a time; same prices, regrouped",
    "taxes_summed": "OCPI {version} has one sum of taxes; summed",
    "tariff_left_out": "OCPI {version} cannot say this tariff without misleading; left out",
    "flat_left_out": "Only OCPI {version} counts flat fees in charging periods; left out",
    "only_first_read": "A charge is at one EVSE and connector; the first was taken",
    "location_filled_in": "OCPI {version} needs what a CDR does not say; filled in",
    "value_of_version_only": "Only OCPI {version} has this value; read as REJECTED",
    "result_as_rejected": "OCPI {version} has no such result; sent as REJECTED",
    "only_one_in_version": "OCPI {version} has one only; the first was sent",
}


def message(code: str, version: str) -> str:
    """What a code of a loss means, as a sentence for people."""
    return _MESSAGES.get(code, code).format(version=version)


_unlisted: ContextVar[bool] = ContextVar("unlisted", default=False)


@contextmanager
def unlisted_values(keep: bool) -> Iterator[None]:
    """Within it, with `keep`, values that a version's closed enumerations lack stay as they are."""
    token = _unlisted.set(keep)
    try:
        yield
    finally:
        _unlisted.reset(token)


class Losses(list[Problem]):
    """What is lost on the way to a version, with canonical paths and the lost values."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version
        self._takes_unlisted = _unlisted.get()

    def can_say(self, value: Any, allowed: frozenset[str]) -> bool:
        """Whether a value of an enumeration goes out as it is."""
        return self._takes_unlisted or value in allowed

    def add(self, code: str, path: str, value: Any) -> None:
        self.append(Problem(code, path, message(code, self.version), value))


NOT_AVAILABLE = "#NA"
_NEEDED_TEXTS = ("address", "city")


def lacks_texts(document: Document) -> bool:
    """Whether a Location came without a text that every version requires."""
    return any(document.get(name) is None for name in _NEEDED_TEXTS)


def said_not_available(document: Document) -> Document:
    """The changes that say `#NA` for such texts (OCPI 2.2.1, transport_and_format, No data available)."""
    return {name: NOT_AVAILABLE for name in _NEEDED_TEXTS if document.get(name) is None}


def dropped(document: Document, names: frozenset[str], path: str, losses: Losses) -> Document:
    """The changes that leave out fields a version lacks."""
    if names.isdisjoint(document):
        return {}
    changes: Document = {}
    for name in document:
        if name in names:
            losses.add("field_not_in_version", path + name, document[name])
            changes[name] = GONE
    return changes


def listed(values: Any, allowed: frozenset[str], path: str, losses: Losses) -> Any:
    """The values of a closed enumeration that a version has; GONE when none is left."""
    if not values or all(losses.can_say(value, allowed) for value in values):
        return values
    for index, value in enumerate(values):
        if value not in allowed:
            losses.add("value_not_in_version", f"{path}.{index}", value)
    return [value for value in values if value in allowed] or GONE


def keep_listed(
    document: Document,
    name: str,
    allowed: frozenset[str],
    path: str,
    changes: Document,
    losses: Losses,
) -> None:
    """Leave out of a list of a document what a version's enumeration lacks."""
    values = document.get(name)
    kept = listed(values, allowed, path + name, losses)
    if kept is not values:
        changes[name] = kept


def keep_entries(
    document: Document,
    name: str,
    key: str,
    allowed: frozenset[str],
    path: str,
    changes: Document,
    losses: Losses,
) -> None:
    """Leave out the objects of a list whose `key` has a value that a version's enumeration lacks."""
    kept = []
    for index, entry in enumerate(document.get(name) or ()):
        if entry.get(key) is None or losses.can_say(entry[key], allowed):
            kept.append(entry)
        else:
            losses.add("value_not_in_version", f"{path}{name}.{index}", entry)
            changes[name] = GONE
    if name in changes and kept:
        changes[name] = kept


def applied(document: Document, changes: Document) -> Document:
    """The document with changes, or the same one when there are none."""
    if not changes:
        return document
    merged = {**document, **changes}
    return {name: value for name, value in merged.items() if value is not GONE}


def whole_seconds(time: str, path: str, losses: Losses) -> str:
    """A DateTime without fractions; cut, so that it never lies ahead."""
    if len(time) == 20:
        return time
    if time[19:].strip(".Z").strip("0"):
        losses.add("time_rounded", path, time)
    return time[:19] + "Z"


def image(picture: Document, categories: frozenset[str], path: str, losses: Losses) -> Document:
    """An image whose category a version knows; others are OTHER."""
    category = picture.get("category")
    if category is None or losses.can_say(category, categories):
        return picture
    losses.add("value_not_in_version", f"{path}category", category)
    return {**picture, "category": "OTHER"}
