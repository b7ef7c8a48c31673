"""Classes of the Tokens module that are the same in several versions."""

from __future__ import annotations

from typing import Annotated, Literal

from ocpi.types import CiString36, OCPIModel, string

AllowedType = Literal["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"]
WhitelistType = Literal["ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"]
ProfileType = Literal["CHEAP", "FAST", "GREEN", "REGULAR"]


class EnergyContract(OCPIModel):
    """OCPI 2.2.1, mod_tokens, EnergyContract."""

    supplier_name: Annotated[str, string(64)]
    contract_id: Annotated[str, string(64)] | None = None


class LocationReferences(OCPIModel):
    """OCPI 2.2.1, mod_tokens, LocationReferences."""

    location_id: CiString36
    evse_uids: list[CiString36] | None = None
