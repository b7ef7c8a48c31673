"""Objects and classes of OCPI 2.2.1, mod_commands."""

from __future__ import annotations

from ocpi.command_classes import (
    CancelReservation,
    CommandResponse,
    CommandResult,
    StartSessionBase,
    StopSession,
    UnlockConnector,
)
from ocpi.types import URL, CiString36, DateTime, OCPIModel
from ocpi.v2_2_1.tokens import Token

__all__ = [
    "CancelReservation",
    "CommandResponse",
    "CommandResult",
    "ReserveNow",
    "StartSession",
    "StopSession",
    "UnlockConnector",
]


class StartSession(StartSessionBase):
    """StartSession; the Token need not be known to the CPO."""

    response_url: URL
    token: Token
    location_id: CiString36
    authorization_reference: CiString36 | None = None


class ReserveNow(OCPIModel):
    """ReserveNow; the same `reservation_id` at the same Location again replaces the reservation."""

    response_url: URL
    token: Token
    expiry_date: DateTime
    reservation_id: CiString36
    location_id: CiString36
    evse_uid: CiString36 | None = None
    authorization_reference: CiString36 | None = None
