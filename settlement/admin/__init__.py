"""Staff pages about money owed: statements, what is on them, and terms."""

from settlement.admin.entry import EntryAdmin
from settlement.admin.statement import StatementAdmin
from settlement.admin.terms import SettlementTermsAdmin

__all__ = ["EntryAdmin", "SettlementTermsAdmin", "StatementAdmin"]
