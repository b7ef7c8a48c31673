"""What is kept about who owes whom."""

from settlement.models.statements import Entry, Numbering, SettlementTerms, Statement, Tally

__all__ = ["Entry", "Numbering", "SettlementTerms", "Statement", "Tally"]
