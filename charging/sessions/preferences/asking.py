"""Sending charging preferences to the system of a CPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charging.models import Session
from charging.sessions.preferences.words import ANSWERS
from charging.sessions.services import MODULE
from exchange import egress
from ocpi import convert
from ocpi.errors import ConnectionProblem, ForwardedRequestTimeout, HubError, OCPIError
from ocpi.failures import FailureKind
from ocpi.headers import RoutingHeaders
from ocpi.responses import OCPIResponse
from ocpi.urls import join
from ocpi.versions import WITHOUT_ROUTING, InterfaceRole
from parties import services as parties
from parties.models import Connection

SECONDS = 10.0
"""For how long a CPO may take: a driver is looking at a screen."""


def system_of(session: Session, *, environment: str = "") -> Connection | None:
    """The connection of the CPO that takes preferences; 2.1.1 knows none."""
    found = parties.running_connection(
        session.owner, MODULE, InterfaceRole.SENDER, environment=environment
    )
    return found if found is not None and found.version not in WITHOUT_ROUTING else None


def ask(
    session: Session,
    connection: Connection,
    preferences: Mapping[str, Any],
    *,
    correlation_id: str | None = None,
) -> str:
    """PUT canonical preferences to the CPO and return its answer, a ChargingPreferencesResponse.

    Never call it in a transaction. Raises what the CPO answers otherwise: its refusal as it is, 4002 when it takes
    too long, 4003 when it cannot be reached, 4000 for an answer that is none.
    """
    body = convert.from_canonical(
        connection.version, "charging_preferences", dict(preferences)
    ).document
    address = connection.endpoint_url(MODULE, InterfaceRole.SENDER) or ""
    with egress.client(
        connection,
        total_deadline=SECONDS,
        max_bytes=egress.PUSH_LIMIT_BYTES,
        correlation_id=correlation_id,
    ) as client:
        response = client.request(
            "PUT",
            join(address, session.session_id, "charging_preferences"),
            module=MODULE,
            reference=session.reference,
            data=body,
            routing=RoutingHeaders(to=session.owner.identity, from_=session.emsp.identity),
        )
    return _understood(connection, response)


def _understood(connection: Connection, response: OCPIResponse) -> str:
    name = connection.name
    if response.failure is FailureKind.TIMEOUT:
        raise ForwardedRequestTimeout(f"{name} did not answer in time.")
    if response.failure is not None:
        raise ConnectionProblem(f"{name} cannot be reached: {response.diagnosis}")
    if response.ok:
        answer = response.data.upper() if isinstance(response.data, str) else ""
        if answer in ANSWERS:
            return answer
        raise HubError(f"{name} did not answer with a ChargingPreferencesResponse.")
    code = response.status_code
    if code is not None and 2000 <= code < 3000:
        http_status = 404 if response.http_status == 404 else 200
        raise OCPIError(_message(response), status_code=code, http_status=http_status)
    raise HubError(f"{name} could not take them: {response.diagnosis}")


def _message(response: OCPIResponse) -> str:
    said = response.envelope.status_message if response.envelope else None
    return said or response.diagnosis
