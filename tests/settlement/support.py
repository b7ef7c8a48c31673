"""What tests of statements start from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from cdrs.models import CDR
from review import services
from review.choices import Action, ReviewState
from review.models import CDRReview
from review.services import deciding
from settlement.models import Entry, Statement, Tally
from tests import builders
from tests.cdrs.support import hold

TAXED = {"before_taxes": 2.5, "taxes": [{"name": "VAT", "percentage": 21, "amount": 0.525}]}


def settled(*documents: dict[str, Any]) -> list[CDR]:
    """CDRs of ours of which the checks found nothing; a partner's eMSP pays."""
    hold(*documents)
    found_clean()
    return list(CDR.objects.order_by("id"))


@transaction.atomic
def found_clean() -> None:
    """Every CDR that waits for the checks was found clean."""
    waiting = CDRReview.objects.select_for_update().filter(state=ReviewState.WAITING)
    deciding.move(
        list(waiting.order_by("pk")), Action.CHECK, ReviewState.CLEAN, reason="", actor="checks"
    )


def charge(
    identifier: str = "C1", end: str = "2026-01-15T11:00:00Z", **fields: Any
) -> dict[str, Any]:
    """A CDR that ended at a time, for 2.50 EUR and 21 % of VAT."""
    given = {"total_cost": TAXED, "start_date_time": "2026-01-01T10:00:00Z", **fields}
    return builders.cdr(identifier, end_date_time=end, **given)


def decide(action: str, cdr: CDR, reason: str = "Agreed by phone") -> None:
    """``accept``, ``drop``, ``dispute`` or ``reopen`` the review of a CDR."""
    getattr(services, action)([cdr.pk], reason=reason, actor="ada")


def amounts(statement: Statement) -> tuple[int, str, str]:
    """CDRs, before tax and tax, as the tallies say."""
    rows = Tally.objects.filter(statement=statement)
    return (
        sum(row.cdrs for row in rows),
        str(sum((row.before_tax for row in rows), Decimal(0)).normalize()),
        str(sum((row.tax for row in rows), Decimal(0)).normalize()),
    )


def lines(statement: Statement) -> list[tuple[str, str, str]]:
    """The entries of a statement: CDR, kind and amount before tax."""
    return [
        (entry.cdr.cdr_id if entry.cdr else "", entry.kind, f"{entry.before_tax.normalize():f}")
        for entry in Entry.objects.filter(statement=statement).select_related("cdr").order_by("id")
    ]


def review_of(cdr: CDR) -> CDRReview:
    return CDRReview.objects.get(pk=cdr.pk)
