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
from registers.running.models import (
    Application,
    ApplicationMail,
    CodeClaim,
    CodeEvent,
    IssuedCode,
    Organisation,
    OrganisationContact,
    RegisterRules,
    Submission,
    TakeOver,
)

__all__ = [
    "Application",
    "ApplicationMail",
    "AuditFinding",
    "AuditRun",
    "CodeClaim",
    "CodeEvent",
    "IdPattern",
    "IssuedCode",
    "MintedId",
    "Organisation",
    "OrganisationContact",
    "Register",
    "RegisterChange",
    "RegisterEntry",
    "RegisterFault",
    "RegisterImport",
    "RegisterRules",
    "Submission",
    "TakeOver",
]
