"""InvoiceReconciliationRecord of OCPI 2.3.0 edition 2, mod_invoice_reconciliation."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ocpi.types import CiString36, CountryCode, DateTime, OCPIModel, PartyCode, ci_string


class InvoiceReconciliationRecord(OCPIModel):
    """Which CDRs an invoice charges; the amounts are on the invoice, and in the CDRs.

    ``cdrs`` are ids of up to 39 characters, as those of CDRs are, though the table of this module says 36.
    """

    country_code: CountryCode
    party_id: PartyCode
    id: CiString36
    invoice_id: Annotated[str, ci_string(255)]
    cdrs: Annotated[list[Annotated[str, ci_string(39)]], Field(min_length=1)]
    last_updated: DateTime
