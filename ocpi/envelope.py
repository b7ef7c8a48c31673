"""The response envelope (OCPI 2.2.1, transport_and_format, Response format)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, NamedTuple

import orjson

from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import OCPIError, Problem
from ocpi.json import dumps, loads
from ocpi.status import StatusCode, is_success

# What is typical of an object of a module, for one that came without any envelope.
_TYPICAL = {
    "locations": frozenset({"evses", "coordinates", "address"}),
    "tariffs": frozenset({"elements", "currency"}),
}


class Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class NotAnEnvelope(ValueError):
    """The body carries no OCPI answer; the message says why."""


class Envelope(NamedTuple):
    """An answer as understood.

    `data` is UNSET when absent; numbers in it are int or Decimal. `timestamp` is aware UTC or
    None. `warnings` lists what had to be put up with; the code "status_code_missing" means that
    success was assumed, not stated. `next` is the cursor some put into the body of a page.
    """

    status_code: int
    status_message: str | None
    data: Any
    timestamp: datetime | None
    warnings: list[Problem]
    next: str | None = None

    @property
    def is_success(self) -> bool:
        return is_success(self.status_code)

    @property
    def status_is_assumed(self) -> bool:
        return any(warning.code == "status_code_missing" for warning in self.warnings)


def encode(
    data: Any = UNSET,
    status_code: int = StatusCode.SUCCESS,
    status_message: str | None = None,
    timestamp: datetime | None = None,
) -> bytes:
    """Write an envelope; `data` left UNSET is left out. `timestamp` (aware) defaults to now."""
    document: dict[str, Any] = {} if data is UNSET else {"data": data}
    document["status_code"] = int(status_code)
    if status_message is not None:
        document["status_message"] = status_message
    document["timestamp"] = format_datetime(timestamp or datetime.now(UTC))
    return dumps(document)


def encode_list(raw_items: Iterable[bytes], timestamp: datetime | None = None) -> bytes:
    """Write a success envelope around items that already are JSON."""
    tail = format_datetime(timestamp or datetime.now(UTC)).encode()
    return b'{"data":[%b],"status_code":1000,"timestamp":"%b"}' % (b",".join(raw_items), tail)


def encode_object(raw: bytes, timestamp: datetime | None = None) -> bytes:
    """Write a success envelope around one object that already is JSON."""
    tail = format_datetime(timestamp or datetime.now(UTC)).encode()
    return b'{"data":%b,"status_code":1000,"timestamp":"%b"}' % (raw, tail)


def encode_error(error: OCPIError) -> bytes:
    """Write the envelope of an error, its problems as debugging data when there are any."""
    data = [{"path": p.path, "code": p.code, "message": p.message} for p in error.problems]
    return encode(data or UNSET, error.status_code, error.message)


def parse_response(body: bytes, module: str | None = None) -> Envelope:
    """Read a partner's answer, putting up with what partners are known to send.

    Understood with a warning each: a status code as text, no status code or timestamp beside
    `data`, a bare array, pages in `items` or under the name of a module, several modules in one
    answer (`module` picks one), values `ocpi.json.loads` would refuse. With `module` given also a
    single object without envelope. Raises NotAnEnvelope for everything else, so that no unrelated
    JSON counts as an answer.
    """
    try:
        return _envelope(loads(body), [], module)
    except OCPIError as error:
        warning = Problem("lenient_json", "", f"the answer is not strict JSON: {error.message}")
        return _envelope(_parse_fast(body, error.message), [warning], module)


def parse_head(body: bytes, module: str | None = None) -> Envelope:
    """As parse_response but faster, for pages whose items are cut from the body themselves:
    numbers in `data` may be floats and the JSON is not checked as strictly.
    """
    return _envelope(_parse_fast(body, None), [], module)


def _parse_fast(body: bytes, reason: str | None) -> Any:
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise NotAnEnvelope(reason or f"not valid JSON: {error}") from None


def _envelope(document: Any, warnings: list[Problem], module: str | None) -> Envelope:
    if isinstance(document, list):
        document = {"data": document}
        warnings.append(Problem("bare_array", "", "an array was sent without an envelope"))
    if not isinstance(document, dict):
        raise NotAnEnvelope("the answer is neither an object nor an array")
    if not _TYPICAL.get(module or "", frozenset()).isdisjoint(document):
        document = {"data": [document]}
        warnings.append(Problem("bare_object", "", "an object was sent without an envelope"))
    data = _data(document, module, warnings)
    if module is not None and isinstance(data, dict) and module in data:
        message = "several modules were sent in one answer"
        warnings.append(Problem("modules_together", f"data.{module}", message))
        data = data[module]
    if module is not None and isinstance(data, dict) and "status_code" in data:
        # An envelope inside says more of this module than the one around it.
        document = {**document, **data}
        data = data.get("data", UNSET)
    if data is UNSET and document.get("status_code") is None:
        raise NotAnEnvelope("the answer has neither status_code nor data")
    following = document.get("next")
    return Envelope(
        _status_code(document, warnings),
        _message(document),
        data,
        _timestamp(document, warnings),
        warnings,
        following if isinstance(following, str) and following else None,
    )


def _data(document: dict[str, Any], module: str | None, warnings: list[Problem]) -> Any:
    if "data" in document:
        return document["data"]
    for name in ("items", *([module] if module else _TYPICAL)):
        if isinstance(document.get(name), list | dict):
            warnings.append(Problem("page_field", name, f"the list came in {name!r}, not 'data'"))
            return document[name]
    return UNSET


def _status_code(document: dict[str, Any], warnings: list[Problem]) -> int:
    value = document.get("status_code")
    if value is None:
        failed = bool(document.get("error"))
        message = "status_code is missing" + (", and an error is named" if failed else "")
        warnings.append(Problem("status_code_missing", "status_code", message))
        return StatusCode.CLIENT_ERROR if failed else StatusCode.SUCCESS
    code = _status_number(value)
    if code is None:
        raise NotAnEnvelope(f"status_code {str(value)[:40]!r} is not a status code of four digits")
    if type(value) is not int:
        warnings.append(
            Problem("status_code_type", "status_code", "status_code is not an integer", value)
        )
    return code


def _status_number(value: Any) -> int | None:
    text = str(value).strip().lower()
    if text in ("success", "ok"):
        return StatusCode.SUCCESS
    whole = text.removesuffix(".0")
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) == 4 else None


def _message(document: dict[str, Any]) -> str | None:
    for name in ("status_message", "message", "error"):
        value = document.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def _timestamp(document: dict[str, Any], warnings: list[Problem]) -> datetime | None:
    value = document.get("timestamp")
    if value is None:
        warnings.append(Problem("timestamp_missing", "timestamp", "timestamp is missing"))
        return None
    try:
        return parse_datetime(value)
    except (ValueError, TypeError) as error:
        warnings.append(Problem("timestamp_format", "timestamp", str(error), value))
    try:
        return parse_datetime(value, lenient=True)
    except (ValueError, TypeError):
        return None
