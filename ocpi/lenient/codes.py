"""Every code that accepting a document can report, with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FATAL: Mapping[str, str] = MappingProxyType(
    {
        "not_json": "The object could not be read as JSON.",
        "not_an_object": "A JSON object was expected, something else came.",
        "too_deep": "The object is nested more than 32 levels deep.",
        "owner_missing": "Country code or party id is missing, so the owner is unknown.",
        "owner_invalid": "Country code and party id do not name a party.",
        "id_missing": "The object has no id.",
        "id_invalid": "The id cannot be used: it holds characters outside printable ASCII.",
    }
)
"""Reasons why an object cannot be kept at all."""

CODES: Mapping[str, str] = MappingProxyType(
    {
        "amperage_implausible": "The maximum current of a connector is zero, negative or enormous.",
        "boolean_spelling": "Yes or no was not sent as true or false.",
        "characters_not_allowed": "A text held line breaks, tabs or other control characters.",
        "choice_spelling": "A value of an enumeration was spelled differently than OCPI does.",
        "choice_unlisted": "A value is not in OCPI's list; it was kept, partners may not know it.",
        "component_without_price": "A price component without a usable price was left out.",
        "connector_duplicate": "A connector id occurs twice in one EVSE; the last one was kept.",
        "connector_not_identified": "A connector without usable id was left out.",
        "coordinates_out_of_range": "The coordinates do not lie on the Earth.",
        "coordinates_precision": "Coordinates had fewer than 5 or more than 7 decimals.",
        "coordinates_spelling": "Coordinates were not sent as text with a decimal point.",
        "coordinates_zero": "The coordinates are 0, 0: in the Atlantic Ocean.",
        "country_assumed": "The country was unusable and taken from time zone or owner.",
        "country_spelling": "The country was not sent as three capitals (ISO 3166-1 alpha-3).",
        "currency_spelling": "The currency was not sent as three capitals (ISO 4217).",
        "element_without_prices": "A part of a tariff without usable prices was left out.",
        "evse_duplicate": "An EVSE uid occurs twice in one Location; the last one was kept.",
        "evse_id_format": "The EVSE ID does not follow the agreed form, as in NL*ABC*E123.",
        "evse_not_identified": "An EVSE without usable uid was left out.",
        "evse_without_connectors": "An EVSE has no connectors.",
        "field_other_name": "A field came in camelCase or under its name in OCPI 2.1.1.",
        "hours_always_and_regular": "Opening hours were given for a site that is always open.",
        "hours_not_in_order": "A period of the opening hours ends before it begins.",
        "hours_unknown": "The site is not always open, but no hours are given.",
        "id_from_address": "An identifier was missing and taken from the address of the request.",
        "identifier_too_long": "An identifier is longer than OCPI allows; it was kept.",
        "language_assumed": "A text came without its language, which was taken from the country.",
        "last_updated_assumed": "The time of the last change was missing or unusable.",
        "list_expected": "A single value was sent where a list belongs.",
        "number_out_of_range": "A number is outside the range that OCPI allows.",
        "number_rounded": "A fraction was sent where a whole number belongs.",
        "number_spelling": "A number was sent as text.",
        "owner_replaced": "The object named another owner than the one it was accepted for.",
        "owner_spelling": "The country code was not the two letters of ISO 3166-1.",
        "parking_duplicate": "A parking place occurs twice; the last one was kept.",
        "parking_unknown": "An EVSE names a parking place that the Location does not have.",
        "power_above_voltage_times_current": "More power than voltage and current can give.",
        "power_implausible": "The power of a connector is zero, negative or enormous.",
        "power_in_kilowatts": "The power was apparently sent in kW and turned into W.",
        "power_in_milliwatts": "The power was apparently a thousand times too high.",
        "price_limit_spelling": "The lowest or highest price was not sent as an object.",
        "publish_allowed_to_unused": "A list of allowed tokens came with a published Location.",
        "publish_assumed": "It was not said whether the Location may be published.",
        "publish_token_incomplete": "A Location is to be shown to a token that is not identified.",
        "required_missing": "A required field is missing.",
        "restriction_unusable": "A restriction could not be understood; the prices it limits were left out.",
        "restrictions_listed": "Restrictions were sent as a list instead of an object.",
        "status_unknown": "The status is none that OCPI knows, or missing.",
        "step_size_assumed": "The step size was missing or unusable; 1 was taken.",
        "step_size_implausible": "The step size of a price is zero, negative or enormous.",
        "tariff_without_prices": "No price of the tariff could be read; it can be shown, not calculated.",
        "tax_included_assumed": "It was not said whether prices hold taxes; taken to be without.",
        "text_empty": "An empty text was sent instead of leaving the field out.",
        "text_spelling": "A number was sent where text belongs.",
        "text_too_long": "A text is longer than OCPI allows and was cut.",
        "text_untrimmed": "A text began or ended with spaces.",
        "time_zone_assumed": "The time zone was missing and taken from country and coordinates.",
        "time_zone_spelling": "The time zone was spelled differently than IANA does.",
        "timestamp_implausible": "A timestamp lies before 1970.",
        "timestamp_local": "A timestamp without time zone was taken for local time of the site.",
        "timestamp_spelling": "A timestamp was not in UTC in OCPI's form.",
        "timestamp_zone_unknown": "Local time is expected, but the time zone is unknown; taken for UTC.",
        "url_spelling": "A web address came without https:// in front.",
        "value_unusable": "A value could not be understood and was left out.",
        "vat_fraction": "The VAT was sent as a fraction and turned into percent.",
        "vat_fraction_suspected": "The VAT is below 1 percent: it may be meant as a fraction.",
        "vat_implausible": "The VAT is negative or above 100 percent.",
        "voltage_implausible": "The maximum voltage of a connector is zero, negative or enormous.",
    }
)
"""Warnings: the object was kept."""
