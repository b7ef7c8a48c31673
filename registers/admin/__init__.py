"""The pages of registers."""

from registers.admin import (
    applications,
    audit,
    codes,
    entries,
    imports,
    minted,
    minting,
    organisations,
    parties,
    registers,
    rules,
)

__all__ = [
    "applications",
    "audit",
    "codes",
    "entries",
    "imports",
    "minted",
    "minting",
    "organisations",
    "parties",
    "registers",
    "rules",
]
