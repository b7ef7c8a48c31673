"""Classes of the Commands module that are the same in several versions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ocpi.types import URL, CiString36, DisplayText, OCPIModel

CommandResponseType = Literal["NOT_SUPPORTED", "REJECTED", "ACCEPTED", "UNKNOWN_SESSION"]
CommandResultType = Literal[
    "ACCEPTED",
    "CANCELED_RESERVATION",
    "EVSE_OCCUPIED",
    "EVSE_INOPERATIVE",
    "FAILED",
    "NOT_SUPPORTED",
    "REJECTED",
    "TIMEOUT",
    "UNKNOWN_RESERVATION",
]


class CommandResponse(OCPIModel):
    """OCPI 2.2.1, mod_commands, CommandResponse: the direct answer; `timeout` in seconds."""

    result: CommandResponseType
    timeout: Annotated[int, Field(ge=0)]
    message: list[DisplayText] | None = None


class CommandResult(OCPIModel):
    """OCPI 2.2.1, mod_commands, CommandResult: what came of it, later."""

    result: CommandResultType
    message: list[DisplayText] | None = None


class StartSessionBase(OCPIModel):
    """What StartSession is checked for beyond its fields."""

    evse_uid: CiString36 | None = None
    connector_id: CiString36 | None = None

    @model_validator(mode="after")
    def _connector_of_an_evse(self) -> StartSessionBase:
        if self.connector_id and not self.evse_uid:
            raise PydanticCustomError(
                "evse_missing", "Needed when connector_id is given", {"field": "evse_uid"}
            )
        return self


class StopSession(OCPIModel):
    """OCPI 2.2.1, mod_commands, StopSession."""

    response_url: URL
    session_id: CiString36


class CancelReservation(OCPIModel):
    """OCPI 2.2.1, mod_commands, CancelReservation."""

    response_url: URL
    reservation_id: CiString36


class UnlockConnector(OCPIModel):
    """OCPI 2.2.1, mod_commands, UnlockConnector."""

    response_url: URL
    location_id: CiString36
    evse_uid: CiString36
    connector_id: CiString36
