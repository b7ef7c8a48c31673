"""The pages of registers."""

from registers.admin import audit, entries, imports, parties, registers

__all__ = ["audit", "entries", "imports", "parties", "registers"]
