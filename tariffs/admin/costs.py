"""A price as the pages of previews show it, and the address that explains it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from ocpi.numbers import plain
from tariffs.admin.offers import Offer
from tariffs.workshop import preview
from tariffs.workshop.preview import Cost
from tariffs.workshop.uses import Use, minutes_of


def cell(offer: Offer, cost: Cost | None, zone: str) -> dict[str, Any] | None:
    """A price as a table shows it, with the address that explains it."""
    if cost is None:
        return None
    currency = cost.currency
    is_before = cost.after is None
    return {
        "amount": preview.shown(cost.before if is_before else cost.after, currency),
        "side": "before tax" if is_before else "after tax",
        "before": "" if is_before else preview.shown(cost.before, currency),
        "exact": preview.exact(cost.shown, currency),
        "free": " and ".join(cost.free),
        "url": why_url(offer, cost.use, cost.start, zone),
        "mark": cost.mark,
        "sold": preview.shown(cost.sold.before_taxes, currency) if cost.sold else "",
        "margin": preview.shown(cost.margin, currency),
        "loses": cost.margin is not None and cost.margin < 0,
    }


def why_url(offer: Offer, use: Use, start: datetime, zone: str) -> str:
    """The page that explains what a use costs by a tariff from a moment on."""
    said = {
        "tariff": offer.tariff.pk,
        "zone": zone,
        "start": start.replace(tzinfo=None).isoformat(timespec="minutes"),
        "kwh": plain(use.kwh),
        "minutes": plain(minutes_of(use.charging)),
        "parked": plain(minutes_of(use.parked)),
        "reserved": plain(minutes_of(use.reserved)),
        "kw": plain(use.power) if use.power is not None else "",
        "amps": plain(use.current) if use.current is not None else "",
    }
    asked = {name: value for name, value in said.items() if value not in ("", "0")}
    asked["seller"] = offer.seller or ""
    return f"{reverse('admin:tariffs_tariff_why')}?{urlencode(asked)}"
