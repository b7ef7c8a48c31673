"""Exchanges and deliveries in plain words, for staff pages."""

from __future__ import annotations

from http import HTTPStatus

from django.utils import timezone

from exchange import registry
from exchange.choices import DeliveryResult, Direction, Known, Outcome
from exchange.models import Delivery, Exchange
from ocpi.status import StatusCode
from parties.models import Connection

STRANGER = "Someone we do not know"
SKIPPED = "Skipped by staff."

_STATUS_CODES = {
    StatusCode.SUCCESS: "success",
    StatusCode.CLIENT_ERROR: "error in the request",
    StatusCode.INVALID_PARAMETERS: "invalid or missing values",
    StatusCode.NOT_ENOUGH_INFORMATION: "not enough information",
    StatusCode.UNKNOWN_LOCATION: "unknown location",
    StatusCode.UNKNOWN_TOKEN: "unknown token",
    StatusCode.SERVER_ERROR: "error at the answering side",
    StatusCode.UNABLE_TO_USE_CLIENT_API: "cannot use the caller's interface",
    StatusCode.UNSUPPORTED_VERSION: "unsupported OCPI version",
    StatusCode.MISSING_ENDPOINTS: "no matching endpoints",
    StatusCode.HUB_ERROR: "error at the hub",
    StatusCode.UNKNOWN_RECEIVER: "the hub does not know the receiver",
    StatusCode.FORWARDED_REQUEST_TIMEOUT: "the hub got no answer in time",
    StatusCode.CONNECTION_PROBLEM: "the hub cannot reach the receiver",
}

_REGISTRATION = {
    "GET": "the credentials",
    "POST": "a registration",
    "PUT": "new credentials",
    "DELETE": "the end of the registration",
}
_IN_VERBS = {
    "GET": "asked for",
    "PUT": "sent",
    "PATCH": "sent a change of",
    "POST": "sent",
    "DELETE": "asked to remove",
}
_OUT_VERBS = {
    "GET": "fetched",
    "PUT": "sent",
    "PATCH": "sent a change of",
    "POST": "sent",
    "DELETE": "asked to remove",
}


def http_status(code: int | None) -> str:
    """An HTTP status with its name, ``404 Not Found``; what to say when there was none."""
    if code is None:
        return "no answer"
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def ocpi_status(code: int | None) -> str:
    """An OCPI status with its meaning, ``2001 invalid or missing values``."""
    if code is None:
        return "none"
    try:
        return f"{code} {_STATUS_CODES[StatusCode(code)]}"
    except ValueError:
        return f"{code} (not in the specification)"


def summary(exchange: Exchange, partner: str = "") -> str:
    """Who did what, without how it ended: ``We sent location NL*ABC/LOC1 to Acme``."""
    what = _what(exchange)
    if exchange.module == "tokens" and exchange.method == "POST":
        asker, asked = (
            (partner or STRANGER, "us") if exchange.direction == Direction.IN else ("We", partner)
        )
        return f"{asker} asked {asked or 'a platform'} whether {what} may charge"
    if exchange.direction == Direction.IN:
        return f"{partner or STRANGER} {_IN_VERBS.get(exchange.method, 'called')} {what}"
    verb = _OUT_VERBS.get(exchange.method, "called")
    if exchange.method == "DELETE":
        return f"We asked {partner or 'a platform'} to remove {what}"
    preposition = "from" if exchange.method == "GET" else "to"
    return f"We {verb} {what} {preposition} {partner or 'a platform'}"


def ending(exchange: Exchange) -> str:
    """How an exchange ended, as the rest of :func:`summary`'s sentence."""
    reason = f": {exchange.message.rstrip('.')}" if exchange.message else ""
    if exchange.direction == Direction.IN:
        return {
            Outcome.OK: "and we answered it",
            Outcome.REFUSED: f"and we refused it{reason}",
            Outcome.FAILED: f"and we failed to answer it{reason}",
        }.get(Outcome(exchange.outcome), f"and it is unclear how it ended{reason}")
    return {
        Outcome.OK: "and it worked",
        Outcome.REFUSED: f"and it was refused{reason}",
        Outcome.FAILED: f"but it failed{reason}",
    }.get(Outcome(exchange.outcome), f"but it is unclear whether it arrived{reason}")


def sentence(exchange: Exchange, partner: str = "") -> str:
    """One sentence that says what happened."""
    return f"{summary(exchange, partner)}, {ending(exchange)}."


def _what(exchange: Exchange) -> str:
    if exchange.module == "credentials":
        return _REGISTRATION.get(exchange.method, "the credentials")
    if exchange.module == "versions":
        return "the OCPI versions"
    module = registry.find(exchange.module)
    if exchange.object_reference:
        return f"{module.called if module else 'object'} {exchange.object_reference}"
    if module is not None:
        return f"the list of {module.label.lower()}" if exchange.method == "GET" else module.called
    return exchange.module or "an address that does not exist"


def state(delivery: Delivery) -> tuple[str, str]:
    """A delivery's state as a word and the colour of its badge."""
    if delivery.is_pending:
        if delivery.attempts and delivery.last_result not in ("", DeliveryResult.DELIVERED):
            return "Failing", "warning"
        return "Waiting", "info"
    if delivery.dead_version > delivery.sent_version:
        return ("Skipped", "default") if delivery.last_error == SKIPPED else ("Refused", "danger")
    if delivery.known == Known.WITHDRAWN:
        return "Withdrawn", "default"
    if delivery.known == Known.FETCHED:
        return "Fetched", "success"
    return "Delivered", "success"


def reason(delivery: Delivery, connection: Connection) -> str:
    """Why a delivery is where it is, and what comes next."""
    if not delivery.is_pending:
        return _settled_reason(delivery)
    if connection.deliveries_stopped:
        return f"Deliveries to this partner are stopped: {connection.deliveries_stopped}"
    if not connection.is_connected:
        return (
            f"This partner is {connection.get_state_display().lower()}; it goes out once connected."
        )
    if connection.hold_until is not None and connection.hold_until > timezone.now():
        return f"The partner cannot be reached: {connection.last_error or 'no answer'}"
    if delivery.last_result == DeliveryResult.AMBIGUOUS:
        return f"Unclear whether it arrived: {delivery.last_error} It is sent again as a whole."
    if delivery.last_error:
        return delivery.last_error
    return "Goes out in a moment."


def _settled_reason(delivery: Delivery) -> str:
    if delivery.dead_version <= delivery.sent_version and delivery.known == Known.WITHDRAWN:
        return "The partner may not see it any more and was told that it is gone."
    if delivery.dead_version <= delivery.sent_version and delivery.known == Known.FETCHED:
        return "The partner fetched the current state itself."
    if delivery.dead_version <= delivery.sent_version:
        return "The partner has the current state."
    if delivery.last_error == SKIPPED:
        return "Staff skipped this version; the next change goes out as usual."
    return f"{delivery.last_error or 'The partner refused it.'} The next change is tried as usual."
