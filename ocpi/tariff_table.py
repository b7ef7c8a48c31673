"""A Tariff as a table of prices for people: what costs how much, when, and with what tax.

Amounts are exact decimals and are shown with every digit that was given. Nothing is hidden: a
price that can never apply is a row that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.currencies import money
from ocpi.numbers import exact_decimal, plain
from ocpi.regions import Region, region_of
from ocpi.tariff_words import conditions, duration

Document = Mapping[str, Any]


class PriceRow(NamedTuple):
    """One Price Component; `element` and `component` are its places in the Tariff.

    `when` lists conditions that must all hold, and is empty for a price that always applies.
    `tax` and `step` are empty where there is nothing to say. `never` says why the price cannot
    apply, and is empty for one that can.
    """

    element: int
    component: int
    dimension: str
    what: str
    when: tuple[str, ...]
    amount: Decimal
    price: str
    tax: str
    step: str
    never: str


class PriceTable(NamedTuple):
    """All prices of a Tariff and the facts around them; empty texts where nothing is said.

    `valid_from` and `valid_until` are OCPI DateTimes in UTC.
    """

    rows: tuple[PriceRow, ...]
    is_free: bool
    applies_to: str
    tax: str
    currency: str
    minimum: str
    maximum: str
    preauthorized: str
    valid_from: str
    valid_until: str
    alt_text: str
    alt_url: str


_WHAT = {
    "ENERGY": "Energy",
    "FLAT": "Flat fee",
    "PARKING_TIME": "Parking (connected, not charging)",
    "TIME": "Charging time",
}
_PHASE_WHAT = {
    ("TIME", "reservation"): "Reserved time",
    ("FLAT", "reservation"): "Reservation fee",
    ("TIME", "booking"): "Booked time",
    ("FLAT", "booking"): "Booking fee",
}
_PER = {
    "ENERGY": "per kWh",
    "FLAT": "per session",
    "PARKING_TIME": "per hour",
    "TIME": "per hour",
}
_FEE_PER = {"reservation": "per reservation", "booking": "per booking"}
_APPLIES_TO: dict[Any, str] = {
    None: "Every session",
    "AD_HOC_PAYMENT": "Payment at the charger, without a contract",
    "PROFILE_CHEAP": "Sessions that are to be cheap (charging preference)",
    "PROFILE_FAST": "Sessions that are to be fast (charging preference)",
    "PROFILE_GREEN": "Sessions with green energy (charging preference)",
    "REGULAR": "Regular sessions, without charging preference",
}
_TAX: dict[Any, str] = {
    "YES": "Prices include tax",
    "NO": "Tax comes on top of the prices",
    "N/A": "No tax applies",
}


def price_table(document: Document, language: str = "en") -> PriceTable:
    """The table of a canonical Tariff; what it has must be valid, but it may lack prices or currency.

    The alternative text is the one in `language`, else in English, else the first.
    """
    get = document.get
    currency = (get("currency") or "").upper()
    rows = tuple(_rows(document, currency))
    return PriceTable(
        rows=rows,
        is_free=bool(rows)
        and all(row.amount == 0 for row in rows)
        and not _is_above_zero(get("min_price")),
        applies_to=_APPLIES_TO.get(get("type"), f"Sessions of type {get('type')}"),
        tax=_TAX.get(get("tax_included"), "Not said whether prices include tax"),
        currency=currency,
        minimum=_limit(get("min_price"), currency),
        maximum=_limit(get("max_price"), currency),
        preauthorized=_money(get("preauthorize_amount"), currency),
        valid_from=get("start_date_time") or "",
        valid_until=get("end_date_time") or "",
        alt_text=_alt_text(get("tariff_alt_text") or (), language),
        alt_url=get("tariff_alt_url") or "",
    )


def _money(amount: Any, currency: str) -> str:
    return "" if amount is None else money(amount, currency)


def _is_above_zero(limit: Document | None) -> bool:
    given = limit or {}
    return max(given.get("before_taxes") or 0, given.get("after_taxes") or 0) > 0


def _limit(limit: Document | None, currency: str) -> str:
    if not limit:
        return ""
    before = f"{money(limit['before_taxes'], currency)} before tax"
    if limit.get("after_taxes") is None:
        return before
    return f"{before}, {money(limit['after_taxes'], currency)} including tax"


def _alt_text(texts: Any, language: str) -> str:
    by_language = {text["language"].lower(): str(text["text"]) for text in reversed(texts)}
    first = str(texts[0]["text"]) if texts else ""
    return by_language.get(language.lower()) or by_language.get("en") or first


def _rows(document: Document, currency: str) -> list[PriceRow]:
    tax_included = document.get("tax_included")
    rows: list[PriceRow] = []
    earlier: dict[str, list[tuple[int, Region]]] = {}
    for place, element in enumerate(document.get("elements") or ()):
        restrictions = element.get("restrictions")
        region = region_of(restrictions)
        when = tuple(conditions(restrictions))
        for index, component in enumerate(element["price_components"]):
            dimension = component["type"]
            before = earlier.setdefault(dimension, [])
            never = _never(region, before)
            before.append((len(rows) + 1, region))
            rows.append(
                PriceRow(
                    element=place,
                    component=index,
                    dimension=dimension,
                    what=_what(dimension, restrictions),
                    when=when,
                    amount=exact_decimal(component["price"]),
                    price=f"{money(component['price'], currency)} {_per(dimension, restrictions)}",
                    tax=_tax(component, tax_included),
                    step=_step(component),
                    never=never,
                )
            )
    return rows


def _never(region: Region, earlier: list[tuple[int, Region]]) -> str:
    if region.is_empty():
        return "Never applies: no moment meets its conditions"
    for number, before in earlier:
        if before.covers(region):
            return f"Never applies: row {number} comes first and holds at least as often"
    return ""


def _phase(restrictions: Document | None) -> str:
    return next((name for name in _FEE_PER if (restrictions or {}).get(name)), "")


def _what(dimension: str, restrictions: Document | None) -> str:
    usual = _WHAT.get(dimension, dimension)
    return _PHASE_WHAT.get((dimension, _phase(restrictions)), usual)


def _per(dimension: str, restrictions: Document | None) -> str:
    usual = _PER.get(dimension, "per unit")
    return _FEE_PER.get(_phase(restrictions), usual) if dimension == "FLAT" else usual


def _tax(component: Document, tax_included: Any) -> str:
    vat = component.get("vat")
    if component["price"] == 0:
        return ""
    if tax_included == "N/A":
        return "no tax applies"
    rate = None if vat is None else f"{plain(vat)} % VAT"
    if tax_included == "YES":
        return f"including {rate or 'tax'}"
    return f"{rate} on top" if rate else "tax not stated"


def _step(component: Document) -> str:
    """Nothing for FLAT, and nothing for a step that does not round."""
    size, dimension = component["step_size"], component["type"]
    if dimension not in {"ENERGY", "TIME", "PARKING_TIME"} or size < 1:
        return ""
    if dimension == "ENERGY":
        exact = Decimal(size) / 1000
        shown = f"{plain(exact)} kWh" if size >= 100 else f"{size} Wh"
        return "billed per Wh" if size == 1 else f"billed per {shown}"
    words = duration(size)
    single = words.removeprefix("1 ")
    return f"billed per {words if ' ' in single else single}"
