"""The prices over a week as pages show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ocpi.currencies import money
from ocpi.numbers import plain
from tariffs.pricing import CompiledTariff
from tariffs.workshop import week, week_chart
from tariffs.workshop.uses import current_at
from tariffs.workshop.week import Prices, Week

UNITS = ("per kWh", "per hour", "per hour")
TAX = {"YES": "Prices include tax", "N/A": "No tax applies"}


def shown(
    compiled: CompiledTariff | None,
    day: date,
    power: Decimal,
    zone: str,
    stage_url: Callable[[int], str] | None = None,
    chosen: int = 0,
) -> dict[str, Any]:
    """The week of a day at a power in kW, for ``tariffs/week.html``; without rows where nothing can be computed.

    ``stage_url`` makes the address for a stage of the charge, by its number, where there is a page for each;
    ``chosen`` is the one that is shown.
    """
    if compiled is None:
        return {"rows": []}
    monday = day - timedelta(days=day.weekday())
    stages = week.stages(compiled)
    chosen = chosen if chosen < len(stages) else 0
    found = week.week_of(compiled, monday, power, current_at(power), stages[chosen])
    return {
        "rows": list(_rows(found, compiled.currency)),
        "chart": "" if week.is_steady(found) else week_chart.chart(found, compiled.currency, zone),
        "nothing": not any(any(stretch.prices) for one in found for stretch in one),
        "legend": list(week_chart.legend(found)),
        "stage": stages[chosen].words,
        "stages": [
            {"label": stage.words, "url": stage_url(number), "active": number == chosen}
            for number, stage in enumerate(stages)
            if stage_url is not None
        ],
        "depends": week.depends(compiled),
        "monday": monday,
        "kw": plain(power),
        "zone": zone,
        "tax": TAX.get(compiled.tax_included or "", "Tax comes on top of the prices"),
    }


def _rows(found: Week, currency: str) -> Iterator[dict[str, str]]:
    for span in week.spans(found):
        for place, stretch in enumerate(span.stretches):
            energy, charging, parking = _said(stretch.prices, currency)
            yield {
                "days": "" if place else span.days,
                "time": stretch.words,
                "energy": energy,
                "charging": charging,
                "parking": parking,
            }


def _said(prices: Prices, currency: str) -> list[str]:
    return [
        "" if price is None else f"{money(price, currency)} {unit}"
        for price, unit in zip(prices, UNITS, strict=True)
    ]
