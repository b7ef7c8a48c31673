"""Documents: JSON objects as plain dicts, and the shape that the types give them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, StringConstraints

from ocpi import types


class FieldShape(NamedTuple):
    """One field of a class: what it holds and how.

    `kind` is "object" (then `part` is its class), "choice" or "open_choice" (then `known` lists
    the values of the tables), "integer", "number", "boolean", "country", "time_zone", or the kind
    of text: "text", "code" (CiString), "url", "datetime", "latitude" and so on.
    """

    required: bool
    many: bool
    kind: str
    part: type[BaseModel] | None
    known: tuple[str, ...]
    max_length: int | None


Shape = Mapping[str, FieldShape]

_KIND_OF_PATTERN = {
    types.PRINTABLE: "text",
    types.WORDS: "words",
    types.ASCII: "code",
    types.URL_PATTERN: "url",
    types.DATETIME: "datetime",
    types.DATE: "date",
    types.CURRENCY: "currency",
    types.LATITUDE: "latitude",
    types.LONGITUDE: "longitude",
    types.LATITUDE_SIX: "latitude",
    types.LONGITUDE_SIX: "longitude",
    types.TIME_OF_DAY: "time_of_day",
    types.LANGUAGE: "language",
    types.COUNTRY_CODE: "country_code",
    types.PARTY_ID: "party_code",
    types.PRINTABLE_WORD: "token",
}
_KIND_OF_SET = {"not_a_country": "country", "not_a_time_zone": "time_zone"}


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The fields of a type by name."""
    return {
        name: _field_shape(_flatten(field.rebuild_annotation()), field.is_required())
        for name, field in model.model_fields.items()
    }


def _field_shape(leaves: list[Any], required: bool) -> FieldShape:
    known = next((leaf.values for leaf in leaves if isinstance(leaf, types.Known)), None)
    texts = tuple(leaf for leaf in leaves if isinstance(leaf, str))
    part = next((leaf for leaf in leaves if _is_model(leaf)), None)
    texts_rules = [leaf for leaf in leaves if isinstance(leaf, StringConstraints)]
    return FieldShape(
        required=required,
        many=list in leaves,
        kind="object" if part else _kind(leaves, known, texts, texts_rules),
        part=part,
        known=known or texts,
        max_length=texts_rules[0].max_length if texts_rules else None,
    )


def _is_model(leaf: Any) -> bool:
    return isinstance(leaf, type) and issubclass(leaf, BaseModel)


def _kind(
    leaves: list[Any],
    known: tuple[str, ...] | None,
    texts: tuple[str, ...],
    rules: list[StringConstraints],
) -> str:
    if known:
        return "open_choice"
    if texts:
        return "choice"
    named = next((leaf.code for leaf in leaves if isinstance(leaf, types.OneOf)), None)
    if named:
        return _KIND_OF_SET[named]
    if rules:
        return _KIND_OF_PATTERN.get(str(rules[0].pattern), "text")
    return "number" if Decimal in leaves else "boolean" if bool in leaves else "integer"


def _flatten(annotation: Any) -> list[Any]:
    """The annotation's classes, markers and literal values in one list."""
    origin = get_origin(annotation)
    if origin is None:
        return [annotation]
    inner = [leaf for argument in get_args(annotation) for leaf in _flatten(argument)]
    if origin is Annotated:
        inner += list(annotation.__metadata__)
    return [origin, *inner]


def drop_empty(document: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """A copy without known fields that are `null` or `[]`, with timestamps ending in `Z`.

    The document must be valid for the model. Unknown fields stay as they are.
    """
    shape = shape_of(model)
    kept: dict[str, Any] = {}
    for name, value in document.items():
        field = shape.get(name)
        if field is None:
            kept[name] = value
        elif value is not None and value != []:
            kept[name] = _tidy(value, field)
    return kept


def _tidy(value: Any, field: FieldShape) -> Any:
    if field.part is not None:
        if field.many:
            return [drop_empty(entry, field.part) for entry in value]
        return drop_empty(value, field.part)
    if field.kind == "datetime" and not value.endswith("Z"):
        return value + "Z"
    return value


def merge_patch(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Apply an OCPI PATCH to a document and return the result; neither argument is changed.

    Given fields replace those of the document whole, lists and nested objects included; `null`
    clears a field. The result still has to be validated: clearing a required field shows there.
    Parts with a URL of their own (EVSEs, Connectors) are patched by themselves
    (OCPI 2.2.1, mod_locations, PATCH method).
    """
    merged = {**document, **patch}
    return {name: value for name, value in merged.items() if name not in patch or value is not None}
