"""Exact arithmetic: decimals for energy and money, whole microseconds for time.

Only what no decimal can say, such as a third of an hour, is cut, to :data:`PLACES` decimals; what is
cut is carried to the next amount of its kind. Totals are cut to fewer decimals, so that thirds which
make a whole make it exactly, and half a cent is half a cent.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

PLACES = 18
TOTAL_PLACES = 15
CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""The context in which prices are computed: wide enough that sums and products are exact."""

_CUT = Decimal(1).scaleb(-PLACES)
_SETTLED = Decimal(1).scaleb(-TOTAL_PLACES)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_HOUR = Decimal(HOUR)
_TEN = Decimal("1E-10")


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC; the datetime must be aware."""
    return (moment - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """The aware datetime, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divided, exactly or cut to 18 decimals; to be called in :data:`CONTEXT`."""
    return (dividend / divisor).quantize(_CUT)


def settled(amount: Decimal) -> Decimal:
    """A total, with 15 decimals; to be called in :data:`CONTEXT`."""
    return amount.quantize(_SETTLED)


def hours(amount: int) -> Decimal:
    """Microseconds as hours, exactly or cut to 18 decimals; to be called in :data:`CONTEXT`."""
    return (Decimal(amount) / _HOUR).quantize(_CUT)


def per_hour(numerator: Decimal) -> Decimal:
    """What microseconds times a price per hour come to; to be called in :data:`CONTEXT`."""
    return (numerator / _HOUR).quantize(_CUT)


def plain_hours(amount: int) -> Decimal:
    """Microseconds as hours with ten decimals at most, which lose no microsecond."""
    return Decimal(f"{CONTEXT.divide(Decimal(amount), _HOUR).quantize(_TEN).normalize():f}")


def of_hours(amount: Decimal) -> int:
    """Hours as whole microseconds, to the nearest; to be called in :data:`CONTEXT`."""
    return int((amount * _HOUR).to_integral_value(ROUND_HALF_UP))


def rounded(amount: Decimal, places: int | None) -> Decimal:
    """Rounded half up to so many decimals, or as it is for None."""
    if places is None:
        return amount
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, CONTEXT)


def ceiling(amount: Decimal) -> int:
    """The next whole number, or the number itself if it is whole."""
    return int(amount.to_integral_value(ROUND_CEILING))
