"""What is kept of registers of party IDs."""

from registers.audit.models import AuditFinding, AuditRun
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
    "Register",
    "RegisterChange",
    "RegisterEntry",
    "RegisterFault",
    "RegisterImport",
]
