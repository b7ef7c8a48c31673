"""The staff pages of invoices."""

from settlement.reconciliation.admin.invoice import InvoiceRecordAdmin
from settlement.reconciliation.admin.lines import InvoiceRecordCDRAdmin

__all__ = ["InvoiceRecordAdmin", "InvoiceRecordCDRAdmin"]
