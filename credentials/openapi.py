"""The OpenAPI document of a version: the registered modules', and what every connection begins with."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from exchange import openapi
from ocpi import json
from ocpi.versions import SUPPORTED


def document(request: HttpRequest, version: str) -> HttpResponse:
    """``/openapi/{version}.json``, for anyone: it says nothing but how OCPI is spoken here."""
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
