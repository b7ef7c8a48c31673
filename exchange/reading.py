"""Reading the body of a push: to the letter, or as the partner's dialect allows. Nothing here touches the database.

Strict is the rule: OCPI 2.2.1, transport_and_format. With ``lenient_pushes`` what does not fit is read as lists
are (``ocpi.lenient``). Whatever the dialect, the body may not contradict its address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from exchange.places import Place
from exchange.quality.observing import SENTENCES
from ocpi import convert, json
from ocpi.convert import Beside
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.dialect import Dialect
from ocpi.errors import InvalidParameters, Problem
from ocpi.lenient import CODES, accept
from ocpi.lenient.moments import local_readings
from ocpi.lenient.roots import ROOTS
from ocpi.times import map_times
from ocpi.types import refused
from ocpi.versioned import CANONICAL, TYPES, validate_document, validate_patch

STATUS_PATCH = frozenset({"status", "last_updated"})
"""The most frequent PATCH of all; its service checks it."""

AHEAD = timedelta(minutes=2)
"""How far in the future a time may lie before it cannot be UTC."""


class Reading(NamedTuple):
    """A canonical document (of a PATCH: the members it changes), and what had to be done to the body."""

    document: dict[str, Any]
    warnings: list[Problem]


class Context(NamedTuple):
    """What is known besides the body: the dialect, the time zone of the site, when it came (aware), and what
    the objects are that it means without saying all of them.
    """

    dialect: Dialect
    time_zone: str | None
    received_at: datetime
    beside: Beside = Beside()


def read_whole(place: Place, parsed: Mapping[str, Any], context: Context) -> Reading:
    """The body of a PUT. Raises InvalidParameters with every fault, or with those that no repair helps."""
    prepared = _prepared(place, parsed, context)
    try:
        strict = Reading(_strictly(place, prepared.document, context.beside), prepared.warnings)
    except InvalidParameters:
        if not context.dialect.lenient_pushes:
            raise
    else:
        # A VAT of 0.21 is as valid as one of 21; what it means is for the dialect to say.
        if not (context.dialect.vat_as_fraction and place.kind == "tariff"):
            return strict
    accepted = _accepted(place, prepared, context)
    if isinstance(accepted, Reading):
        return accepted
    raise refused(accepted)


def read_part(place: Place, parsed: Mapping[str, Any], context: Context) -> Reading:
    """The body of a PATCH. Raises InvalidParameters with every fault in what it says."""
    prepared = in_utc(place, parsed, context)
    if not prepared.document.keys() <= STATUS_PATCH:
        validate_patch(place.version, _kind(place), prepared.document)
    _agree(place, prepared.document)
    changes = convert.patch_to_canonical(place.version, place.kind, prepared.document)
    return Reading(changes, prepared.warnings)


def leniently(place: Place, parsed: Mapping[str, Any], context: Context) -> Reading | None:
    """A body as lists are read; ``None`` when it cannot be identified, or contradicts its address."""
    accepted = _accepted(place, _prepared(place, parsed, context), context)
    return accepted if isinstance(accepted, Reading) else None


def _accepted(place: Place, prepared: Reading, context: Context) -> Reading | list[Problem]:
    """The body repaired, or what is in the way of that."""
    accepted = accept(
        place.kind,
        json.dumps(prepared.document),
        owner=place.owner if _names_no_owner(place) else None,
        version=place.version,
        dialect=context.dialect,
        time_zone=context.time_zone,
        received_at=format_datetime(context.received_at),
        beside=context.beside,
    )
    in_the_way = accepted.fatal or _contradictions(place, accepted.document)
    return in_the_way or Reading(accepted.document, [*prepared.warnings, *accepted.warnings])


def merged_leniently(
    place: Place, merged: Mapping[str, Any], patch: Mapping[str, Any], context: Context
) -> Reading | None:
    """The whole object that a PATCH makes, repaired; told is what concerns the members of the patch."""
    # The merged object is canonical already, and its times are settled.
    settled = context._replace(dialect=context.dialect.but(local_times=False))
    reading = leniently(place._replace(version=CANONICAL), merged, settled)
    if reading is None:
        return None
    told = [w for w in reading.warnings if w.path.partition(".")[0] in patch]
    return Reading(reading.document, told)


def in_utc(place: Place, parsed: Mapping[str, Any], context: Context) -> Reading:
    """A body with local times converted, nothing checked; without them a time ahead without Z becomes now.

    Kept as it is, a local time ahead of UTC would make every later change look outdated.
    """
    warnings: list[Problem] = []
    change = (
        _local(parsed, context, warnings)
        if context.dialect.local_times
        else _not_ahead(context.received_at, warnings)
    )
    return Reading(map_times(parsed, TYPES[place.version][_kind(place)], change), warnings)


def _strictly(place: Place, document: Mapping[str, Any], beside: Beside) -> dict[str, Any]:
    checked = validate_document(place.version, _kind(place), document)
    _agree(place, checked)
    try:
        return convert.to_canonical(
            place.version, place.kind, checked, owner=place.owner, beside=beside
        ).document
    except convert.Refused as error:
        raise InvalidParameters(str(error)) from None


def _prepared(place: Place, parsed: Mapping[str, Any], context: Context) -> Reading:
    """The body with its times settled, and the identifiers it lacks where the dialect allows that."""
    document, warnings = in_utc(place, parsed, context)
    if context.dialect.ids_from_url:
        named = place.identifiers(with_owner=_has_owner(place) and not _names_no_owner(place))
        for name, value in named.items():
            if document.get(name) in (None, ""):
                warnings.append(_repaired("id_from_address", name, document.get(name), value))
                document[name] = value
    return Reading(document, warnings)


def _local(
    parsed: Mapping[str, Any], context: Context, warnings: list[Problem]
) -> Callable[[str], str]:
    zone = _zone(parsed.get("time_zone") or context.time_zone)

    def converted(text: str) -> str:
        readings = local_readings(text, zone)
        if readings is None:
            return text
        if not warnings:
            code = "timestamp_local" if zone else "timestamp_zone_unknown"
            warnings.append(_repaired(code, "last_updated", text, readings.local))
        return readings.local

    return converted


def _not_ahead(now: datetime, warnings: list[Problem]) -> Callable[[str], str]:
    def cut(text: str) -> str:
        if text.endswith("Z") or not _lies_ahead(text, now):
            return text
        if not warnings:
            code = "time_in_future"
            warnings.append(Problem(code, "last_updated", SENTENCES[code], text))
        return format_datetime(now)

    return cut


def _lies_ahead(text: str, now: datetime) -> bool:
    try:
        return parse_datetime(text) > now + AHEAD
    except ValueError:
        return False


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ValueError, OSError):
        return None


def _agree(place: Place, document: Mapping[str, Any]) -> None:
    """Identifiers in the body equal those in the address (T-132): 2001 otherwise."""
    problems = _contradictions(place, document)
    if problems:
        raise refused(problems)


def _contradictions(place: Place, document: Mapping[str, Any]) -> list[Problem]:
    expected = place.identifiers(with_owner=_has_owner(place))
    return [
        Problem(
            "differs_from_url",
            name,
            f"{document[name]!r} differs from {value!r} in the address",
            document[name],
        )
        for name, value in expected.items()
        if document.get(name) is not None and str(document[name]).upper() != value.upper()
    ]


def _repaired(code: str, path: str, value: Any, kept: str) -> Problem:
    return Problem(code, path, f"{CODES[code]} Kept: {kept}", value)


def _has_owner(place: Place) -> bool:
    return ROOTS[place.kind].has_owner


def _names_no_owner(place: Place) -> bool:
    """Objects of OCPI 2.1.1 do not say whose they are."""
    return place.version.startswith("2.1")


def _kind(place: Place) -> Any:
    return place.kind
