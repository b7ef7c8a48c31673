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
    take_overs,
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
    "take_overs",
]
