"""The checks of CDRs: what each means, what it can be tuned by, and how it looks at one CDR."""

from review.checks.declaration import (
    Check,
    Choice,
    Finding,
    Found,
    NotAllowed,
    Parameter,
    Unit,
    Values,
)
from review.checks.facts import (
    Adjusted,
    Awaits,
    CDRFacts,
    Connector,
    Context,
    KnownKey,
    OtherCDR,
    SessionFacts,
    TokenFacts,
)

__all__ = [
    "Adjusted",
    "Awaits",
    "CDRFacts",
    "Check",
    "Choice",
    "Connector",
    "Context",
    "Finding",
    "Found",
    "KnownKey",
    "NotAllowed",
    "OtherCDR",
    "Parameter",
    "SessionFacts",
    "TokenFacts",
    "Unit",
    "Values",
]
