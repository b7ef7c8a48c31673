"""How OCPI is spoken here, for anyone: the OpenAPI documents and JSON Schemas of each version.

The documents follow from the registered modules, and from what every connection begins with.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from exchange import openapi
from ocpi import json, schemas
from ocpi.versioned import TYPES
from ocpi.versions import SUPPORTED


def index(request: HttpRequest) -> HttpResponse:
    """``/openapi/``: a page with a link to each document."""
    versions = [
        {
            "version": version,
            "document": reverse("openapi", args=[version]),
            "schemas": [
                (TYPES[version][kind].__name__, reverse("json-schema", args=[version, kind]))
                for kind in TYPES[version]
            ],
        }
        for version in reversed(SUPPORTED)
    ]
    return render(request, "credentials/published.html", {"versions": versions})


def schema(request: HttpRequest, version: str, kind: str) -> HttpResponse:
    """``/schemas/{version}/{kind}.json``: the JSON Schema of one kind of object."""
    if version not in SUPPORTED or kind not in TYPES[version]:
        raise Http404
    found = schemas.document(version, kind, f"{settings.BASE_URL}/schemas/{version}")
    return HttpResponse(json.dumps(found), content_type="application/schema+json")


def document(request: HttpRequest, version: str) -> HttpResponse:
    """``/openapi/{version}.json``: the OpenAPI document of one version."""
    if version not in SUPPORTED:
        raise Http404
    return HttpResponse(
        json.dumps(openapi.document(version, _paths())), content_type="application/json"
    )


def _paths() -> dict[str, dict[str, Any]]:
    credentials = openapi.reference("Credentials")
    operations = {
        method: openapi.operation(
            f"{method}-credentials",
            "Credentials",
            summary=summary,
            body=credentials if method in {"post", "put"} else None,
            data=None if method == "delete" else credentials,
        )
        for method, summary in _SUMMARIES.items()
    }
    details = openapi.operation("get-details", "Versions", summary="The endpoints of this version")
    return {"/": {"get": details}, "/credentials": operations}


_SUMMARIES = {
    "get": "The credentials to reach us with",
    "post": "Register, with the one-time token of an invitation",
    "put": "Rotate the tokens, or announce a change",
    "delete": "Unregister",
}
