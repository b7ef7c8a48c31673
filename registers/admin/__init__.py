"""The pages of registers."""

from registers.admin import (
    applications,
    codes,
    entries,
    imports,
    organisations,
    parties,
    registers,
    rules,
)

__all__ = [
    "applications",
    "codes",
    "entries",
    "imports",
    "organisations",
    "parties",
    "registers",
    "rules",
]
