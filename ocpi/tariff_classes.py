"""Classes of the Tariffs module that are the same in every version since 2.1.1."""

from __future__ import annotations

from typing import Literal

from ocpi.types import CalendarDate, Number, OCPIModel, TimeOfDay

DayOfWeek = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
ReservationRestrictionType = Literal["RESERVATION", "RESERVATION_EXPIRES"]
TariffDimensionType = Literal["ENERGY", "FLAT", "PARKING_TIME", "TIME"]
TariffType = Literal["AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"]


class BasePriceComponent(OCPIModel):
    """OCPI 2.1.1, mod_tariffs, PriceComponent.

    The price is per kWh (ENERGY), per hour (TIME, PARKING_TIME) or per session (FLAT); the
    step_size counts Wh or seconds.
    """

    type: TariffDimensionType
    price: Number
    step_size: int


class BaseRestrictions(OCPIModel):
    """OCPI 2.1.1, mod_tariffs, TariffRestrictions: kWh, kW and seconds, times local."""

    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    start_date: CalendarDate | None = None
    end_date: CalendarDate | None = None
    min_kwh: Number | None = None
    max_kwh: Number | None = None
    min_power: Number | None = None
    max_power: Number | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: list[DayOfWeek] | None = None


class PriceComponent(BasePriceComponent):
    """OCPI 2.2.1, mod_tariffs, PriceComponent; `vat` in percent."""

    vat: Number | None = None


class TariffRestrictions(BaseRestrictions):
    """OCPI 2.2.1, mod_tariffs, TariffRestrictions; currents are sums over the phases, in A."""

    min_current: Number | None = None
    max_current: Number | None = None
    reservation: ReservationRestrictionType | None = None
