"""How a price comes about where OCPI leaves it open: one field per ambiguity, and named sets of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class Suspended(StrEnum):
    """What time is billed as during which the EVSE paused and the vehicle wanted power (A-01)."""

    GAP = "GAP"
    TIME = "TIME"
    PARKING = "PARKING"


class Flat(StrEnum):
    """How often flat fees are billed when several become active (A-03)."""

    FIRST_PER_PHASE = "FIRST_PER_PHASE"
    FIRST_PER_SESSION = "FIRST_PER_SESSION"
    EACH_COMPONENT = "EACH_COMPONENT"


class Step(StrEnum):
    """What `step_size` rounds up (OCPI, mod_cdrs, step_size; A-08)."""

    SESSION = "SESSION"
    TARIFF = "TARIFF"
    PERIOD = "PERIOD"
    NEVER = "NEVER"


class Times(StrEnum):
    """Where durations come from.

    STATED_EXACTLY: the volume stated, made exact by the time stamps where both agree to the digits
    that were stated; where nothing is stated, the time stamps.
    """

    STATED_EXACTLY = "STATED_EXACTLY"
    VOLUMES = "VOLUMES"
    TIMESTAMPS = "TIMESTAMPS"


class Unknown(StrEnum):
    """What is done with a restriction on current or power when nobody measured it (A-12)."""

    NO_MATCH = "NO_MATCH"
    ZERO = "ZERO"
    AVERAGE = "AVERAGE"


class Limits(StrEnum):
    """What `min_price` and `max_price` hold (A-07)."""

    WITH_RESERVATION = "WITH_RESERVATION"
    WITHOUT_RESERVATION = "WITHOUT_RESERVATION"
    NEVER = "NEVER"


@dataclass(frozen=True)
class RuleSet:
    """The decisions under which a price is computed. The defaults are our reading of OCPI (`SPEC`).

    - `suspended` (A-01): what a pause by the EVSE is billed as.
    - `bump_exact_multiples` (A-02): whether an exact multiple of the step size gets one step more.
    - `flat` (A-03): which of several flat fees are billed.
    - `reservation_shares_step` (A-04): whether reserved time rounds together with the other times.
    - `expiry_overrides` (A-05): whether RESERVATION_EXPIRES wins over RESERVATION whatever comes first.
    - `duration_from_reservation` (A-06): whether durations count from the reservation.
    - `limits` (A-07): whether reservations are inside `min_price` and `max_price`.
    - `step` (A-08): what step sizes round up: the session's total, each Tariff's, each period, nothing.
    - `step_counts_unpriced` (A-09): whether amounts without a price count for the rounding.
    - `clock_in_utc`, `night_belongs_to_its_evening` (A-10): times of day in UTC; a window past midnight
      belongs to the weekday on which it began.
    - `time_prices_parking` (A-11): whether TIME prices parking when a Tariff has no PARKING_TIME.
    - `unknown_power` (A-12): restrictions on current and power that nobody measured.
    - `current_factor` (A-13): what stated currents are multiplied with: 3 for partners who state the
      current of one of three phases.
    - `round_negative` (A-14): whether energy given back is rounded (towards zero) too.
    - `kwh_per_tariff` (A-15): whether `min_kwh` and `max_kwh` count only energy under the same Tariff.
    - `tariff_of_other_periods` (A-19): whether a period that names no Tariff, or one that is not at
      hand, is priced by the only one there is. OCPI says that no Tariff is relevant then, but many
      partners leave it out.
    - `bookings` (A-20): whether phases of bookings are priced.
    - `whole_element` : whether a 2.1.1 Tariff uses the first matching element as a whole, by the letter.
    - `split_periods`: whether periods are split where a price changes, or priced as they begin.
    - `times`: whether durations come from volumes or from time stamps.
    - `line_places`: decimals to which each line is rounded, half up; None is not at all.
    - `total_places`: decimals to which the total is rounded, half up; None is not at all.
    - `other_tax` (A-17): name and percentage of the tax for prices whose Tariff states none.
    """

    suspended: Suspended = Suspended.GAP
    bump_exact_multiples: bool = False
    flat: Flat = Flat.FIRST_PER_PHASE
    reservation_shares_step: bool = False
    expiry_overrides: bool = True
    duration_from_reservation: bool = False
    limits: Limits = Limits.WITH_RESERVATION
    step: Step = Step.SESSION
    step_counts_unpriced: bool = False
    clock_in_utc: bool = False
    night_belongs_to_its_evening: bool = False
    time_prices_parking: bool = False
    unknown_power: Unknown = Unknown.NO_MATCH
    current_factor: int = 1
    round_negative: bool = False
    kwh_per_tariff: bool = False
    tariff_of_other_periods: bool = True
    bookings: bool = False
    whole_element: bool = True
    split_periods: bool = True
    times: Times = Times.STATED_EXACTLY
    line_places: int | None = None
    total_places: int | None = None
    other_tax: tuple[str, Decimal] | None = None


SPEC = RuleSet()
AS_CUT = replace(SPEC, split_periods=False)
STEP_PER_PERIOD = replace(SPEC, step=Step.PERIOD)
STEP_PER_TARIFF = replace(SPEC, step=Step.TARIFF)
STEP_BUMPED = replace(SPEC, bump_exact_multiples=True)
NO_STEP = replace(SPEC, step=Step.NEVER)
ROUND_EACH_LINE = replace(SPEC, line_places=2)
GIREVE_3_DECIMALS = replace(SPEC, line_places=3)
ED1_PARKING = replace(SPEC, suspended=Suspended.PARKING)
SUSPENDED_AS_TIME = replace(SPEC, suspended=Suspended.TIME)
TIME_PRICES_PARKING = replace(SPEC, time_prices_parking=True)
TIME_FROM_VOLUMES = replace(SPEC, times=Times.VOLUMES)
TIME_FROM_TIMESTAMPS = replace(SPEC, times=Times.TIMESTAMPS)
RESERVATION_IN_STEP = replace(SPEC, reservation_shares_step=True)
RESERVATION_OUTSIDE_LIMITS = replace(SPEC, limits=Limits.WITHOUT_RESERVATION)
NO_LIMITS = replace(SPEC, limits=Limits.NEVER)
EVERY_FLAT_FEE = replace(SPEC, flat=Flat.EACH_COMPONENT)
ONE_FLAT_FEE = replace(SPEC, flat=Flat.FIRST_PER_SESSION)
CLOCK_IN_UTC = replace(SPEC, clock_in_utc=True)
NIGHT_OF_ITS_EVENING = replace(SPEC, night_belongs_to_its_evening=True)
AVERAGE_POWER = replace(SPEC, unknown_power=Unknown.AVERAGE)
CURRENT_PER_PHASE = replace(SPEC, current_factor=3)
PER_DIMENSION_2_1_1 = replace(SPEC, whole_element=False)
BOOKINGS = replace(SPEC, bookings=True)

RULE_SETS: dict[str, RuleSet] = {
    "SPEC": SPEC,
    "AS_CUT": AS_CUT,
    "STEP_PER_PERIOD": STEP_PER_PERIOD,
    "STEP_PER_TARIFF": STEP_PER_TARIFF,
    "STEP_BUMPED": STEP_BUMPED,
    "NO_STEP": NO_STEP,
    "ROUND_EACH_LINE": ROUND_EACH_LINE,
    "GIREVE_3_DECIMALS": GIREVE_3_DECIMALS,
    "ED1_PARKING": ED1_PARKING,
    "SUSPENDED_AS_TIME": SUSPENDED_AS_TIME,
    "TIME_PRICES_PARKING": TIME_PRICES_PARKING,
    "TIME_FROM_VOLUMES": TIME_FROM_VOLUMES,
    "TIME_FROM_TIMESTAMPS": TIME_FROM_TIMESTAMPS,
    "RESERVATION_IN_STEP": RESERVATION_IN_STEP,
    "RESERVATION_OUTSIDE_LIMITS": RESERVATION_OUTSIDE_LIMITS,
    "NO_LIMITS": NO_LIMITS,
    "EVERY_FLAT_FEE": EVERY_FLAT_FEE,
    "ONE_FLAT_FEE": ONE_FLAT_FEE,
    "CLOCK_IN_UTC": CLOCK_IN_UTC,
    "NIGHT_OF_ITS_EVENING": NIGHT_OF_ITS_EVENING,
    "AVERAGE_POWER": AVERAGE_POWER,
    "CURRENT_PER_PHASE": CURRENT_PER_PHASE,
    "PER_DIMENSION_2_1_1": PER_DIMENSION_2_1_1,
    "BOOKINGS": BOOKINGS,
}
"""Every named set of rules, by the name that is stored; the first one is the default."""

RULE_SET_LABELS: dict[str, str] = {
    "SPEC": "As OCPI says",
    "AS_CUT": "Each period at the price of its start, even if the price changes within it",
    "STEP_PER_PERIOD": "Step size rounds up every period, not the total",
    "STEP_PER_TARIFF": "Step size rounds up the total of each tariff when the tariff changes",
    "STEP_BUMPED": "An exact multiple of the step size is billed one step more",
    "NO_STEP": "Step size is ignored: what was used is billed",
    "ROUND_EACH_LINE": "Each line is rounded to two decimals",
    "GIREVE_3_DECIMALS": "Each line is rounded to three decimals, as GIREVE does",
    "ED1_PARKING": "A pause by the charger counts as parking (OCPI 2.1.1, early 2.2.1)",
    "SUSPENDED_AS_TIME": "A pause by the charger counts as charging time",
    "TIME_PRICES_PARKING": "The price of charging time also holds while parking, if parking has no price",
    "TIME_FROM_VOLUMES": "Times only as stated in the periods",
    "TIME_FROM_TIMESTAMPS": "Times only from when periods start and end",
    "RESERVATION_IN_STEP": "Reserved time is rounded up together with charging time",
    "RESERVATION_OUTSIDE_LIMITS": "Minimum and maximum price do not hold the reservation",
    "NO_LIMITS": "Minimum and maximum price are ignored",
    "EVERY_FLAT_FEE": "Every flat fee that becomes active is billed",
    "ONE_FLAT_FEE": "One flat fee for reservation and charging together",
    "CLOCK_IN_UTC": "Times of day and weekdays are taken in UTC",
    "NIGHT_OF_ITS_EVENING": "A night belongs to the weekday of its evening",
    "AVERAGE_POWER": "Power that nobody measured is the average of the period",
    "CURRENT_PER_PHASE": "Stated currents are those of one of three phases",
    "PER_DIMENSION_2_1_1": "OCPI 2.1.1: the first matching element for each dimension",
    "BOOKINGS": "Bookings are priced (bookings extension of OCPI 2.3.0)",
}
"""Each named set of rules in plain words, for a choice per agreement."""
