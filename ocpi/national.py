"""Which money and which tax are usual in a country; countries are ISO 3166-1 alpha-2, upper case."""

from __future__ import annotations

_EURO = (
    *("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV"),
    *("MT", "NL", "PT", "SI", "SK"),
)

CURRENCIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_EURO, ("EUR",)),
    "AU": ("AUD",),
    "BG": ("BGN", "EUR"),
    "CA": ("CAD",),
    "CH": ("CHF",),
    "CZ": ("CZK",),
    "DK": ("DKK",),
    "GB": ("GBP",),
    "HU": ("HUF",),
    "IL": ("ILS",),
    "IN": ("INR",),
    "IS": ("ISK",),
    "JP": ("JPY",),
    "LI": ("CHF",),
    "NO": ("NOK",),
    "NZ": ("NZD",),
    "PL": ("PLN",),
    "RO": ("RON",),
    "RS": ("RSD",),
    "SE": ("SEK",),
    "TR": ("TRY",),
    "UA": ("UAH",),
    "US": ("USD",),
}
"""The currencies that prices of a country are usually in; countries that are not here are not judged."""

VAT_COUNTRIES = frozenset({
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
    "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    "TR", "UA",
})  # fmt: skip
"""Where charging a car is taxed with VAT: there, prices without any VAT mean that it is unknown."""
