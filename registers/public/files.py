"""The public register as files that programs read, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from registers.choices import EntryStatus
from registers.models import IssuedCode
from registers.public import answers
from registers.running import selectors
from registers.running.choices import CodeState
from staff.export import Column, csv_lines

_STATUS = {
    CodeState.ACTIVE: EntryStatus.ACTIVE,
    CodeState.SUSPENDED: EntryStatus.SUSPENDED,
    CodeState.REVOKED: EntryStatus.INACTIVE,
    CodeState.EXPIRED: EntryStatus.INACTIVE,
}


class InRole(NamedTuple):
    """A line of the table: a code in one of its roles."""

    code: IssuedCode
    role: str


COLUMNS: dict[str, Column] = {
    "country_code": lambda row: row.code.country_code,
    "party_id": lambda row: row.code.party_id,
    "role": lambda row: row.role,
    "organisation": lambda row: row.code.organisation.known_as,
    "legal_name": lambda row: row.code.organisation.legal_name,
    "website": lambda row: row.code.organisation.website,
    "status": lambda row: _STATUS[CodeState(row.code.state)].value,
    "issued": lambda row: row.code.issued_at.date(),
    "valid_until": lambda row: row.code.valid_until.date() if row.code.valid_until else None,
}
"""The plain table of ``registers.formats``, with two more columns."""


@require_safe
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """``/register/register.csv``: a line per code and role. 404 where no register is run."""
    _must_run()
    answer = StreamingHttpResponse(
        csv_lines(_in_roles(), COLUMNS),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="register.csv"'},
    )
    return answers.open_to_all(answer)


@require_safe
def as_json(request: HttpRequest) -> StreamingHttpResponse:
    """``/register/register.json``: ``{"generated", "registers": […], "codes": […]}``. 404 where none is run."""
    _must_run()
    return answers.open_to_all(
        StreamingHttpResponse(_json(), content_type="application/json; charset=utf-8")
    )


def _must_run() -> None:
    if not selectors.run_here().exists():
        raise Http404


def _in_roles() -> Iterator[InRole]:
    for code in selectors.shown().iterator(chunk_size=2000):
        for role in code.roles:
            yield InRole(code, role)


def _json() -> Iterator[bytes]:
    registers = [
        {
            "key": rules.register.key,
            "name": rules.register.name,
            "authority": rules.register.authority,
            "countries": rules.register.jurisdictions,
            "contact": rules.contact,
        }
        for rules in selectors.run_here()
    ]
    yield b'{"generated":' + orjson.dumps(timezone.now().replace(microsecond=0))
    yield b',"registers":' + orjson.dumps(registers) + b',"codes":['
    separator = b"\n"
    for code in selectors.shown().iterator(chunk_size=2000):
        yield separator + orjson.dumps(_document(code))
        separator = b",\n"
    yield b"\n]}\n"


def _document(code: IssuedCode) -> dict[str, object]:
    holder = code.organisation
    return {
        "code": str(code),
        "country_code": code.country_code,
        "party_id": code.party_id,
        "roles": code.roles,
        "state": code.state,
        "organisation": holder.known_as,
        "legal_name": holder.legal_name,
        "website": holder.website,
        "issued": code.issued_at.date(),
        "valid_until": code.valid_until.date() if code.valid_until else None,
        "register": code.register.key,
    }
