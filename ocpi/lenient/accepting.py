"""The steps every object goes through, whatever its kind."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import ValidationError

from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient.audit import audit
from ocpi.lenient.codes import CODES, FATAL
from ocpi.lenient.known import Known
from ocpi.lenient.repair import Repair
from ocpi.lenient.roots import Root
from ocpi.lenient.sites import zone_of_site
from ocpi.lenient.tidy import MAX_DEPTH, TooDeepError, check_depth, scrub, tidy


class Accepted(NamedTuple):
    """A canonical document, what was repaired in it, and why it cannot be kept, if so.

    With `fatal` problems the document is what could be read, for display only.
    """

    document: dict[str, Any]
    warnings: list[Problem]
    fatal: list[Problem]


def accepted(root: Root, parsed: Any, known: Known) -> Accepted:
    """Accept one parsed object; raises nothing."""
    if not isinstance(parsed, dict):
        return refused("not_an_object", "", FATAL["not_an_object"])
    try:
        return _accepted(root, parsed, known)
    except TooDeepError:
        return refused("too_deep", "", FATAL["too_deep"])


def refused(code: str, path: str, message: str) -> Accepted:
    """An object of which nothing can be used."""
    return Accepted({}, [], [Problem(code, path, message)])


def without_nul(result: Accepted) -> Accepted:
    """The same without NUL characters, wherever they were."""
    document = scrub(result.document)
    warnings = [fault._replace(value=scrub(fault.value)) for fault in result.warnings]
    fatal = [fault._replace(value=scrub(fault.value)) for fault in result.fatal]
    if document != result.document:
        code = "characters_not_allowed"
        warnings.append(Problem(code, "", CODES[code]))
    return Accepted(document, warnings, fatal)


def _accepted(root: Root, document: dict[str, Any], known: Known) -> Accepted:
    warnings: list[Problem] = []
    fatal: list[Problem] = []
    if root.has_owner and known.owner is not None:
        _set_owner(document, known.owner, warnings)
    if known.dialect.ids_from_url and known.ids:
        _fill_ids(document, known, warnings)
    root.shape(document, known, warnings)
    try:
        audit(document, root.model)
    except ValidationError:
        check_depth(document, MAX_DEPTH)
        warnings += _repaired(root, document, known)
        fatal = _not_identified(root, document)
    tidy(document, root.model)
    root.check(document, known, warnings)
    return Accepted(document, warnings, fatal)


def _repaired(root: Root, document: dict[str, Any], known: Known) -> list[Problem]:
    zone: ZoneInfo | None = None
    if known.dialect.local_times:
        zone = zone_of_site(document, known.time_zone)
    repair = Repair(document, root.model, known, zone)
    repair.run()
    root.fill_in(repair)
    repair.close_gaps()
    return repair.warnings


def _set_owner(document: dict[str, Any], owner: PartyId, warnings: list[Problem]) -> None:
    for name, value in owner._asdict().items():
        named = document.get(name)
        if named is not None and str(named).upper() != value:
            message = f"{CODES['owner_replaced']} Kept: {value}"
            warnings.append(Problem("owner_replaced", name, message, named))
        document[name] = value


def _fill_ids(document: dict[str, Any], known: Known, warnings: list[Problem]) -> None:
    """Identifiers of the address where the body has none."""
    for name, value in known.ids.items():
        if document.get(name) in (None, ""):
            message = f"{CODES['id_from_address']} Kept: {value}"
            warnings.append(Problem("id_from_address", name, message, document.get(name)))
            document[name] = value


def _not_identified(root: Root, document: dict[str, Any]) -> list[Problem]:
    """Why a repaired object still has no usable owner or id."""
    fatal = _not_owned(document) if root.has_owner else []
    if document.get(root.identifier) is None:
        fatal.append(Problem("id_missing", root.identifier, FATAL["id_missing"]))
    return fatal


def _not_owned(document: dict[str, Any]) -> list[Problem]:
    country_code, party_id = document.get("country_code"), document.get("party_id")
    if country_code is None or party_id is None:
        missing = "country_code" if country_code is None else "party_id"
        return [Problem("owner_missing", missing, FATAL["owner_missing"])]
    try:
        PartyId.of(country_code, party_id)
    except ValueError as error:
        message = f"{FATAL['owner_invalid']} {error}"
        return [Problem("owner_invalid", "party_id", message, party_id)]
    return []
