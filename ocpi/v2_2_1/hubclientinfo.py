"""ClientInfo of OCPI 2.2.1, mod_hub_client_info."""

from __future__ import annotations

from typing import Literal

from ocpi.types import CountryCode, DateTime, OCPIModel, PartyCode
from ocpi.v2_2_1.credentials import Role

ConnectionStatus = Literal["CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED"]


class ClientInfo(OCPIModel):
    """A party behind a hub, in one role, and whether it can be reached."""

    party_id: PartyCode
    country_code: CountryCode
    role: Role
    status: ConnectionStatus
    last_updated: DateTime
