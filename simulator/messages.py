"""An HTTP request and its answer, as the handlers of the simulator see them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus

import orjson

JSON_TYPE = "application/json"


class Manner(Enum):
    """How the bytes of an answer go over the wire."""

    NORMAL = "normal"
    DRIP = "drip"
    RESET = "reset"


@dataclass(frozen=True)
class Request:
    """One request. `segments` are percent-decoded and without empty ones, `headers` ignore case.

    `read_body` reads the body the first time it is called and raises `BodyRefusedError`.
    """

    method: str
    path: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    read_body: Callable[[], bytes]


@dataclass(frozen=True)
class Response:
    """One answer; an iterator as body is sent in chunks.

    `manner` and `drip_seconds` (how long the whole answer takes) serve the fault switches.
    """

    status: int = HTTPStatus.OK
    body: bytes | Iterator[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    manner: Manner = Manner.NORMAL
    drip_seconds: float = 0.0


class BodyRefusedError(Exception):
    """The body of a request cannot be taken; `status` is the HTTP status to answer with."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def json_response(document: object, status: int = HTTPStatus.OK) -> Response:
    """Answer `document` as plain JSON, without an OCPI envelope."""
    return Response(status=status, body=orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
