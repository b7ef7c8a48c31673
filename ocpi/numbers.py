"""JSON numbers as exact decimals, however the reader represents them."""

from __future__ import annotations

from decimal import Decimal


def exact_decimal(number: float | Decimal) -> Decimal:
    """A JSON number with the digits it was written with: 0.1 is 0.1."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def shortened(number: float | Decimal) -> Decimal:
    """The same number without trailing zeros and without exponent."""
    return Decimal(f"{exact_decimal(number).normalize():f}")


def plain(number: float | Decimal) -> str:
    """A number with the digits it needs: 30, 0.5."""
    return f"{shortened(number):f}"
