"""What is kept of registers of party IDs."""

from registers.audit.models import AuditFinding, AuditRun
from registers.minting.models import IdPattern, MintedId
from registers.models.observed import (
    Register,
    RegisterChange,
    RegisterEntry,
    RegisterFault,
    RegisterImport,
)

__all__ = [
    "AuditFinding",
    "AuditRun",
    "IdPattern",
    "MintedId",
    "Register",
    "RegisterChange",
    "RegisterEntry",
    "RegisterFault",
    "RegisterImport",
]
