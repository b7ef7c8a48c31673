"""Objects of OCPI 2.1.1, credentials: one party, and no role."""

from __future__ import annotations

from typing import Annotated

from ocpi.types import PRINTABLE_WORD, URL, CountryCode, OCPIModel, PartyCode, string
from ocpi.v2_1_1.locations import BusinessDetails


class Credentials(OCPIModel):
    """Credentials; the token is sent as it is, in the Authorization header too."""

    token: Annotated[str, string(64, pattern=PRINTABLE_WORD)]
    url: URL
    business_details: BusinessDetails
    party_id: PartyCode
    country_code: CountryCode
