"""What a charge costs: a pure engine, without Django, clock or input and output.

:func:`compile_tariff` makes a Tariff ready, :func:`charge_of_cdr` and its siblings read what was used,
:func:`price` says what it costs and :func:`explain` why. docs/pricing.md tells how a price comes about.
"""

from tariffs.pricing.charge import DOUBTS, Charge, Period, Phase
from tariffs.pricing.compiling import TARIFF_NOTES, compile_tariff
from tariffs.pricing.engine import MixedCurrencies, price
from tariffs.pricing.explaining import Choice, Explained, Trace, explain
from tariffs.pricing.metering import MeterValue, charge_of_meter_values
from tariffs.pricing.priced import (
    NOTES,
    REASONS,
    Bound,
    Line,
    Price,
    Priced,
    RateSum,
    Rounding,
    Tax,
    Unpriced,
    credit_of,
    price_to_ocpi,
)
from tariffs.pricing.reading import NotACharge, charge_of_cdr, charge_of_session
from tariffs.pricing.reasons import Passed, Reason
from tariffs.pricing.references import Reference, references
from tariffs.pricing.rules import (
    AS_CUT,
    ED1_PARKING,
    GIREVE_3_DECIMALS,
    NO_STEP,
    ROUND_EACH_LINE,
    RULE_SET_LABELS,
    RULE_SETS,
    SPEC,
    STEP_PER_PERIOD,
    TIME_FROM_TIMESTAMPS,
    TIME_FROM_VOLUMES,
    RuleSet,
)
from tariffs.pricing.tariff import CompiledTariff, Component, Element, NotATariff

__all__ = [
    "AS_CUT",
    "DOUBTS",
    "ED1_PARKING",
    "GIREVE_3_DECIMALS",
    "NOTES",
    "NO_STEP",
    "REASONS",
    "ROUND_EACH_LINE",
    "RULE_SETS",
    "RULE_SET_LABELS",
    "SPEC",
    "STEP_PER_PERIOD",
    "TARIFF_NOTES",
    "TIME_FROM_TIMESTAMPS",
    "TIME_FROM_VOLUMES",
    "Bound",
    "Charge",
    "Choice",
    "CompiledTariff",
    "Component",
    "Element",
    "Explained",
    "Line",
    "MeterValue",
    "MixedCurrencies",
    "NotACharge",
    "NotATariff",
    "Passed",
    "Period",
    "Phase",
    "Price",
    "Priced",
    "RateSum",
    "Reason",
    "Reference",
    "Rounding",
    "RuleSet",
    "Tax",
    "Trace",
    "Unpriced",
    "charge_of_cdr",
    "charge_of_meter_values",
    "charge_of_session",
    "compile_tariff",
    "credit_of",
    "explain",
    "price",
    "price_to_ocpi",
    "references",
]
