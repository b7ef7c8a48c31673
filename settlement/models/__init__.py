"""What is kept about who owes whom."""

from settlement.models.statements import Entry, SettlementTerms, Statement, Tally
from settlement.reconciliation.models import (
    InvoiceRecord,
    InvoiceRecordCDR,
    ReconciliationResult,
    ReconciliationSum,
)

__all__ = [
    "Entry",
    "InvoiceRecord",
    "InvoiceRecordCDR",
    "ReconciliationResult",
    "ReconciliationSum",
    "SettlementTerms",
    "Statement",
    "Tally",
]
