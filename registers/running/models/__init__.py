"""What is kept of a register that is run here."""

from registers.running.models.applications import Application, Submission
from registers.running.models.codes import CodeClaim, CodeEvent, IssuedCode
from registers.running.models.mails import ApplicationMail
from registers.running.models.organisations import Organisation, OrganisationContact
from registers.running.models.rules import RegisterRules
from registers.running.models.takeovers import TakeOver

__all__ = [
    "Application",
    "ApplicationMail",
    "CodeClaim",
    "CodeEvent",
    "IssuedCode",
    "Organisation",
    "OrganisationContact",
    "RegisterRules",
    "Submission",
    "TakeOver",
]
