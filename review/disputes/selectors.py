"""Reading disputes: which are where, and those of a CDR."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from review.choices import DisputeState
from review.models import Dispute, DisputedCDR

COUNT_LIMIT = 1000


def overdue() -> Q:
    """Those whose partner had until now to answer, and did not."""
    return Q(state=DisputeState.OPEN, deadline__lt=timezone.now())


def for_us() -> Q:
    """Those where it is our turn: not told yet, or answered."""
    return Q(state__in=[DisputeState.DRAFT, DisputeState.ANSWERED])


def running() -> Q:
    return ~Q(state=DisputeState.CLOSED)


def is_overdue(dispute: Dispute) -> bool:
    return bool(
        dispute.state == DisputeState.OPEN
        and dispute.deadline
        and dispute.deadline < timezone.now()
    )


def counted(condition: Q) -> str:
    """How many there are, as text; a look at a thousand at most, empty for none."""
    rows = Dispute.objects.filter(condition).order_by()
    number = len(rows.values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    return f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else str(number or "")


def of_cdr(cdr: int) -> QuerySet[DisputedCDR]:
    """The cases about a CDR (primary key), and those that its Credit CDR settled; the newest first."""
    rows = DisputedCDR.objects.filter(Q(review=cdr) | Q(credit=cdr))
    return rows.select_related("dispute__partner").order_by("-dispute")


def named(term: str) -> Q:
    """Cases by what people know of them: the number, words of the title, their reference, the ID of a CDR."""
    digits = term.upper().removeprefix("D-")
    found = Q(title__icontains=term) | Q(partner_reference__iexact=term)
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        found |= Q(pk=int(digits))
    of_cdr = DisputedCDR.objects.filter(review__cdr__cdr_key=term.upper())
    return found | Q(pk__in=of_cdr.values("dispute"))
