"""Which CDRs an invoice charges, and whether that is right (OCPI 2.3.0, mod_invoice_reconciliation)."""
