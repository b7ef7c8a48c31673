"""Objects and classes of OCPI 2.2.1, mod_tokens."""

from __future__ import annotations

from typing import Annotated

from ocpi.token_classes import (
    AllowedType,
    EnergyContract,
    LocationReferences,
    ProfileType,
    WhitelistType,
)
from ocpi.types import (
    LANGUAGE,
    CiString36,
    CountryCode,
    DateTime,
    DisplayText,
    OCPIModel,
    PartyCode,
    string,
)
from ocpi.v2_2_1.locations import TokenType

__all__ = [
    "AllowedType",
    "AuthorizationInfo",
    "EnergyContract",
    "LocationReferences",
    "ProfileType",
    "Token",
    "TokenType",
    "WhitelistType",
]


class Token(OCPIModel):
    """Token; `uid` and `type` together are unique per eMSP."""

    country_code: CountryCode
    party_id: PartyCode
    uid: CiString36
    type: TokenType
    contract_id: CiString36
    visual_number: Annotated[str, string(64)] | None = None
    issuer: Annotated[str, string(64)]
    group_id: CiString36 | None = None
    valid: bool
    whitelist: WhitelistType
    language: Annotated[str, string(2, pattern=LANGUAGE)] | None = None
    default_profile_type: ProfileType | None = None
    energy_contract: EnergyContract | None = None
    last_updated: DateTime


class AuthorizationInfo(OCPIModel):
    """AuthorizationInfo."""

    allowed: AllowedType
    token: Token
    location: LocationReferences | None = None
    authorization_reference: CiString36 | None = None
    info: DisplayText | None = None
