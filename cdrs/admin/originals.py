"""The bytes as received, on the page and as a download."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from cdrs import selectors
from cdrs.models import Sealed

PERMISSION = "cdrs.view_cdroriginal"
SHOWN_BYTES = 200_000


def shown(request: HttpRequest, sealed: Sealed | None, sha256: bytes) -> dict[str, Any]:
    """The bytes as text with where they come from, or why they are not shown."""
    facts: dict[str, Any] = {"sha256": sha256.hex()}
    if sealed is None:
        return {**facts, "why_not": "The original is not here."}
    facts |= {"version": sealed.version, "source": sealed.source}
    if not request.user.has_perm(PERMISSION):
        return {**facts, "why_not": "You may not see originals, which name drivers."}
    raw = selectors.original_of(sealed)
    if raw is None:
        return {**facts, "why_not": "Its key was destroyed when the driver was forgotten."}
    return {
        **facts,
        "size": len(raw),
        "text": raw[:SHOWN_BYTES].decode(errors="replace"),
        "cut": len(raw) > SHOWN_BYTES,
    }


def download(request: HttpRequest, sealed: Sealed | None, name: str) -> HttpResponse:
    """The exact bytes as a file."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    raw = selectors.original_of(sealed) if sealed is not None else None
    if raw is None:
        raise Http404
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:120]
    return HttpResponse(
        raw,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{safe}.json"'},
    )
