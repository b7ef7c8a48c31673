"""What is kept of registers of party IDs."""

from registers.audit.models import AuditFinding, AuditRun
from registers.models.observed import (
    Register,
    RegisterChange,
    RegisterEntry,
    RegisterFault,
    RegisterImport,
)
from registers.running.models import (
    Application,
    CodeClaim,
    CodeEvent,
    IssuedCode,
    Organisation,
    OrganisationContact,
    RegisterRules,
    Submission,
)

__all__ = [
    "Application",
    "AuditFinding",
    "AuditRun",
    "CodeClaim",
    "CodeEvent",
    "IssuedCode",
    "Organisation",
    "OrganisationContact",
    "Register",
    "RegisterChange",
    "RegisterEntry",
    "RegisterFault",
    "RegisterImport",
    "RegisterRules",
    "Submission",
]
