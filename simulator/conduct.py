"""What a request, an object or an answer of the partner shows about how well it keeps to OCPI."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from ocpi.client import ClientExchange, OCPIResponse
from ocpi.documents import Shape, shape_of
from ocpi.versioned import TYPES, Kind
from ocpi.versions import WITHOUT_ROUTING
from simulator.messages import JSON_TYPE, Request
from simulator.violations import Violations

REMEMBERED_IDS = 20_000
ROUTING = tuple(
    f"OCPI-{side}-{part}" for side in ("to", "from") for part in ("party-id", "country-code")
)
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Conduct:
    """Looks at what comes in and counts what is wrong; refusing is for others."""

    def __init__(self, violations: Violations) -> None:
        self._violations = violations
        self._lock = threading.Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()

    def of_request(self, request: Request, version: str, *, functional: bool) -> None:
        """Look at the headers of a request; `version` is that of its address, or empty."""
        where = f"{request.method} {request.path}"
        has_ids = version not in WITHOUT_ROUTING
        self._look_at_ids(request, where, required=has_ids)
        has_body = request.method in WITH_BODY and request.headers.get("Content-Length", "0") != "0"
        if has_body and not _is_json(request.headers.get("Content-Type")):
            self._violations.add("content_type", f"{where}: {request.headers.get('Content-Type')}")
        routing = [name for name in ROUTING if request.headers.get(name) is not None]
        if routing and version in WITHOUT_ROUTING:
            self._violations.add("routing_before_2_2", f"{where}: {routing[0]}")
        elif routing and not functional:
            self._violations.add("routing_on_configuration", f"{where}: {routing[0]}")
        elif functional and has_ids and request.headers.get("OCPI-from-party-id") is None:
            self._violations.add("routing_missing", where)

    def of_object(self, version: str, kind: Kind, document: Mapping[str, Any], where: str) -> None:
        """Look for fields that this version lacks and another one has."""
        for path in foreign_fields(version, kind, document):
            self._violations.add("field_of_other_version", f"{where}: {path}")

    def of_answer(self, exchange: ClientExchange, response: OCPIResponse, version: str) -> None:
        """Look at what we got for a request of ours."""
        where = f"{exchange.method} {exchange.url}"
        if response.failure is not None:
            return
        envelope = response.envelope
        problem = response.not_envelope or (
            envelope and ", ".join(w.message for w in envelope.warnings)
        )
        if problem:
            self._violations.add("answer_form", f"{where}: {problem}")
        wanted = exchange.request_id
        if version not in WITHOUT_ROUTING and response.headers.get("X-Request-ID") != wanted:
            self._violations.add("answer_without_ids", where)

    def _look_at_ids(self, request: Request, where: str, *, required: bool) -> None:
        request_id = request.headers.get("X-Request-ID")
        if request_id is None:
            if required:
                self._violations.add("request_id_missing", where)
        elif self._was_there(request_id):
            self._violations.add("request_id_repeated", f"{where}: {request_id}")
        if required and request.headers.get("X-Correlation-ID") is None:
            self._violations.add("correlation_id_missing", where)

    def _was_there(self, request_id: str) -> bool:
        with self._lock:
            if request_id in self._ids:
                return True
            self._ids[request_id] = None
            if len(self._ids) > REMEMBERED_IDS:
                self._ids.popitem(last=False)
            return False


def foreign_fields(version: str, kind: Kind, document: Mapping[str, Any]) -> Iterator[str]:
    """The paths of fields that the version does not know, but another one does."""
    others = [types for other, types in TYPES.items() if other != version and kind in types]
    shapes = [shape_of(types[kind]) for types in others]
    yield from _foreign(document, shape_of(TYPES[version][kind]), shapes, "")


def _foreign(
    document: Mapping[str, Any], own: Shape, others: list[Shape], path: str
) -> Iterator[str]:
    for name, value in document.items():
        elsewhere = [shape[name] for shape in others if name in shape]
        if name not in own:
            if elsewhere:
                yield path + name
            continue
        part = own[name].part
        if part is None:
            continue
        parts = [shape_of(field.part) for field in elsewhere if field.part is not None]
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                yield from _foreign(entry, shape_of(part), parts, f"{path}{name}.")


def _is_json(content_type: str | None) -> bool:
    return (content_type or "").partition(";")[0].strip().lower() == JSON_TYPE
