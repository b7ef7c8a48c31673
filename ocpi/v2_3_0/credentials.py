"""Objects of OCPI 2.3.0 edition 2, credentials."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints, model_validator

from ocpi.rules import unique
from ocpi.types import (
    PRINTABLE_WORD,
    URL,
    CountryCode,
    Known,
    NonEmpty,
    OCPIModel,
    OpenEnum,
    PartyCode,
    string,
)
from ocpi.v2_3_0.locations import BusinessDetails

# The table is closed, but it lacks PTP, which the payments module sends, and HUB, which
# platforms of 2.2.1 are: roles are taken as they come.
Role = Annotated[OpenEnum, Known(("CPO", "EMSP", "NAP", "NSP", "OTHER", "SCSP"))]


class CredentialsRole(OCPIModel):
    """CredentialsRole."""

    role: Role
    business_details: BusinessDetails
    party_id: PartyCode
    country_code: CountryCode


class Credentials(OCPIModel):
    """Credentials; the token is raw, `hub_party_id` five characters such as NLHUB."""

    token: Annotated[str, string(64, pattern=PRINTABLE_WORD)]
    url: URL
    hub_party_id: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}[A-Za-z0-9]{3}$")] | None
    ) = None
    roles: Annotated[list[CredentialsRole], NonEmpty]

    @model_validator(mode="after")
    def _roles_are_unique(self) -> Credentials:
        unique("roles", (f"{r.role} {r.country_code}*{r.party_id}" for r in self.roles))
        return self
