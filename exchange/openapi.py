"""The OpenAPI document of a version, derived from the registry and the types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from django.conf import settings

from exchange import registry
from exchange.registry import Module, Route
from ocpi import schemas
from ocpi.versioned import CANONICAL, TYPES, Kind
from ocpi.versions import InterfaceRole

Paths = dict[str, dict[str, Any]]
_SCHEMAS = "#/components/schemas/"
_SEGMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_LIST_PARAMETERS = {
    "date_from": ("Only objects last updated at or after this time (UTC).", "date-time"),
    "date_to": ("Only objects last updated before this time (UTC).", "date-time"),
    "offset": ("How many objects to pass over; better follow the Link header.", "int64"),
    "limit": ("How many objects at most.", "int32"),
}


def document(version: str, extra: Paths | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an OCPI version; ``extra`` are paths of what is no registered module."""
    paths: Paths = dict(extra or {})
    for module in registry.modules(version):
        for side in InterfaceRole:
            for route in module.routes(side):
                operations = dict(_operations(version, module, side, route))
                if operations:
                    paths[_path(module, side, route)] = operations
    return {
        "openapi": "3.1.0",
        "info": {"title": f"OCPI {version}", "version": version},
        "servers": [{"url": f"{settings.BASE_URL}/ocpi/{version}"}],
        "security": [{"credentialsToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"credentialsToken": _security(version)},
            "schemas": {**_object_schemas(version), **_envelope_schemas()},
        },
    }


def _security(version: str) -> dict[str, str]:
    spelling = (
        "the credentials token"
        if version == "2.1.1"
        else "the Base64 form of the credentials token"
    )
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"`Token ` and {spelling}.",
    }


def _path(module: Module, side: InterfaceRole, route: Route) -> str:
    base = f"/{side.lower()}/{module.identifier}"
    pattern = _SEGMENT.sub(r"{\1}", route.pattern)
    return f"{base}/{pattern}" if pattern else base


def _operations(
    version: str, module: Module, side: InterfaceRole, route: Route
) -> Iterator[tuple[str, dict[str, Any]]]:
    for method in route.view.methods(version):
        yield (
            method,
            operation(
                f"{method}-{side.lower()}-{route.name}",
                module.label,
                summary=f"{method.upper()} {route.name.replace('-', ' ')} ({side.lower()} interface)",
                parameters=[*_path_parameters(route.pattern), *_query_parameters(route)],
                body=_body(method, route),
                data=_data(route) if method == "get" else None,
            ),
        )


def operation(
    identifier: str,
    tag: str,
    *,
    summary: str,
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One operation; ``body`` and ``data`` are schemas."""
    described: dict[str, Any] = {
        "operationId": identifier,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters or [],
        "responses": _responses(data),
    }
    if body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return described


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"{_SCHEMAS}{name}"}


def _body(method: str, route: Route) -> dict[str, Any] | None:
    if method in {"get", "delete"}:
        return None
    name = _schema_name(route.kind)
    return reference(f"{name}Patch" if method == "patch" else name)


def _data(route: Route) -> dict[str, Any]:
    item = reference(_schema_name(route.kind))
    return {"type": "array", "items": item} if route.many else item


def _responses(data: dict[str, Any] | None) -> dict[str, Any]:
    envelope = reference("Envelope")
    if data is not None:
        envelope = {"allOf": [envelope, {"type": "object", "properties": {"data": data}}]}
    answers = {
        "2XX": ("Done, or a 2xxx or 3xxx status code in the body", envelope),
        "400": ("The body is not JSON", reference("Envelope")),
        "401": ("The token is missing or not known", reference("Envelope")),
        "404": ("There is no such object", reference("Envelope")),
        "405": ("The method is not defined here", reference("Envelope")),
    }
    return {
        status: {"description": text, "content": {"application/json": {"schema": schema}}}
        for status, (text, schema) in answers.items()
    }


def _path_parameters(pattern: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _SEGMENT.findall(pattern)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    own = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in route.query.items()
    ]
    if not route.many:
        return own
    return own + [
        {
            "name": name,
            "in": "query",
            "description": text,
            "schema": {"type": "integer" if form.startswith("int") else "string", "format": form},
        }
        for name, (text, form) in _LIST_PARAMETERS.items()
    ]


def _schema_name(kind: str) -> str:
    return TYPES[CANONICAL][cast(Kind, kind)].__name__


def _object_schemas(version: str) -> dict[str, Any]:
    found = schemas.definitions(version, _SCHEMAS)
    patches = {f"{name}Patch": schemas.partial(found[name]) for name in _patched(version)}
    return {**found, **patches}


def _patched(version: str) -> set[str]:
    """The names of the objects that have a PATCH of their own."""
    return {
        _schema_name(route.kind)
        for module in registry.modules(version)
        for side in InterfaceRole
        for route in module.routes(side)
        if "patch" in route.view.methods(version)
    }


def _envelope_schemas() -> dict[str, Any]:
    return {
        "Envelope": {
            "type": "object",
            "required": ["status_code", "timestamp"],
            "properties": {
                "data": {},
                "status_code": {"type": "integer", "minimum": 1000, "maximum": 9999},
                "status_message": {"type": "string"},
                "timestamp": {"type": "string", "format": "date-time"},
            },
        }
    }
