"""What public answers have in common: how long they may be kept, who may read them, what browsers may run."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

MINUTES = 5
_Answer = TypeVar("_Answer", bound=HttpResponseBase)
_POLICY = {"script-src": ["'none'"], "style-src": ["'self'"], "img-src": ["'self'"]}


def strict(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Public pages have no scripts and no styles but our file's."""
    return wraps(view)(csp_replace(_POLICY)(view))


def kept(answer: _Answer) -> _Answer:
    """Browsers and proxies may keep it for some minutes; it is the same for everybody."""
    answer["Cache-Control"] = f"public, max-age={MINUTES * 60}"
    return answer


def private(answer: _Answer) -> _Answer:
    """Nobody may keep it, or learn of its address from the page."""
    answer["Cache-Control"] = "no-store"
    # Not no-referrer: then browsers hide the origin of forms as well, and these are refused.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def open_to_all(answer: _Answer) -> _Answer:
    """Pages of other sites may read it (CORS); there is nothing in it that is not public."""
    answer["Access-Control-Allow-Origin"] = "*"
    return kept(answer)


def page(
    request: HttpRequest, name: str, shown: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A public page: the template of ``templates/registers/public/``."""
    return render(request, f"registers/public/{name}.html", shown, status=status)
