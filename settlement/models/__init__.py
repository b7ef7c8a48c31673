"""What is kept about who owes whom."""

from settlement.models.statements import Entry, SettlementTerms, Statement, Tally

__all__ = ["Entry", "SettlementTerms", "Statement", "Tally"]
