"""Reading reviews: how many there are, and what else is here about the same charge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from cdrs.models import CDR
from review.models import CDRReview

COUNT_LIMIT = 1000
OTHERS_SHOWN = 10


def capped_count(rows: QuerySet[Any], limit: int = COUNT_LIMIT) -> int:
    """How many ``rows`` there are, but not more than ``limit`` + 1: that means more than ``limit``."""
    return rows.order_by().values("pk")[: limit + 1].count()


def count_words(number: int, limit: int = COUNT_LIMIT) -> str:
    """What :func:`capped_count` returned: ``12``, ``1000+``."""
    return f"{limit}+" if number > limit else str(number)


class Other(NamedTuple):
    """Another CDR about the same charge or time: what they have in common, in words."""

    cdr: CDR
    common: Sequence[str]


def others(cdr: CDR) -> list[Other]:
    """CDRs of the same CPO that name the same session, or whose token or EVSE was charging at the same time.

    Credits are left out, as the page of a CDR shows them. At most three look-ups, each by an index.
    """
    common: dict[int, list[str]] = {}
    found: dict[int, CDR] = {}
    rows = CDR.objects.exclude(pk=cdr.pk).filter(credit=False).defer("document")
    meanwhile = Q(start_date_time__lt=cdr.end_date_time, end_date_time__gt=cdr.start_date_time)
    look: list[tuple[str, QuerySet[CDR]]] = []
    if cdr.session_key:
        same = rows.filter(owner=cdr.owner_id, session_key=cdr.session_key)
        look.append(("the same session", same))
    if cdr.token_key and cdr.forgotten_at is None:
        same = rows.filter(meanwhile, token_key=cdr.token_key, emsp=cdr.emsp_id)
        look.append(("the same token at the same time", same))
    if cdr.location_key and cdr.evse_key:
        same = rows.filter(
            meanwhile, owner=cdr.owner_id, location_key=cdr.location_key, evse_key=cdr.evse_key
        )
        look.append(("the same EVSE at the same time", same))
    for words, same in look:
        for row in same.select_related("owner", "emsp", "review").order_by("pk")[:OTHERS_SHOWN]:
            found[row.pk] = row
            common.setdefault(row.pk, []).append(words)
    return [Other(found[key], common[key]) for key in sorted(found)][:OTHERS_SHOWN]


def shown(pks: Sequence[int]) -> list[CDRReview]:
    """Reviews with their CDRs, in the order of ``pks``."""
    rows = CDRReview.objects.select_related("cdr", "partner").defer("cdr__document").in_bulk(pks)
    return [rows[key] for key in pks if key in rows]
