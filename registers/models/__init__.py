"""What is kept of registers of party IDs."""

from registers.models.observed import (
    Register,
    RegisterChange,
    RegisterEntry,
    RegisterFault,
    RegisterImport,
)

__all__ = ["Register", "RegisterChange", "RegisterEntry", "RegisterFault", "RegisterImport"]
