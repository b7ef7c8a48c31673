"""What the page of a review shows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest

from cdrs import related, selectors
from cdrs import words as charges
from cdrs.admin.sections import CDR_PAGE
from cdrs.models import CDR
from charging.charts import power
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from ocpi.tariff_table import price_table
from parties.models import Event
from review import words
from review.admin import desk, desk_decide, desk_queue, desk_section, findings_section
from review.admin.desk_cells import joined, money, reasons
from review.breakdown import Breakdown, Part, break_down
from review.checks.catalogue import BY_CODE
from review.choices import BADGES, Direction, ReviewState, Severity
from review.models import CDRReview
from review.pricing import Source
from review.selectors import Other, others
from staff import badges, fragments
from staff.links import charge_url, list_url, page_url
from tariffs.pricing import RULE_SET_LABELS, Line
from tariffs.pricing.words import note, passages, quantity

DECISIONS_SHOWN = 20
OWN = frozenset({desk_section.SECTION.template, findings_section.SECTION.template})
"""The sections of a CDR's page that this page says itself."""
LINE_WORDS = {
    "ENERGY": "Energy",
    "FLAT": "Flat fee",
    "TIME": "Time",
    "PARKING_TIME": "Parking",
}


def context(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, review: CDRReview
) -> dict[str, Any]:
    """Everything about one review, for its template."""
    cdr = review.cdr
    document = selectors.document_of(cdr.pk)
    found = related.related_to(cdr)
    zone = related.zone_of(document, found.location)
    broken = break_down(review, document)
    queue = desk_queue.counted(desk_queue.of_request(model_admin, request))
    return {
        "review": review,
        "cdr": cdr,
        "lead": words.lead(review),
        "state": badges.badge(review.state, ReviewState, BADGES),
        "reasons": reasons(review),
        "meaning": words.STATE_MEANINGS[review.state],
        "direction": Direction(review.direction).label,
        "partner": owner_words(review.partner) if review.partner else "",
        "buttons": desk_decide.buttons(request, review, queue),
        "findings": [_finding(one, review.currency) for one in words.findings(review)],
        "price": _price(review, broken, zone),
        "tariffs": _tariffs(cdr, broken),
        "place": document.get("cdr_location") or {},
        "start": charges.local(cdr.start_date_time, zone),
        "end": charges.local(cdr.end_date_time, zone),
        "duration": charges.duration(cdr.duration),
        "energy": charges.energy(cdr.energy),
        "own_cost": money(cdr.total_cost, cdr.currency),
        "keys": desk_decide.keys(request),
        "periods": len(power.periods_of(document)),
        "related": found,
        "related_urls": {
            name: page_url(row) for name, row in found._asdict().items() if row is not None
        },
        "margin": _margin(review),
        "others": [_other(one, cdr) for one in others(cdr)],
        "sections": [
            one for one in CDR_PAGE.shown(request, cdr, document) if one["template"] not in OWN
        ],
        "decisions": [
            (one, money(one.amount, one.currency or review.currency))
            for one in review.decisions.order_by("-id")[:DECISIONS_SHOWN]
        ],
        "events": Event.objects.filter(subject=cdr.reference)[:10],
        "cdr_url": page_url(cdr),
        "charge_url": charge_url("cdr", cdr.pk),
        "exchanges_url": list_url(Exchange, q=cdr.reference),
        "queue": _queue(queue, review),
    }


def _finding(one: Mapping[str, Any], currency: str) -> dict[str, Any]:
    check = BY_CODE.get(str(one.get("code")))
    amount = one.get("amount")
    return {
        "title": words.reason(str(one.get("code"))),
        "message": " ".join([str(one.get("message") or ""), *_more(one)]),
        "amount": money(Decimal(str(amount)), currency) if amount is not None else "",
        "advice": check.advice if check else "",
        "holds": one.get("severity") == Severity.HOLD,
    }


def _more(one: Mapping[str, Any]) -> list[str]:
    """What a check found beside its first sentence."""
    said = (one.get("detail") or {}).get("all") or []
    return [str(line) for line in said[1:]]


