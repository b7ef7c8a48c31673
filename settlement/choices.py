"""Choices with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models

NO_CURRENCY = "XXX"
"""What ISO 4217 calls no currency, for CDRs that do not name one."""


class Billing(models.TextChoices):
    """Who writes the invoice (OCPI 2.3.0, mod_invoice_reconciliation, flow and lifecycle)."""

    DIRECT = "direct", "Direct: who delivered the charging sends the invoice"
    REVERSE = "reverse", "Reverse: who consumed it sends a self-billed invoice"


class TaxTreatment(models.TextChoices):
    AS_STATED = "as_stated", "Tax as the CDRs state it"
    REVERSE_CHARGE = "reverse_charge", "No tax: reverse charge, the recipient owes it"
    OUTSIDE = "outside", "No tax: outside its scope"


class StatementState(models.TextChoices):
    """The life of a statement; only an ``OPEN`` one takes CDRs."""

    OPEN = "open", "Open"
    DRAFT = "draft", "Closed, waits for approval"
    APPROVED = "approved", "Approved"
    LOCKED = "locked", "Locked"


class EntryKind(models.TextChoices):
    CHARGE = "charge", "Charge"
    CREDIT = "credit", "Credit CDR"
    CORRECTION = "correction", "Correction of a locked statement"
    ADJUSTMENT = "adjustment", "Adjustment by hand"


BADGES: dict[str, str] = {
    StatementState.OPEN: "default",
    StatementState.DRAFT: "warning",
    StatementState.APPROVED: "info",
    StatementState.LOCKED: "success",
}
