"""Looking up an ID: as a page, and as an API for programs."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ocpi.identifiers import NotAnId
from registers.public import answers
from registers.public.reading import LONGEST, Answer, Reading, look_up
from registers.running import selectors

NOTE = "What public registers list is information as of the date given; only the register of a country says for sure."


@answers.strict
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """``/ids/?value=…``: a search box, and the answer for people."""
    value = request.GET.get("value", "")[:LONGEST].strip()
    answer = look_up(value) if value else None
    shown: dict[str, Any] = {
        "value": value,
        "answer": answer,
        "note": NOTE,
        "alone": not selectors.run_here().exists(),
    }
    if answer is not None:
        shown["readings"] = [
            {"reading": one, "marked": _marked(one.problem)} for one in answer.readings
        ]
        shown["problems"] = [
            {"kind": kind, "problem": one, "marked": _marked(one)} for kind, one in answer.problems
        ]
    return answers.kept(answers.page(request, "ids", shown))


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """``/api/ids?value=…``: the same as JSON; 400 without a value or for one longer than 100 characters."""
    value = request.GET.get("value", "").strip()
    if not value or len(value) > LONGEST:
        message = f"Give one ID of up to {LONGEST} characters: /api/ids?value=GB*ABC"
        return _answered({"error": message}, status=400)
    return _answered(_document(look_up(value)))


def _answered(document: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = HttpResponse(
        orjson.dumps(document, option=orjson.OPT_INDENT_2),
        content_type="application/json; charset=utf-8",
        status=status,
    )
    return answers.open_to_all(answer)


def _document(answer: Answer) -> dict[str, Any]:
    return {
        "value": answer.value,
        "well_formed": any(one.problem is None for one in answer.readings),
        "readings": [_reading(one) for one in answer.readings],
        "problems": [{"as": kind, **_problem(one)} for kind, one in answer.problems],
        "holders": [
            {
                "code": one.code,
                "role": one.role,
                "organisation": one.organisation,
                "state": one.state,
                "register": {"key": one.register_key, "name": one.register},
                "source": "issued here" if one.is_ours else "listed elsewhere",
                "as_of": one.as_of or None,
            }
            for one in answer.holders
        ],
        "note": NOTE,
    }


def _reading(one: Reading) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "form": one.form or None,
        "written": one.written,
        "party": str(one.party) if one.party else None,
        "well_formed": one.problem is None,
        "problem": _problem(one.problem) if one.problem else None,
        "check_character": {"given": one.given or None, "right": one.right} if one.right else None,
    }


def _problem(problem: NotAnId) -> dict[str, Any]:
    return {"reason": problem.reason, "position": problem.position}


def _marked(problem: NotAnId | None) -> tuple[str, str, str] | None:
    """The text before, at and after the place where something is wrong."""
    if problem is None:
        return None
    at = problem.position
    return problem.text[:at], problem.text[at : at + 1] or "…", problem.text[at + 1 :]
