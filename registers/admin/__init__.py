"""The pages of registers."""

from registers.admin import audit, entries, imports, minted, minting, parties, registers

__all__ = ["audit", "entries", "imports", "minted", "minting", "parties", "registers"]
