"""Every code that checking a Tariff can report, with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TARIFF_CODES: Mapping[str, str] = MappingProxyType(
    {
        "alt_text_states_price": "The alternative text states a price; the elements do that.",
        "currency_unknown": "The currency is none of ISO 4217's that is in use.",
        "dates_hold_no_day": "The end date is the day after the last one, so no day is left.",
        "dimension_twice": "One element prices the same dimension twice; only one can apply.",
        "element_unreachable": "An element can never apply: earlier ones always come first.",
        "last_minute_uncovered": "The window ends at 23:59, so the last minute of the day is left out.",
        "limits_reversed": "The minimum price is above the maximum price.",
        "min_not_below_max": "A minimum is not below its maximum, so nothing is left between them.",
        "price_implausible": "The price is so high that a unit or a decimal point seems wrong.",
        "price_negative": "The price is below zero.",
        "price_unreachable": "A price can never apply: earlier elements always come first.",
        "reservation_prices_use": "A reservation or booking can cost time and a flat fee only.",
        "restriction_without_effect": "A restriction does not restrict anything.",
        "several_flat_fees": "There are several flat fees; OCPI does not say whether each is due.",
        "step_size_not_one": "OCPI advises to bill exactly (step_size 1).",
        "step_size_zero": "A step_size of less than one cannot be billed.",
        "validity_reversed": "The Tariff ends before it starts.",
        "vat_implausible": "The VAT seems to be a fraction or otherwise not a percentage.",
        "window_without_length": "The window starts and ends at the same time.",
    }
)
"""Findings about Tariffs as they are: nothing is refused or changed because of them."""
