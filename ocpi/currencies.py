"""ISO 4217: the codes of currencies in use, and how many decimals an amount of each has.

Generated from the ISO 4217 table; withdrawn currencies, metals and units of account are left out.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ocpi.numbers import shortened

_NARROW_SPACE = "\u202f"
_BY_DECIMALS = {
    0: """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """,
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()
}
"""Code, upper case, to the number of decimals of its smallest amount."""


def smallest(currency: str) -> Decimal:
    """The smallest amount of a currency, such as 0.01; of one that is not known, a hundredth."""
    return Decimal(1).scaleb(-DECIMALS.get(currency, 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest amount of a currency, half up (away from zero), and never a negative zero."""
    return amount.quantize(smallest(currency), ROUND_HALF_UP) + 0


def money(amount: float | Decimal, currency: str) -> str:
    """``EUR 1 234.50``: every digit that was given, at least as many as the currency has, thousands set apart."""
    shortest = shortened(amount)
    decimals = max(-int(shortest.as_tuple().exponent), DECIMALS.get(currency, 2))
    return f"{currency} {shortest:,.{decimals}f}".replace(",", _NARROW_SPACE).strip()
