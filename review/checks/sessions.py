"""What is set like a check and looks at sessions: how long a CPO has for its CDRs (``review.missing``)."""

from __future__ import annotations

from decimal import Decimal

from review.checks.declaration import Check, Found, Parameter, Unit, Values
from review.checks.facts import Context
from review.choices import Severity

MISSING = "missing"


def _nothing(context: Context, values: Values) -> Found | None:
    """A CDR that is here is not missing."""
    return None


CHECKS = (
    Check(
        MISSING,
        "CDR is missing",
        "A session came to an end, and its CDR has not come within this time, whether or not it costs something.",
        "Ask the partner for its CDRs; if there is none, close it with the reason. See Missing CDRs.",
        _nothing,
        parameters=(
            Parameter(
                "hours",
                "Counts after the end of the session by",
                Unit.HOURS,
                usual=Decimal(48),
                least=Decimal(1),
                most=Decimal(24 * 60),
                explanation="As agreed with the partner; many deliver within a day.",
            ),
        ),
        severity=Severity.NOTE,
        on_cdrs=False,
    ),
)
