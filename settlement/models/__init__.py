"""What is kept about who owes whom."""

from settlement.models.adjustments import Adjustment
from settlement.models.statements import Entry, Numbering, SettlementTerms, Statement, Tally
from settlement.reconciliation.models import (
    InvoiceRecord,
    InvoiceRecordCDR,
    ReconciliationResult,
    ReconciliationSum,
)

__all__ = [
    "Adjustment",
    "Entry",
    "InvoiceRecord",
    "InvoiceRecordCDR",
    "Numbering",
    "ReconciliationResult",
    "ReconciliationSum",
    "SettlementTerms",
    "Statement",
    "Tally",
]
