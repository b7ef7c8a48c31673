"""Objects of OCPI 2.2.1, credentials."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from ocpi.rules import unique
from ocpi.types import PRINTABLE_WORD, URL, CountryCode, NonEmpty, OCPIModel, PartyCode, string
from ocpi.v2_2_1.locations import BusinessDetails

Role = Literal["CPO", "EMSP", "HUB", "NAP", "NSP", "OTHER", "SCSP"]


class CredentialsRole(OCPIModel):
    """CredentialsRole."""

    role: Role
    business_details: BusinessDetails
    party_id: PartyCode
    country_code: CountryCode


class Credentials(OCPIModel):
    """Credentials; the token is raw, not Base64."""

    token: Annotated[str, string(64, pattern=PRINTABLE_WORD)]
    url: URL
    roles: Annotated[list[CredentialsRole], NonEmpty]

    @model_validator(mode="after")
    def _roles_are_unique(self) -> Credentials:
        unique("roles", (f"{r.role} {r.country_code}*{r.party_id}" for r in self.roles))
        return self
