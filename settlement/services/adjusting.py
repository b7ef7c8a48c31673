"""Taking off by hand what was agreed in a dispute, where no Credit CDR does it; and taking that back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from parties import events
from review.disputes import services as disputes
from review.models import Dispute
from settlement import months, selectors
from settlement.amounts import EIGHT_DECIMALS, NO_TAX, OUTSIDE, REVERSE_CHARGE, VAT, Rate
from settlement.choices import NO_CURRENCY, EntryKind, TaxTreatment
from settlement.models import Adjustment, Statement
from settlement.reconciliation import following
from settlement.services import ledger
from settlement.services.facts import Series
from settlement.services.placing import Calendar, settle_places
from settlement.services.rows import NotPossible, name_of, record

_HUNDRED = Decimal(100)


class _Place(NamedTuple):
    series: Series
    zone: str


def adjust(
    dispute: Dispute,
    *,
    off: Decimal,
    tax_rate: Decimal,
    reason: str,
    actor: events.Actor,
) -> Adjustment:
    """Take ``off`` (before tax, in the currency of the dispute) off the open statement of the current month.

    ``tax_rate`` is a percentage, zero for no tax; where the terms say that there is none, it does not count. Raises
    :class:`NotPossible`, or that of ``review.services``, for more than is left of what was agreed.
    """
    if not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    treatment = selectors.terms_of(dispute.ours_id, dispute.partner_id).tax
    with transaction.atomic():
        return _book(dispute, off, rate_of(-off, tax_rate, treatment), reason, actor)


def take_back(adjustment: Adjustment, *, reason: str, actor: events.Actor) -> Adjustment:
    """Book the opposite of an adjustment on the open statement of the current month. Raises :class:`NotPossible`."""
    if not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    with transaction.atomic():
        row = Adjustment.objects.select_related("entry", "dispute").get(pk=adjustment.pk)
        rates = [Rate.from_json(one).taken_back() for one in row.entry.rates]
        return _book(row.dispute, row.entry.before_tax, rates[0], reason, actor, takes_back=row)


def rate_of(amount: Decimal, tax_rate: Decimal, treatment: str) -> Rate:
    """An amount before tax with the tax that it has at a percentage, or that terms say."""
    if treatment == TaxTreatment.REVERSE_CHARGE:
        return Rate(REVERSE_CHARGE, None, amount, Decimal(0))
    if treatment == TaxTreatment.OUTSIDE:
        return Rate(OUTSIDE, None, amount, Decimal(0))
    if not tax_rate:
        return Rate(NO_TAX, None, amount, Decimal(0))
    tax = (amount * tax_rate / _HUNDRED).quantize(EIGHT_DECIMALS, ROUND_HALF_UP)
    return Rate(VAT, tax_rate, amount, tax)


def _book(
    dispute: Dispute,
    off: Decimal,
    rate: Rate,
    reason: str,
    actor: events.Actor,
    *,
    takes_back: Adjustment | None = None,
) -> Adjustment:
    # The case first, as those who open it again do, so that nobody waits in a circle.
    Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
    statement = _open_statement(dispute)
    case = disputes.adjust(
        dispute, off, where=f"the statement {statement}", reason=reason, actor=actor
    )
    if takes_back is not None and Adjustment.objects.filter(takes_back=takes_back).exists():
        raise NotPossible("It was taken back already.")
    cdrs = list(case.disputed.values_list("review_id", flat=True)[:2])
    said = f"{case.number}: {reason.strip()}"
    line = ledger.Line(
        statement=statement.pk,
        cdr_id=None,
        kind=EntryKind.ADJUSTMENT,
        late=False,
        ended_at=timezone.now(),
        energy=Decimal(0),
        rates=(rate,),
        country="",
        content_sha256=b"",
        reason=said,
    )
    (key,) = ledger.write([line], [])
    made = Adjustment.objects.create(
        entry_id=key,
        dispute=case,
        cdr_id=cdrs[0] if len(cdrs) == 1 else None,
        takes_back=takes_back,
        by=name_of(actor),
    )
    if made.cdr_id is not None:
        following.adjusted(made.cdr_id)
    what = "taken back" if takes_back is not None else "entered"
    record(statement, "adjusted", f"{statement}: an adjustment was {what}. {said}", actor)
    return made


def _open_statement(dispute: Dispute) -> Statement:
    """The statement that takes what belongs to the current month, made where there is none, and locked."""
    terms = selectors.terms_of(dispute.ours_id, dispute.partner_id)
    series = Series(
        dispute.ours_id, dispute.partner_id, dispute.direction, dispute.currency or NO_CURRENCY
    )
    calendar = Calendar([series])
    month = months.month_of(timezone.now(), months.zone_of(terms.time_zone))
    settle_places(calendar, [(_Place(series, terms.time_zone), month)])
    found = calendar.open_for(series, month)
    if found is None:
        raise NotPossible("There is no open statement.")
    return Statement.objects.select_related("ours", "partner").get(pk=found[0])
