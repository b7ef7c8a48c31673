"""Staff pages about money owed: statements, what is on them, terms, and invoices."""

from settlement.admin.entry import EntryAdmin
from settlement.admin.statement import StatementAdmin
from settlement.admin.terms import SettlementTermsAdmin
from settlement.reconciliation.admin import InvoiceRecordAdmin, InvoiceRecordCDRAdmin

__all__ = [
    "EntryAdmin",
    "InvoiceRecordAdmin",
    "InvoiceRecordCDRAdmin",
    "SettlementTermsAdmin",
    "StatementAdmin",
]
