"""What the cells of the desk hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from review import words
from review.models import CDRReview
from staff import badges, fragments


def money(number: Decimal | None, currency: str, *, signed: bool = False) -> SafeString:
    """An amount, rounded as its currency is; the tooltip has every digit."""
    said = words.amount(number, currency, signed=signed)
    if not said.shown:
        return fragments.number("")
    return format_html('<span class="number" title="{}">{}</span>', said.exact, said.shown)


def reasons(review: CDRReview) -> SafeString:
    """A badge per check that holds it up; the tooltip has what the check said."""
    said = {str(one.get("code")): str(one.get("message") or "") for one in review.findings}
    return joined(
        badges.label_badge(words.reason(code), "warning", title=said.get(code, ""))
        for code in review.reasons
    )


def joined(pieces: Iterable[SafeString]) -> SafeString:
    """Pieces of HTML with a space between them."""
    return format_html_join(" ", "{}", ((piece,) for piece in pieces))
