from settlement.reconciliation.admin import InvoiceRecordAdmin, InvoiceRecordCDRAdmin

__all__ = ["InvoiceRecordAdmin", "InvoiceRecordCDRAdmin"]
