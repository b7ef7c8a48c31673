"""What cells about money hold, and links to the queue of reviews."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from parties.models import Party
from review.admin import desk_cells
from review.choices import ReviewState
from review.models import CDRReview
from review.words import amount as rounded
from settlement import words
from settlement.choices import NO_CURRENCY
from settlement.models import Entry, Statement
from settlement.selectors import NotOnIt
from staff import fragments
from staff.links import list_url, page_url


def money(amount: Decimal | None, currency: str) -> SafeString:
    """An amount, rounded as its currency is; the tooltip has every digit."""
    return desk_cells.money(amount, "" if currency == NO_CURRENCY else currency)


def about(entry: Entry) -> SafeString:
    """A link to what an entry is about: its CDR, or of an adjustment the dispute."""
    if entry.cdr is not None:
        return fragments.link(page_url(entry.cdr), entry.cdr)
    case = entry.adjustment.dispute
    return fragments.link(page_url(case), case.number)


def company(party: Party) -> str:
    """``Example Mobility (DE*XYZ)``."""
    return f"{party.name} ({party.identity})" if party.name else str(party.identity)


def queue_url(statement: Statement, state: str) -> str:
    """The reviews of a statement's month in one state; empty where there is no such list."""
    filters: dict[str, object] = {
        "state": state,
        "partner__id__exact": statement.partner_id,
        "direction__exact": statement.direction,
        "month": f"{statement.month:%Y-%m}",
    }
    if statement.currency != NO_CURRENCY:
        filters["currency"] = statement.currency
    return list_url(CDRReview, **filters)


def left_out(statement: Statement, rows: Iterable[NotOnIt], *, linked: bool) -> SafeString:
    """What is not on a statement, each with its amount and the way there."""
    parts = []
    for row in rows:
        if row.corrected:
            continue
        text = f"{words.count(row.cdrs)} {_STATES[row.state]}"
        url = queue_url(statement, row.state) if linked else ""
        said = fragments.link(url, text) if url else text
        parts.append((said, rounded(row.amount, statement.currency).shown))
    return format_html_join("", '<span class="left-out">{} <small>{}</small></span>', parts)


_STATES = {
    ReviewState.WAITING.value: "not checked yet",
    ReviewState.FLAGGED.value: "to review",
    ReviewState.DISPUTED.value: "disputed",
    ReviewState.DROPPED.value: "dropped",
}