def _price(review: CDRReview, broken: Breakdown, zone: ZoneInfo | None) -> dict[str, Any]:
    """The parts side by side, where our price comes from, and how it comes about."""
    found, trace = broken.pricing, broken.trace
    is_other_currency = found.priced is not None and found.priced.currency != review.currency
    return {
        "parts": [_part(one, review.currency) for one in broken.parts],
        "cause": words.cause(review.cause),
        "source": Source(found.source).label if found.source else "",
        "reading": RULE_SET_LABELS.get(found.rule_set, found.rule_set),
        "why_not": found.why_not
        or ("Its tariff is in another currency than the CDR." if is_other_currency else ""),
        "passages": passages(trace) if trace else (),
        "lines": [_line(one, review.currency, zone) for one in trace.priced.lines] if trace else [],
        "doubts": [note(code) for code in found.charge.doubts] if found.charge else [],
        "changed": review.computed is not None
        and trace is not None
        and found.before_taxes is not None
        and abs(found.before_taxes - review.computed) > Decimal("0.00000001"),
    }


def _line(line: Line, currency: str, zone: ZoneInfo | None) -> dict[str, Any]:
    """What one period costs in one dimension: as stated in the CDR, as it is billed, and for how much."""
    unit = line.unit
    return {
        "from": f"{line.start.astimezone(zone):%d %b %H:%M}",
        "what": LINE_WORDS.get(line.dimension, line.dimension),
        "stated": quantity(line.quantity - line.added, unit) if unit else "",
        "billed": quantity(line.quantity, unit) if unit else "",
        "price": money(line.unit_price, currency),
        "per": {"kWh": " per kWh", "h": " per hour"}.get(unit, ""),
        "cost": money(line.cost, currency),
        "tariff": line.tariff_id,
    }


def _part(one: Part, currency: str) -> dict[str, Any]:
    way = ""
    if one.matters and one.difference is not None:
        way = "more than ours" if one.difference > 0 else "less than ours"
    return {
        "name": one.name,
        "stated": money(one.stated, currency) if one.stated is not None else "",
        "computed": money(one.computed, currency) if one.computed is not None else "",
        "difference": money(one.difference, currency, signed=True) if one.matters else "",
        "way": way,
        "matters": one.matters,
        "is_total": one.is_total,
        "is_same": one.difference is not None and not one.difference,
        "rounding": words.amount(one.difference, currency, signed=True).exact,
    }


def _tariffs(cdr: CDR, broken: Breakdown) -> list[dict[str, Any]]:
    """The tariffs it was priced by, as they were then."""
    used = broken.pricing.tariffs
    pages = related.tariff_pages(cdr, [str(one.document.get("id")) for one in used])
    return [
        {
            "id": one.document.get("id"),
            "url": pages.get(str(one.document.get("id")), ""),
            "prices": price_table(one.document),
        }
        for one in used
    ]


def _margin(review: CDRReview) -> dict[str, Any] | None:
    if review.sold is None or review.margin is None:
        return None
    return {
        "sold": money(review.sold, review.currency),
        "margin": money(review.margin, review.currency, signed=True),
        "is_loss": review.margin < 0,
    }


def _other(one: Other, cdr: CDR) -> dict[str, Any]:
    other = one.cdr
    review = getattr(other, "review", None)
    return {
        "cdr": other,
        "url": page_url(review) if review else page_url(other),
        "common": f"the same {', '.join(one.common)}",
        "state": badges.badge(review.state, ReviewState, BADGES) if review else "",
        "start": fragments.moment(other.start_date_time),
        "end": fragments.moment(other.end_date_time),
        "energy": charges.energy(other.energy),
        "cost": money(other.total_cost, other.currency),
        "same": joined(
            badges.label_badge(name, "warning")
            for name, is_same in (
                ("same energy", other.energy == cdr.energy),
                ("same cost", other.total_cost == cdr.total_cost),
                ("same times", other.start_date_time == cdr.start_date_time),
            )
            if is_same
        ),
    }


def _queue(queue: desk_queue.Queue, review: CDRReview) -> dict[str, Any]:
    """The neighbours in the list it was opened from."""
    before, after = queue.before(review), queue.after(review)
    return {
        "entries": [
            {
                "review": one,
                "url": queue.url(one),
                "current": one.pk == review.pk,
                "stake": words.amount(one.at_stake, one.currency).shown,
                "partner": one.partner.identity if one.partner else "",
                "why": ", ".join(words.reason(code) for code in one.reasons),
            }
            for one in (*before, review, *after)
        ],
        "previous": queue.url(before[-1]) if before else "",
        "next": queue.url(after[0]) if after else "",
        "left": desk_queue.left_words(queue),
        "url": desk.list_url(queue.query),
    }
