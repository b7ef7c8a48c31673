"""Every code of a remark about a tariff, how grave it is, and its title for lists."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "hint"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
"""The gravest first."""


class Code(NamedTuple):
    """`title` says in a list what is the matter, without saying where."""

    severity: Severity
    title: str


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "alt_text_states_price": Code("hint", "A text for drivers states a price"),
        "charging_unpriced": Code("warning", "Only reservations have a price"),
        "component_without_effect": Code("hint", "Prices of 0 that fill a form"),
        "conditions_overlap": Code("hint", "Conditions overlap, so that the order decides"),
        "currency_foreign": Code("hint", "Not the money of the owner's country"),
        "currency_unknown": Code("error", "No currency that is in use"),
        "current_per_phase": Code("hint", "A current that may be meant per phase"),
        "dates_gap": Code("warning", "No price on some dates"),
        "dates_hold_no_day": Code("error", "Dates between which there is no day"),
        "days_not_in_dates": Code("error", "Days of the week that its dates do not have"),
        "dimension_twice": Code("error", "Two prices for the same thing in one element"),
        "element_over": Code("hint", "A price whose dates are over"),
        "element_unreachable": Code("warning", "An element that can never apply"),
        "last_minute_uncovered": Code("warning", "A window that leaves its last minute out"),
        "limit_taxes_reversed": Code("error", "A limit that tax makes lower"),
        "limits_reversed": Code("error", "The minimum price is above the maximum price"),
        "min_not_below_max": Code("error", "A minimum that is not below its maximum"),
        "no_prices": Code("error", "No price at all"),
        "overstay_on_charging_time": Code("hint", "A late fee that counts only while charging"),
        "parking_duration_counts_session": Code(
            "hint", "A parking fee after a time that counts from the start of the session"
        ),
        "price_implausible": Code("warning", "A price that is too high to be meant"),
        "price_negative": Code("error", "A price below zero"),
        "price_unreachable": Code("warning", "A price that can never apply"),
        "price_very_low": Code("warning", "A price that seems to be in another unit"),
        "prices_all_zero": Code("hint", "Free of charge, or not priced"),
        "quantity_gap": Code("warning", "No price for a part of the energy or power"),
        "refused_in_2_1_1": Code("hint", "Partners at OCPI 2.1.1 cannot get it"),
        "reservation_prices_use": Code("error", "A reservation that costs energy or parking"),
        "restriction_without_effect": Code("hint", "A condition that restricts nothing"),
        "several_flat_fees": Code("warning", "Several flat fees"),
        "step_size_rounds": Code("hint", "Billed in steps"),
        "step_size_unit": Code("warning", "A step size that seems to be in another unit"),
        "step_size_whole": Code("warning", "Billed per whole kWh or whole hour"),
        "step_size_zero": Code("error", "A step size of 0"),
        "tax_not_said": Code("warning", "Not said whether prices include tax"),
        "time_with_seconds": Code("error", "A time of day with seconds"),
        "validity_over": Code("hint", "Its validity is over"),
        "validity_reversed": Code("error", "It ends before it begins"),
        "vat_despite_no_tax": Code("error", "VAT although no tax applies"),
        "vat_implausible": Code("error", "A VAT that cannot be right"),
        "vat_missing": Code("warning", "Prices include a tax whose rate is not said"),
        "vat_partly": Code("warning", "Some prices have a VAT, others none"),
        "vat_unknown": Code("hint", "No VAT, although the country has one"),
        "vat_varies": Code("hint", "Different rates of VAT for the same thing"),
        "week_gap": Code("warning", "No price at some times of the week"),
        "week_gap_time": Code("hint", "Time costs nothing at some times of the week"),
        "window_without_length": Code("warning", "A window that ends when it starts"),
        "windows_overlap": Code("warning", "Times overlap, so that the order decides"),
        "within_no_validity": Code("warning", "Dates outside the validity of the tariff"),
    }
)
"""`error`: somebody is charged wrongly, or nobody can work it out. `warning`: probably not meant.
`hint`: worth knowing, and often meant."""
