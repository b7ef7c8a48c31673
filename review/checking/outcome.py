"""What came of checking one CDR."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from review.checks import CDRFacts, Finding
from review.checks.catalogue import FAILED
from review.choices import ReviewState, Severity
from review.pricing import NOT_PRICED, Pricing

TOO_MUCH = Decimal(10) ** 15
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of one CDR: findings, and what we make its price and what it is sold for, before tax."""

    cdr: CDRFacts
    findings: list[Finding] = field(default_factory=list)
    pricing: Pricing = NOT_PRICED
    sold: Decimal | None = None

    @property
    def state(self) -> ReviewState:
        return ReviewState.FLAGGED if self.reasons else ReviewState.CLEAN

    @property
    def reasons(self) -> list[str]:
        """The codes of the checks that hold it up."""
        return [one.code for one in self.findings if one.severity == Severity.HOLD]

    @property
    def at_stake(self) -> Decimal:
        """The largest of what the findings put in question: they are mostly about the same money."""
        held = (one.amount for one in self.findings if one.severity == Severity.HOLD)
        return max((amount for amount in held if amount is not None), default=Decimal(0))

    @property
    def cause(self) -> str:
        return next((one.cause for one in self.findings if one.cause), "")

    @property
    def is_priced(self) -> bool:
        """A credit takes back what was billed, right or wrong; another currency cannot be compared."""
        priced = self.pricing.priced
        return priced is not None and not self.cdr.credit and priced.currency == self.cdr.currency

    @property
    def computed(self) -> Decimal | None:
        return self.pricing.before_taxes if self.is_priced else None

    @property
    def computed_after(self) -> Decimal | None:
        return self.pricing.after_taxes if self.is_priced else None

    def fits(self) -> None:
        """Whether the columns can keep its amounts. Raises ``OverflowError`` where they cannot."""
        for amount in (self.computed, self.computed_after, self.sold, self.at_stake):
            if amount is not None and abs(amount) >= TOO_MUCH:
                raise OverflowError("its price is larger than any amount that can be kept")


def failure(cdr: CDRFacts, problem: Exception) -> Outcome:
    """A CDR that could not be checked, which holds it up like any other finding."""
    log.warning("cdr_not_checked", cdr=cdr.id, error=repr(problem)[:400])
    said = f"{type(problem).__name__}: {problem}"[:300]
    message = f"It could not be checked, and has to be looked at by hand ({said})."
    return Outcome(cdr, [Finding(FAILED, Severity.HOLD, message, abs(cdr.total_cost))])
