"""/control: what a test or a demonstration steers the simulator with. No part of OCPI."""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeVar

import orjson

from ocpi.errors import OCPIError
from simulator.accents import AccentSwitch, parse_accent
from simulator.charges.control import ChargeControl
from simulator.cpo import MAX_RATE, Cpo
from simulator.emsp import Emsp, PullMode
from simulator.faults import FaultSwitch, parse_fault
from simulator.handshake import Handshake, HandshakeError
from simulator.identity import Identity
from simulator.messages import BodyRefusedError, Request, Response, json_response
from simulator.own_locations import EvseKey
from simulator.own_objects import OwnObjects
from simulator.received_objects import ObjectKey, ReceivedObjects
from simulator.registration import Registration
from simulator.requests_log import RequestsLog
from simulator.violations import Violations

NDJSON = "application/x-ndjson"
LINES_PER_CHUNK = 100
LISTED_REQUESTS = 10_000

Store = TypeVar("Store", OwnObjects, ReceivedObjects)


class ControlError(Exception):
    """A control request that cannot be done, with the HTTP status to answer."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """Dispatches control requests."""

    def __init__(
        self,
        identity: Identity,
        control_key: str | None,
        registration: Registration,
        handshake: Handshake,
        cpo: Cpo,
        emsp: Emsp,
        charges: ChargeControl,
        own: dict[str, OwnObjects],
        received: dict[str, ReceivedObjects],
        accents: AccentSwitch,
        faults: FaultSwitch,
        violations: Violations,
        log: RequestsLog,
    ) -> None:
        self._identity = identity
        self._control_key = control_key
        self._registration = registration
        self._handshake = handshake
        self._cpo = cpo
        self._emsp = emsp
        self._charges = charges
        self._own = own
        self._received = received
        self._accents = accents
        self._faults = faults
        self._violations = violations
        self._log = log
        self._gets: dict[str, Callable[[Request], Response]] = {
            "state": lambda request: json_response(self.state()),
            "received": lambda request: _streamed(_of(received, request).lines()),
            "own": lambda request: _streamed(_of(own, request).lines()),
            "requests": self._requests,
            "faults": lambda request: json_response(faults.as_json()),
            "accent": lambda request: json_response(accents.now.as_json()),
            "violations": lambda request: json_response(violations.as_json()),
            **charges.gets,
        }
        self._posts: dict[str, Callable[[dict[str, Any]], object]] = {
            "connect": self._connect,
            "invite": self._invite,
            "rotate": self._rotate,
            "switch": self._switch,
            "disconnect": self._disconnect,
            "pull": self._pull,
            "faults": self._set_faults,
            "accent": self._set_accent,
            "tariffs": self._change_tariff,
            "status": self._set_status,
            "rate": self._set_rate,
            "reset-counters": self._reset_counters,
            **charges.posts,
        }

    def __call__(self, request: Request) -> Response:
        """Answer a request whose first path segment is `control`."""
        try:
            self._check_key(request)
            return self._dispatch(request)
        except ControlError as error:
            return json_response({"error": str(error)}, error.status)
        except BodyRefusedError as error:
            return json_response({"error": str(error)}, error.status)
        except HandshakeError as error:
            return json_response({"error": str(error)}, HTTPStatus.BAD_GATEWAY)
        except LookupError as error:
            return json_response({"error": _words(error)}, HTTPStatus.NOT_FOUND)
        except (OCPIError, ValueError) as error:
            return json_response({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    def state(self) -> dict[str, Any]:
        """Return everything there is to know at a glance, as JSON."""
        locations, evses = self._received["locations"].count()
        partner = self._registration.partner
        return {
            "party": str(self._identity.party),
            "parties": [str(party) for party in self._identity.parties],
            "versions": list(self._identity.versions),
            "role": self._identity.role,
            "versions_url": self._identity.versions_url,
            "registered": partner is not None,
            "partner": partner
            and {
                "versions_url": partner.versions_url,
                "version": partner.version,
                "roles": partner.roles,
                "endpoints": partner.endpoints,
                "registered_at": partner.registered_at,
            },
            "own": self._cpo.as_json(),
            "received": {
                "locations": locations,
                "evses": evses,
                "digest": self._received["locations"].digest(),
                "tariffs": self._received["tariffs"].count()[0],
                "tariffs_digest": self._received["tariffs"].digest(),
            },
            "charging": self._charges.state(),
            "pull": self._emsp.as_json(),
            "requests": self._log.per_module(),
            "last_request": self._log.last_number(),
            "faults": self._faults.as_json(),
            "accent": self._accents.now.as_json(),
            "violations": self._violations.as_json(),
        }

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("X-Control-Key") or ""
        wanted = self._control_key
        if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
            raise ControlError("X-Control-Key is missing or wrong.", HTTPStatus.UNAUTHORIZED)

    def _dispatch(self, request: Request) -> Response:
        rest = request.segments[1:]
        name = "/".join(rest)
        if request.method == "GET" and len(rest) == 4 and rest[0] == "received":
            return self._one(request, *rest[1:])
        if request.method == "GET" and name in self._gets:
            return self._gets[name](request)
        if request.method == "POST" and name in self._posts:
            return json_response(self._posts[name](_body(request)))
        raise ControlError(f"There is no {request.method} {request.path}.", HTTPStatus.NOT_FOUND)

    def _one(self, request: Request, country_code: str, party_id: str, object_id: str) -> Response:
        """One object of theirs; with `as=sent` the bytes in which it came."""
        received = _of(self._received, request)
        found = ObjectKey.of(country_code, party_id, object_id)
        if request.query.get("as") == "sent":
            sent = received.sent(found)
            if sent is not None:
                return Response(body=sent)
        elif (document := received.get(found)) is not None:
            return json_response(document)
        raise ControlError("We hold no such object.", HTTPStatus.NOT_FOUND)

    def _requests(self, request: Request) -> Response:
        text = request.query.get("since", "0")
        if not (text.isascii() and text.isdigit()):
            raise ControlError("since: a number is needed")
        entries = self._log.since(int(text))
        counts = Counter((entry.method, entry.path) for entry in entries)
        return json_response(
            {
                "last": self._log.last_number(),
                "total": len(entries),
                "counts": [
                    {"method": method, "path": path, "count": count}
                    for (method, path), count in sorted(counts.items())
                ],
                "requests": [entry._asdict() for entry in entries[:LISTED_REQUESTS]],
            }
        )

    def _connect(self, body: dict[str, Any]) -> object:
        version = _text(body, "version") if "version" in body else None
        self._handshake.connect(_text(body, "versions_url"), _text(body, "token"), version)
        return self.state()

    def _invite(self, body: dict[str, Any]) -> object:
        token = self._registration.invite()
        return {"versions_url": self._identity.versions_url, "token": token}

    def _rotate(self, body: dict[str, Any]) -> object:
        self._handshake.rotate()
        return self.state()

    def _switch(self, body: dict[str, Any]) -> object:
        self._handshake.switch(_text(body, "version"))
        return self.state()

    def _disconnect(self, body: dict[str, Any]) -> object:
        return {"registered": False, "warning": self._handshake.disconnect()}

    def _pull(self, body: dict[str, Any]) -> object:
        mode = body.get("mode", PullMode.FULL)
        if mode not in list(PullMode):
            raise ControlError(f"mode: {mode!r} is not one of {', '.join(PullMode)}")
        return {"number": self._emsp.request(PullMode(mode))}

    def _set_faults(self, body: dict[str, Any]) -> object:
        self._faults.set(parse_fault(body))
        return self._faults.as_json()

    def _set_accent(self, body: dict[str, Any]) -> object:
        self._accents.set(parse_accent(body))
        return self._accents.now.as_json()

    def _change_tariff(self, body: dict[str, Any]) -> object:
        return {"tariff": self._cpo.change_tariff(_text(body, "what"))}

    def _set_status(self, body: dict[str, Any]) -> object:
        evse = EvseKey(_text(body, "location_id"), _text(body, "evse_uid"))
        try:
            return self._cpo.set_status(evse, _text(body, "status"))
        except KeyError:
            message = f"There is no EVSE {evse.evse_uid} at Location {evse.location_id}."
            raise ControlError(message, HTTPStatus.NOT_FOUND) from None

    def _set_rate(self, body: dict[str, Any]) -> object:
        rate = body.get("changes_per_minute")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= MAX_RATE:
            raise ControlError(f"changes_per_minute: a number from 0 to {MAX_RATE:g} is needed")
        self._cpo.set_rate(float(rate))
        return self._cpo.as_json()

    def _reset_counters(self, body: dict[str, Any]) -> object:
        self._log.reset()
        self._cpo.reset_counts()
        self._violations.reset()
        return {"last": self._log.last_number()}


def _words(error: LookupError) -> str:
    return str(error.args[0]) if error.args else "There is no such thing."


def _body(request: Request) -> dict[str, Any]:
    raw = request.read_body()
    try:
        document = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise ControlError(f"The body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ControlError("The body is not an object.")
    return document


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name}: a text is needed")
    return value


def _of(stores: Mapping[str, Store], request: Request) -> Store:
    """The store of the module that a request names; without one, of the Locations."""
    module = request.query.get("module", "locations")
    if module not in stores:
        raise ControlError(f"module: {module!r} is not one of {', '.join(stores)}")
    return stores[module]


def _streamed(lines: Iterator[bytes]) -> Response:
    return Response(body=_grouped(lines), content_type=NDJSON)


def _grouped(lines: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(lines, LINES_PER_CHUNK)):
        yield chunk
