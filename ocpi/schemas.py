"""JSON Schemas (draft 2020-12) of the objects of each version, made from the types that check them.

They say what can be said of one field or one list; rules between fields (a parking place that must exist, hours
that must be in order) are checked on arrival and have no place in a schema. Patterns are those of ECMA-262 with
the ``u`` flag, as the draft asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ocpi.types import OCPIModel
from ocpi.versioned import TYPES, Kind

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


@cache
def definitions(version: str, prefix: str = "#/$defs/") -> Mapping[str, Schema]:
    """The schema of every class of a version by its name; references begin with ``prefix``.

    They take a quarter of a second to make and are the same for all who ask.
    """
    models: list[tuple[type[OCPIModel], JsonSchemaMode]] = [
        (model, "validation") for model in TYPES[version].values()
    ]
    _, found = models_json_schema(models, ref_template=f"{prefix}{{model}}")
    return {name: _tidy(schema) for name, schema in found.get("$defs", {}).items()}


def document(version: str, kind: str, base: str) -> Schema:
    """The schema of one kind of object, whole; ``base`` is the URL of the folder it is published in.

    Raises ``KeyError`` for a version or kind that is not there.
    """
    model = TYPES[version][cast(Kind, kind)]
    every = definitions(version)
    return {
        "$schema": DRAFT,
        "$id": f"{base}/{kind}.json",
        "title": f"OCPI {version} {model.__name__}",
        **every[model.__name__],
        "$defs": {name: every[name] for name in sorted(_needed(every, model.__name__))},
    }


def partial(schema: Mapping[str, Any], required: tuple[str, ...] = ()) -> Schema:
    """The schema of a PATCH: every field may be left out but ``required``, and ``null`` clears one."""
    fields = {name: _or_null(field) for name, field in schema["properties"].items()}
    changed = {**schema, "properties": fields, "required": list(required)}
    return changed if required else {k: v for k, v in changed.items() if k != "required"}


def _or_null(field: Schema) -> Schema:
    if {"type": "null"} in field.get("anyOf", ()):
        return field
    return {"anyOf": [field, {"type": "null"}]}


def _needed(every: Mapping[str, Schema], name: str) -> set[str]:
    """The classes a schema refers to, itself included when something refers back to it."""
    needed: set[str] = set()
    waiting = _references(every[name])
    while waiting:
        found = waiting.pop()
        if found not in needed:
            needed.add(found)
            waiting |= _references(every[found])
    return needed


def _references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_references, schema))
    if not isinstance(schema, dict):
        return set()
    inner = set().union(*map(_references, schema.values()))
    reference = schema.get("$ref")
    return inner | {reference.rpartition("/")[2]} if isinstance(reference, str) else inner


def _tidy(schema: Any) -> Any:
    """Without what says nothing: generated titles, defaults of null, lengths of zero and more."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: _tidy(inner) for field, inner in value.items()}
        if name == "properties"
        else _tidy(value)
        for name, value in schema.items()
        if name not in ("title", "additionalProperties")
        and (name, value) not in (("default", None), ("minLength", 0))
    }
