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

from ocpi.convert.results import Beside
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.ids import PartyId
from ocpi.lenient.accepting import Accepted, accepted, refused, without_nul
from ocpi.lenient.codes import CODES, FATAL
from ocpi.lenient.known import NOTHING, Known
from ocpi.lenient.roots import ROOTS

__all__ = [
    "CODES",
    "FATAL",
    "Accepted",
    "Known",
    "accept",
    "accept_document",
]

NUL = b"\\u0000"


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
    beside: Beside = NOTHING.beside,
) -> Accepted:
    """Accept one object as JSON bytes; see `accept_document`. Raises KeyError for an unknown kind.

    `owner`, `version`, `ids` and `time_zone` are what is known of the object from elsewhere: of an EVSE or
    Connector pushed by itself, `time_zone` is its Location's.
    """
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return refused("not_json", "", f"{FATAL['not_json']} {error}")
    known = Known(owner, version, ids or {}, dialect, time_zone, received_at, beside)
    result = accepted(ROOTS[kind], parsed, known)
    # PostgreSQL stores no NUL: it must not even survive in an unknown field or an original value.
    return without_nul(result) if NUL in raw else result


def accept_document(kind: str, parsed: Any, known: Known = NOTHING) -> Accepted:
    """Accept one parsed object of OCPI 2.1.1, 2.2, 2.2.1 or 2.3.0 as a canonical document.

    Kinds: location, evse, connector, tariff, token. With `known.owner` the object is that party's,
    whatever it says itself. `null` and `[]` are dropped from known fields, unknown fields and the
    order of keys stay, timestamps end in `Z`. The argument may be changed. Raises nothing else
    than KeyError, for an unknown kind.

    A Tariff that lost all its prices is kept (code `tariff_without_prices`): it can be shown, not
    calculated with, and has no `elements`. Prices of versions before 2.3.0 are without tax.
    """
    return accepted(ROOTS[kind], parsed, known)
