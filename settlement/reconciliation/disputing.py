"""What differs on an invoice becomes disputes about its CDRs, one for each currency."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Coalesce

from parties import events
from review.choices import Direction, ReviewState
from review.disputes import services as disputes
from review.disputes import steps
from review.models import CDRReview, Dispute
from review.services import NotPossible
from settlement.reconciliation.choices import Finding
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.selectors import with_amounts

_DISPUTABLE = (ReviewState.CLEAN, ReviewState.FLAGGED, ReviewState.ACCEPTED)
_BETWEEN = (Direction.PAYABLE, Direction.RECEIVABLE)
DISPUTED_AT_MOST = steps.MOST


def open_disputes(record: InvoiceRecord, *, reason: str, actor: events.Actor) -> list[Dispute]:
    """Open cases about the CDRs that differ, as far as that can be; each claims what the invoice asks too much.

    Call it in a transaction. Raises ``review.services.NotPossible``.
    """
    wrong = record.lines.filter(
        finding__in=[Finding.AMOUNT, Finding.HELD],
        cdr__in=CDRReview.objects.filter(state__in=_DISPUTABLE, direction__in=_BETWEEN).values(
            "pk"
        ),
    ).order_by("position")
    lines = list(
        with_amounts(wrong)
        .annotate(of=F("cdr__currency"), gross=Coalesce("after_tax", "before_tax"))
        .values_list(
            "cdr_id", "of", "amount", "gross" if record.lines_include_tax else "before_tax"
        )[: DISPUTED_AT_MOST + 1]
    )
    if len(lines) > DISPUTED_AT_MOST:
        raise NotPossible(
            f"More than {DISPUTED_AT_MOST} CDRs differ: ask for another invoice instead."
        )
    by_currency: dict[str, dict[int, Decimal | None]] = defaultdict(dict)
    for cdr_id, currency, listed, ours in lines:
        by_currency[currency][cdr_id] = None if listed is None else listed - ours
    return [
        disputes.open_dispute(
            list(claims),
            title=f"Invoice {record}",
            claim=reason,
            claimed={key: claim for key, claim in claims.items() if claim is not None},
            actor=actor,
        )
        for _, claims in sorted(by_currency.items())
    ]
