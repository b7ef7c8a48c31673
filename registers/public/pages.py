"""The public register as pages: the list with its search, and a code with its history."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from ocpi.identifiers import NotAnId, read_party_id
from registers import selectors as observed
from registers.models import IssuedCode
from registers.public import answers
from registers.running import selectors, words
from registers.running.choices import CodeState

_SHOWN = 100
_LONGEST_TERM = 100


@answers.strict
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """``/register/?q=…&page=…``: codes of every register run here. 404 where none is."""
    registers = list(selectors.run_here())
    if not registers:
        raise Http404
    term = request.GET.get("q", "")[:_LONGEST_TERM]
    number = _number(request.GET.get("page", ""))
    rows = selectors.shown()
    if term.strip():
        rows = selectors.matching(rows, term)
    start = (number - 1) * _SHOWN
    found = list(rows[start : start + _SHOWN + 1])
    shown = {
        "registers": registers,
        "is_open": any(one.is_open for one in registers),
        "term": term,
        "rows": [row(code) for code in found[:_SHOWN]],
        "number": number,
        "previous": _page_url(term, number - 1) if number > 1 else "",
        "next": _page_url(term, number + 1) if len(found) > _SHOWN else "",
    }
    return answers.kept(answers.page(request, "index", shown))


@answers.strict
@require_safe
def code(request: HttpRequest, country: str, party_id: str) -> HttpResponse:
    """``/register/GB/ABC/``: who holds a code, and its public history. 404 for one that was never issued here."""
    try:
        party = read_party_id(f"{country}*{party_id}")
    except NotAnId:
        raise Http404 from None
    issued = list(selectors.of_code(party)[:20])
    if not issued:
        raise Http404
    shown = {
        "party": party,
        "issues": [
            {
                **row(one),
                "events": one.events.exclude(said="").order_by("id"),
                "register": one.register,
            }
            for one in issued
        ],
        "elsewhere": [
            entry
            for entry in observed.of_code(party)
            if entry.is_listed and entry.register_id != issued[0].register_id
        ],
    }
    return answers.kept(answers.page(request, "code", shown))


def row(issued: IssuedCode) -> dict[str, Any]:
    """What is public of an issued code, for templates."""
    return {
        "code": issued,
        "written": str(issued),
        "url": reverse("public-code", args=[issued.country_code, issued.party_id]),
        "roles": words.roles(issued.roles),
        "organisation": issued.organisation,
        "state": CodeState(issued.state),
    }


def _number(text: str) -> int:
    return min(int(text), 10_000) if text.isascii() and text.isdigit() and int(text) else 1


def _page_url(term: str, number: int) -> str:
    asked = {"q": term, "page": str(number)} if term else {"page": str(number)}
    return f"?{urlencode(asked)}"
