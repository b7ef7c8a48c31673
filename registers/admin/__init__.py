"""The pages of registers."""

from registers.admin import entries, imports, parties, registers

__all__ = ["entries", "imports", "parties", "registers"]
