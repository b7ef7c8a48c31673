"""Lenient in: a Location as some partner wrote it becomes a canonical document plus warnings.

Whatever can be identified is kept; every repair is a warning with a stable code (`CODES`),
a dotted path, a sentence and the original value. Only what has no owner or id is refused
(`FATAL`). A part that cannot be understood is taken out and reported, and never sinks the
Location it belongs to (OCPI 2.2.1, transport_and_format, GET).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from pydantic_core import ValidationError

from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient.assume import fill_in
from ocpi.lenient.audit import audit
from ocpi.lenient.checks import check_location
from ocpi.lenient.codes import CODES, FATAL
from ocpi.lenient.repair import Repair
from ocpi.lenient.tidy import MAX_DEPTH, TooDeepError, check_depth, scrub, tidy
from ocpi.v2_3_0.locations import Location

__all__ = ["CODES", "FATAL", "Accepted", "accept_location", "accept_location_document"]


NUL = b"\\u0000"


class Accepted(NamedTuple):
    """A canonical document, what was repaired in it, and why it cannot be kept, if so.

    With `fatal` problems the document is what could be read, for display only.
    """

    document: dict[str, Any]
    warnings: list[Problem]
    fatal: list[Problem]


def accept_location(raw: bytes, *, owner: PartyId | None = None) -> Accepted:
    """Accept one Location as JSON bytes; see `accept_location_document`. Raises nothing."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return _refused("not_json", "", f"{FATAL['not_json']} {error}")
    accepted = accept_location_document(parsed, owner=owner)
    # PostgreSQL stores no NUL: it must not even survive in an unknown field or an original value.
    return _without_nul(accepted) if NUL in raw else accepted


def accept_location_document(parsed: Any, *, owner: PartyId | None = None) -> Accepted:
    """Accept one parsed Location of OCPI 2.1.1, 2.2, 2.2.1 or 2.3.0 as a canonical document.

    With `owner` given the Location is that party's, whatever it says itself. `null` and `[]`
    are dropped from known fields, unknown fields and the order of keys stay, timestamps end
    in `Z`. The argument may be changed. Raises nothing.
    """
    if not isinstance(parsed, dict):
        return _refused("not_an_object", "", FATAL["not_an_object"])
    try:
        return _accepted(parsed, owner)
    except TooDeepError:
        return _refused("too_deep", "", FATAL["too_deep"])


def _accepted(document: dict[str, Any], owner: PartyId | None) -> Accepted:
    warnings: list[Problem] = []
    fatal: list[Problem] = []
    if owner is not None:
        _set_owner(document, owner, warnings)
    try:
        audit(document)
    except ValidationError:
        check_depth(document, MAX_DEPTH)
        warnings += _repaired(document)
        fatal = _not_identified(document)
    tidy(document, Location)
    check_location(document, warnings)
    return Accepted(document, warnings, fatal)


def _repaired(parsed: dict[str, Any]) -> list[Problem]:
    repair = Repair(parsed)
    repair.run()
    fill_in(repair)
    repair.close_gaps()
    return repair.warnings


def _set_owner(parsed: dict[str, Any], owner: PartyId, warnings: list[Problem]) -> None:
    for name, value in owner._asdict().items():
        named = parsed.get(name)
        if named is not None and str(named).upper() != value:
            message = f"{CODES['owner_replaced']} Kept: {value}"
            warnings.append(Problem("owner_replaced", name, message, named))
        parsed[name] = value


def _not_identified(document: dict[str, Any]) -> list[Problem]:
    """Why a repaired Location still has no usable owner or id."""
    fatal: list[Problem] = []
    country_code, party_id = document.get("country_code"), document.get("party_id")
    if country_code is None or party_id is None:
        missing = "country_code" if country_code is None else "party_id"
        fatal.append(Problem("owner_missing", missing, FATAL["owner_missing"]))
    else:
        try:
            PartyId.of(country_code, party_id)
        except ValueError as error:
            message = f"{FATAL['owner_invalid']} {error}"
            fatal.append(Problem("owner_invalid", "party_id", message, party_id))
    if document.get("id") is None:
        fatal.append(Problem("id_missing", "id", FATAL["id_missing"]))
    return fatal


def _without_nul(accepted: Accepted) -> Accepted:
    document = scrub(accepted.document)
    warnings = [fault._replace(value=scrub(fault.value)) for fault in accepted.warnings]
    fatal = [fault._replace(value=scrub(fault.value)) for fault in accepted.fatal]
    if document != accepted.document:
        code = "characters_not_allowed"
        warnings.append(Problem(code, "", CODES[code]))
    return Accepted(document, warnings, fatal)


def _refused(code: str, path: str, message: str) -> Accepted:
    return Accepted({}, [], [Problem(code, path, message)])
