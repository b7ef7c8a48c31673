"""Objects and classes of OCPI 2.1.1, mod_commands: the result has the form of the direct answer."""

from __future__ import annotations

from typing import Literal

from ocpi.types import URL, DateTime, OCPIModel
from ocpi.v2_1_1.locations import Identifier36, Identifier39
from ocpi.v2_1_1.tokens import Token

CommandResponseType = Literal["NOT_SUPPORTED", "REJECTED", "ACCEPTED", "TIMEOUT", "UNKNOWN_SESSION"]


class CommandResponse(OCPIModel):
    """CommandResponse, of the CPO at once and of the Charge Point later."""

    result: CommandResponseType


class StartSession(OCPIModel):
    """StartSession; it cannot name a connector."""

    response_url: URL
    token: Token
    location_id: Identifier39
    evse_uid: Identifier39 | None = None


class ReserveNow(OCPIModel):
    """ReserveNow; `reservation_id` is a number."""

    response_url: URL
    token: Token
    expiry_date: DateTime
    reservation_id: int
    location_id: Identifier39
    evse_uid: Identifier39 | None = None


class StopSession(OCPIModel):
    """StopSession."""

    response_url: URL
    session_id: Identifier36


class UnlockConnector(OCPIModel):
    """UnlockConnector."""

    response_url: URL
    location_id: Identifier39
    evse_uid: Identifier39
    connector_id: Identifier36
