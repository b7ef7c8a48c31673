"""Reading OCMF, the Open Charge Metering Format of S.A.F.E. e.V., versions 0.4 to 1.x."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from ocpi.errors import OCPIError
from ocpi.json import loads
from ocpi.signed_values.types import Reading, Record, Signature

HEADER = "OCMF"
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[,.](\d{1,6}))?\s*(Z|[+-]\d\d:?\d\d)(?:\s+([A-Z]))?"
)
_MAX_DIGITS = 40
_YEARS = range(1970, 2200)


class NotOCMF(ValueError):
    """The text is not a data set of OCMF; the message says why, for staff."""


def is_ocmf(text: str) -> bool:
    """Whether it begins as a data set does."""
    return text.lstrip().startswith(f"{HEADER}|")


def parse(text: str) -> Record:
    """A data set: ``OCMF|<payload>|<signature>``, the signature may be missing. Raises :class:`NotOCMF`.

    What is signed is the text between the separators, white space included (OCMF 1.4, Payload Data Section).
    """
    header, separator, rest = text.partition("|")
    if header.strip() != HEADER or not separator:
        raise NotOCMF("It does not begin with OCMF.")
    payload, rest = _payload(rest)
    section = rest.partition("|")[0].strip()
    return Record(
        payload=payload,
        **_content(payload),
        signature=_signature(section) if section else None,
    )


def parse_apart(payload: str, section: str) -> Record:
    """A data set whose payload and signature section came in two fields. Raises :class:`NotOCMF`.

    OCPI does not say how OCMF is spread over ``plain_data`` and ``signed_data``, and this is one of the ways.
    """
    return Record(payload=payload, **_content(payload), signature=_signature(section))


def _payload(rest: str) -> tuple[str, str]:
    """The payload and what follows its separator. A separator within a text of the payload ends nothing."""
    begin = len(rest) - len(rest.lstrip())
    try:
        _, end = json.JSONDecoder().raw_decode(rest, begin)
    except (ValueError, RecursionError):
        raise NotOCMF("What OCMF signs is not JSON.") from None
    before, _, after = rest[end:].partition("|")
    if before.strip():
        raise NotOCMF("Between payload and signature of OCMF is something else.")
    return rest[:end] + before, after


def _content(payload: str) -> dict[str, Any]:
    document = _object(payload, "What OCMF signs")
    readings = document.pop("RD", [])
    if not isinstance(readings, list) or not all(isinstance(one, Mapping) for one in readings):
        raise NotOCMF("Its readings (RD) are not a list of objects.")
    return {"fields": document, "readings": tuple(_readings(readings))}


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        document = loads(text.encode())
    except (OCPIError, UnicodeEncodeError) as error:
        raise NotOCMF(f"{what} is not JSON that can be relied on: {error}") from None
    if not isinstance(document, dict):
        raise NotOCMF(f"{what} is not a JSON object.")
    return document


def _readings(entries: list[Mapping[str, Any]]) -> Iterator[Reading]:
    """Each entry with what it leaves out because the one before it said the same (OCMF 1.4, Readings)."""
    before: dict[str, Any] = {}
    for entry in entries:
        said = {**before, **{name: value for name, value in entry.items() if value is not None}}
        at, clock = _time(said.get("TM"))
        yield Reading(
            at=at,
            clock=clock,
            reason=_text(said, "TX").upper(),
            value=_number(entry.get("RV")),
            register=_text(said, "RI"),
            unit=_text(said, "RU"),
            current=_text(said, "RT"),
            errors=_text(said, "EF"),
            status=_text(said, "ST"),
        )
        before = said


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""


def _time(value: Any) -> tuple[datetime | None, str]:
    """Time and state of the clock: ``2026-03-01T10:15:00,000+0100 S``."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None, ""
    year, month, day, hour, minute, second, fraction, zone, clock = match.groups()
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}.{(fraction or '0').ljust(6, '0')}"
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=_zone(zone))
    except ValueError:
        return None, clock or ""
    return at if at.year in _YEARS else None, clock or ""


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _number(value: Any) -> Decimal | None:
    """A JSON number, or one in quotes and padded, as some meters write it."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        return None
    return number


def _signature(section: str) -> Signature:
    document = _object(section, "The signature section of OCMF")
    data = document.get("SD")
    if not isinstance(data, str) or not data.strip():
        raise NotOCMF("Its signature section holds no signature (SD).")
    said = {name: text for name in ("SA", "SE", "SM") if (text := _text(document, name))}
    return Signature(
        data=data.strip(),
        algorithm=said.get("SA", Signature.algorithm),
        encoding=said.get("SE", Signature.encoding),
        mime_type=said.get("SM", Signature.mime_type),
        algorithm_is_said="SA" in said,
    )
