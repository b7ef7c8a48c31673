"""Objects and classes of OCPI 2.1.1, mod_tokens: a Token names no owner, the address does."""

from __future__ import annotations

from typing import Annotated, Literal

from ocpi.token_classes import AllowedType, WhitelistType
from ocpi.types import LANGUAGE, DateTime, DisplayText, OCPIModel, string
from ocpi.v2_1_1.locations import Identifier36, Identifier39

TokenType = Literal["OTHER", "RFID"]


class Token(OCPIModel):
    """Token; `auth_id` is what later versions call `contract_id`."""

    uid: Identifier36
    type: TokenType
    auth_id: Identifier36
    visual_number: Annotated[str, string(64)] | None = None
    issuer: Annotated[str, string(64)]
    valid: bool
    whitelist: WhitelistType
    language: Annotated[str, string(2, pattern=LANGUAGE)] | None = None
    last_updated: DateTime


class LocationReferences(OCPIModel):
    """LocationReferences; connectors are named too, whichever EVSE they belong to."""

    location_id: Identifier39
    evse_uids: list[Identifier39] | None = None
    connector_ids: list[Identifier36] | None = None


class AuthorizationInfo(OCPIModel):
    """AuthorizationInfo; without the Token and without a reference."""

    allowed: AllowedType
    location: LocationReferences | None = None
    info: DisplayText | None = None
