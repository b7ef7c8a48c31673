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

TIME_ZONES: dict[str, str] = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CH": "Europe/Zurich",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata",
    "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "RS": "Europe/Belgrade",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
    "TR": "Europe/Istanbul",
    "UA": "Europe/Kyiv",
}
"""The time zone (IANA) of most people of a country; countries with several or none here are left out."""
