"""What the usual charges would cost by a draft, beside what they cost now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from ocpi.currencies import rounded
from ocpi.national import TIME_ZONES
from parties.models import Party
from tariffs.admin import week
from tariffs.admin.offers import default_zone
from tariffs.admin.preview_form import DEFAULT_KW
from tariffs.documents import validity_of
from tariffs.models import Tariff
from tariffs.pricing import CompiledTariff
from tariffs.selling import signed
from tariffs.workshop import preview
from tariffs.workshop.preview import Cost
from tariffs.workshop.uses import Start, Use, rows, starts

Document = Mapping[str, Any]


def shown(
    document: Document,
    now: Document | None = None,
    *,
    owner: Party | None = None,
    tariff: Tariff | None = None,
) -> dict[str, Any]:
    """The costs and the week of a document, for ``tariffs/draft_costs.html`` and ``tariffs/week.html``.

    ``now`` is what ``tariff``, which it replaces, says now. ``owner`` is whose a new one is to be. Without
    rows where it cannot be computed.
    """
    written = preview.compiled(document)
    before = preview.compiled(now) if now else None
    zone, day = _zone(tariff, owner), _day(document)
    drawn = week.shown(written, day, DEFAULT_KW, zone)
    if written is None:
        return {"costs": {"rows": []}, "week": drawn}
    times = starts(day, zone)
    return {
        "costs": {
            "zone": zone,
            "times": times,
            "rows": [
                {
                    "row": row,
                    "cells": [_cell(written, before, row.use, at, zone) for at in times],
                }
                for row in rows(DEFAULT_KW)
            ],
        },
        "week": drawn,
    }


def _zone(tariff: Tariff | None, owner: Party | None) -> str:
    if tariff is not None:
        return default_zone(tariff)
    name = TIME_ZONES.get(owner.country_code, "") if owner is not None else ""
    return name if name and preview.is_zone(name) else str(settings.TIME_ZONE)


def _day(document: Document) -> date:
    """Today, or when it begins to be valid."""
    begin, _ = validity_of(document)
    now = timezone.now()
    return timezone.localdate(begin if begin is not None and begin > now else now)


def _cell(
    written: CompiledTariff, before: CompiledTariff | None, use: Use, start: Start, zone: str
) -> dict[str, str]:
    after = preview.cost(written, use, start.at, zone)
    was = preview.cost(before, use, start.at, zone) if before is not None else None
    return {
        "amount": preview.shown(after.shown, after.currency),
        "side": "" if after.after is not None else "before tax",
        "free": " and ".join(after.free),
        **_compared(after, was),
    }


def _compared(after: Cost, was: Cost | None) -> dict[str, str]:
    """What it was, and the difference where both are known alike; nothing where nothing changes."""
    if was is None or was.shown is None or after.shown is None:
        return {}
    alike = (was.currency, was.after is None) == (after.currency, after.after is None)
    if alike and was.shown == after.shown:
        return {"same": "as now"}
    difference = rounded(after.shown, after.currency) - rounded(was.shown, was.currency)
    return {
        "was": preview.shown(was.shown, was.currency),
        "difference": signed(difference, after.currency) if alike else "",
    }
