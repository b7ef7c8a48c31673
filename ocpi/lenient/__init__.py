"""Lenient in: an object as some partner wrote it becomes a canonical document plus warnings.

Whatever can be identified is kept; every repair is a warning with a stable code (`CODES`),
a dotted path, a sentence and the original value. Only what has no owner or id is refused
(`FATAL`). A part that cannot be understood is taken out and reported, and never sinks the
object it belongs to (OCPI 2.2.1, transport_and_format, GET).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.ids import PartyId
from ocpi.lenient.accepting import Accepted, accepted, refused, without_nul
from ocpi.lenient.codes import CODES, FATAL
from ocpi.lenient.known import NOTHING, Known
from ocpi.lenient.roots import ROOTS, Root

__all__ = [
    "CODES",
    "FATAL",
    "Accepted",
    "Known",
    "accept",
    "accept_connector",
    "accept_document",
    "accept_evse",
    "accept_location",
    "accept_tariff",
]

NUL = b"\\u0000"
_LOCATION = ROOTS["location"]


def accept(
    kind: str,
    raw: bytes,
    *,
    owner: PartyId | None = None,
    version: str | None = None,
    ids: Mapping[str, str] | None = None,
    dialect: Dialect = TO_THE_LETTER,
    time_zone: str | None = None,
    received_at: str | None = None,
) -> Accepted:
    """Accept one object as JSON bytes; see `accept_document`. Raises KeyError for an unknown kind."""
    return _read(
        ROOTS[kind], raw, Known(owner, version, ids or {}, dialect, time_zone, received_at)
    )


def _read(root: Root, raw: bytes, known: Known) -> Accepted:
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return refused("not_json", "", f"{FATAL['not_json']} {error}")
    result = accepted(root, parsed, known)
    # PostgreSQL stores no NUL: it must not even survive in an unknown field or an original value.
    return without_nul(result) if NUL in raw else result


def accept_document(kind: str, parsed: Any, known: Known = NOTHING) -> Accepted:
    """Accept one parsed object of OCPI 2.1.1, 2.2, 2.2.1 or 2.3.0 as a canonical document.

    Kinds: location, evse, connector, tariff. With `known.owner` the object is that party's,
    whatever it says itself. `null` and `[]` are dropped from known fields, unknown fields and the
    order of keys stay, timestamps end in `Z`. The argument may be changed. Raises nothing else
    than KeyError, for an unknown kind.
    """
    return accepted(ROOTS[kind], parsed, known)


def accept_location(
    raw: bytes,
    *,
    owner: PartyId | None = None,
    version: str | None = None,
    ids: Mapping[str, str] | None = None,
    dialect: Dialect = TO_THE_LETTER,
    received_at: str | None = None,
) -> Accepted:
    """`accept` for a Location."""
    return _read(_LOCATION, raw, Known(owner, version, ids or {}, dialect, None, received_at))


def accept_evse(
    raw: bytes,
    *,
    version: str | None = None,
    ids: Mapping[str, str] | None = None,
    dialect: Dialect = TO_THE_LETTER,
    time_zone: str | None = None,
    received_at: str | None = None,
) -> Accepted:
    """`accept` for an EVSE pushed by itself; `time_zone` is its Location's."""
    return accept(
        "evse",
        raw,
        version=version,
        ids=ids,
        dialect=dialect,
        time_zone=time_zone,
        received_at=received_at,
    )


def accept_connector(
    raw: bytes,
    *,
    version: str | None = None,
    ids: Mapping[str, str] | None = None,
    dialect: Dialect = TO_THE_LETTER,
    time_zone: str | None = None,
    received_at: str | None = None,
) -> Accepted:
    """`accept` for a Connector pushed by itself; `time_zone` is its Location's."""
    return accept(
        "connector",
        raw,
        version=version,
        ids=ids,
        dialect=dialect,
        time_zone=time_zone,
        received_at=received_at,
    )


def accept_tariff(
    raw: bytes,
    *,
    owner: PartyId | None = None,
    version: str | None = None,
    ids: Mapping[str, str] | None = None,
    dialect: Dialect = TO_THE_LETTER,
    received_at: str | None = None,
) -> Accepted:
    """`accept` for a Tariff.

    A Tariff that lost all its prices is kept (code `tariff_without_prices`): it can be shown, not
    calculated with, and has no `elements`. Prices of versions before 2.3.0 are without tax.
    """
    return accept(
        "tariff",
        raw,
        owner=owner,
        version=version,
        ids=ids,
        dialect=dialect,
        received_at=received_at,
    )
