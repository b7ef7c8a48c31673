"""For every kind of deviation: what we did about it, and what to ask the partner."""

from __future__ import annotations

_KEPT = "Kept as it came."
_READ = "Read as what it means."
_LEFT_OUT = "Left out; the rest was taken in."
_FILLED = "Filled in as well as possible."

# code -> (what we did, what to ask for)
_WORDS: dict[str, tuple[str, str]] = {
    "alt_text_states_price": (_KEPT, "Please leave prices to the elements of the tariff."),
    "component_without_effect": (_KEPT, "Please leave out prices that are never charged."),
    "contract_id_check_character": (_KEPT, "Please check the last character of contract IDs."),
    "contract_id_format": (_KEPT, "Please form contract IDs as in NL-ABC-C12345678-X."),
    "coordinates_alike": (_KEPT, "Please check latitude and longitude."),
    "coordinates_elsewhere": (_KEPT, "Please check the coordinates, or the country."),
    "coordinates_sign": (_KEPT, "Please check the signs of latitude and longitude."),
    "coordinates_swapped": (_KEPT, "Please exchange latitude and longitude."),
    "currency_foreign": (_KEPT, "Please check the currency of the tariff."),
    "currency_unknown": (_KEPT, "Please send a currency of ISO 4217, as in EUR."),
    "dates_hold_no_day": (_KEPT, "Please let end_date be the day after the last one that counts."),
    "dimension_twice": (_KEPT, "Please price each dimension once per element."),
    "element_unreachable": (_KEPT, "Please put the more special element first."),
    "evse_id_other_party": (_KEPT, "Please say whose the EVSE is, if you host it for somebody."),
    "last_minute_uncovered": (_KEPT, "Please end the day at 00:00."),
    "limits_reversed": (_KEPT, "Please check min_price and max_price."),
    "location_without_evses": (_KEPT, "Please send the EVSEs of every location."),
    "min_not_below_max": (_KEPT, "Please check the minimum and maximum of the restriction."),
    "name_marks_test": (_KEPT, "Please withdraw sites that are not for customers."),
    "power_unusual_for_ac": (_KEPT, "Please check max_electric_power, or power_type."),
    "price_implausible": (_KEPT, "Please check the price and its unit."),
    "price_negative": (_KEPT, "Please check the price."),
    "price_unreachable": (_KEPT, "Please put the more special element first."),
    "prices_all_zero": (_KEPT, "Please say whether charging is free or has no price yet."),
    "reservation_prices_use": (_KEPT, "Please price reservations by time and flat fee only."),
    "restriction_without_effect": (_KEPT, "Please leave out restrictions that restrict nothing."),
    "several_flat_fees": (_KEPT, "Please send one flat fee."),
    "step_size_not_one": (_KEPT, "Please bill exactly, with a step_size of 1."),
    "step_size_zero": (_KEPT, "Please send a step_size of at least 1."),
    "validity_reversed": (_KEPT, "Please check start_date_time and end_date_time."),
    "window_without_length": (_KEPT, "Please let each window end after it starts."),
    "amperage_implausible": (_KEPT, "Please send max_amperage in ampere, above 0."),
    "boolean_spelling": (_READ, "Please send yes and no as true and false, without quotes."),
    "characters_not_allowed": (
        "Line breaks and control characters became spaces.",
        "Please leave line breaks, tabs and control characters out of texts.",
    ),
    "choice_spelling": (_READ, "Please spell the values of enumerations exactly as OCPI does."),
    "changed_after_end": (_KEPT, "Please end a session only when it will not change any more."),
    "cdr_conflict": (
        "The first one counts; the other is shown beside it.",
        "Please never send a CDR again with other content: credit it, and send a new one.",
    ),
    "charge_at_none": (_KEPT, "Please name the EVSE and the connector that were used."),
    "charge_at_several": (_KEPT, "Please name only the EVSE and the connector that were used."),
    "end_before_start": (_KEPT, "Please check the start and end of charges."),
    "energy_in_wh": (_KEPT, "Please send energy in kWh."),
    "flat_dimension": (_KEPT, "Please leave FLAT out of charging periods."),
    "free_without_tariff": (_KEPT, "Please send the tariff with a CDR that is free of charge."),
    "period_before_start": (
        _KEPT,
        "Please begin the first charging period when the charge begins.",
    ),
    "price_spelling": (_READ, "Please send costs as the version's Price object."),
    "token_owner_assumed": (
        _FILLED,
        "Please send country_code and party_id of the token's provider.",
    ),
    "token_type_assumed": (_FILLED, "Please send the type of every token."),
    "token_valid_assumed": (_FILLED, "Please send valid as true or false with every token."),
    "token_whitelist_assumed": (_FILLED, "Please send a whitelist of OCPI with every token."),
    "choice_unlisted": (
        _KEPT,
        "Please send values that OCPI lists, or tell us what this one means.",
    ),
    "component_without_price": (_LEFT_OUT, "Please send a price in every price component."),
    "connector_duplicate": (
        "The last one was kept.",
        "Please give each connector of an EVSE an id of its own.",
    ),
    "connector_not_identified": (_LEFT_OUT, "Please give every connector an id."),
    "coordinates_out_of_range": (_KEPT, "Please send latitude and longitude in degrees."),
    "coordinates_precision": (
        "Rounded or filled up to 5 to 7 decimals.",
        "Please send coordinates with 5 to 7 decimals.",
    ),
    "coordinates_spelling": (
        _READ,
        'Please send coordinates as text with a decimal point, as in "52.370216".',
    ),
    "coordinates_zero": (_KEPT, "Please send where the location is, not 0, 0."),
    "country_assumed": (_FILLED, "Please send the country as ISO 3166-1 alpha-3, as in NLD."),
    "country_spelling": (_READ, "Please send the country as ISO 3166-1 alpha-3, as in NLD."),
    "currency_spelling": (_READ, "Please send the currency as ISO 4217, as in EUR."),
    "element_without_prices": (_LEFT_OUT, "Please send at least one price in every element."),
    "energy_mix_not_whole": (_KEPT, "Please let the shares of an energy mix add up to 100 %."),
    "evse_duplicate": (
        "The last one was kept.",
        "Please give each EVSE of a location a uid of its own.",
    ),
    "evse_id_format": (_KEPT, "Please send EVSE IDs as agreed, as in NL*ABC*E123."),
    "evse_not_identified": (_LEFT_OUT, "Please give every EVSE a uid."),
    "evse_without_connectors": (_KEPT, "Please send the connectors of every EVSE."),
    "field_other_name": (
        _READ,
        "Please name fields exactly as the OCPI version we agreed on does.",
    ),
    "hours_always_and_regular": (
        "The site counts as always open.",
        "Please send either twentyfourseven or regular hours.",
    ),
    "hours_not_in_order": (_LEFT_OUT, "Please let each period end after it begins."),
    "hours_unknown": (
        "The opening hours were left out.",
        "Please send regular hours where a site is not always open.",
    ),
    "id_from_address": (
        "Taken from the address of the push.",
        "Please put the identifier into the body as well.",
    ),
    "identifier_too_long": (_KEPT, "Please keep identifiers within the length OCPI allows."),
    "language_assumed": (_FILLED, "Please send texts with their language."),
    "last_updated_assumed": (
        _FILLED,
        "Please send last_updated, and change it with every change.",
    ),
    "list_expected": (_READ, "Please send a list, also where it has one entry."),
    "markup_removed": (
        "Tags were taken out of texts for drivers.",
        "Please send plain text, without HTML.",
    ),
    "number_out_of_range": (_LEFT_OUT, "Please send numbers within the range OCPI allows."),
    "number_rounded": ("Rounded.", "Please send a whole number."),
    "number_spelling": (_READ, "Please send numbers as numbers, without quotes."),
    "owner_replaced": (
        "The owner it was accepted for was kept.",
        "Please name the right country_code and party_id.",
    ),
    "owner_spelling": (_READ, "Please send country_code as two letters (ISO 3166-1 alpha-2)."),
    "parking_duplicate": ("The last one was kept.", "Please send each parking place once."),
    "parking_image_missing": (_KEPT, "Please send an image of parking places for disabled people."),
    "parking_size_missing": (
        _KEPT,
        "Please send weights, sizes, and whether dangerous goods are allowed.",
    ),
    "parking_unknown": (
        "The reference was left out.",
        "Please name parking places that the location has.",
    ),
    "power_above_voltage_times_current": (
        _KEPT,
        "Please check max_electric_power against max_voltage and max_amperage.",
    ),
    "power_implausible": (_KEPT, "Please send max_electric_power in watt, above 0."),
    "power_in_kilowatts": ("Turned into watt.", "Please send max_electric_power in watt."),
    "power_in_milliwatts": ("Divided by 1000.", "Please send max_electric_power in watt."),
    "price_limit_spelling": (_READ, "Please send min_price and max_price as objects."),
    "publish_allowed_to_unused": (
        "The list was left out.",
        "Please send publish_allowed_to for unpublished locations only.",
    ),
    "publish_assumed": (_FILLED, "Please say with publish whether a location may be shown."),
    "publish_token_incomplete": (
        _LEFT_OUT,
        "Please identify each token by uid and type, visual_number and issuer, or group_id.",
    ),
    "required_missing": ("Kept without it.", "Please send every field that OCPI requires."),
    "restriction_unusable": (
        "The prices it limits were left out.",
        "Please send restrictions as OCPI describes them.",
    ),
    "restrictions_listed": (_READ, "Please send restrictions as one object."),
    "status_unknown": (
        "The status became UNKNOWN.",
        "Please send one of the statuses that OCPI lists.",
    ),
    "step_size_assumed": (_FILLED, "Please send a step_size in every price component."),
    "step_size_implausible": (_KEPT, "Please send a step_size of at least 1."),
    "tariff_unknown": (
        "Kept; no price can be shown.",
        "Please send every tariff that a connector names, under the same party.",
    ),
    "tariff_without_prices": (
        "Kept to be shown, not to be calculated with.",
        "Please send the prices of the tariff.",
    ),
    "tax_included_assumed": (_FILLED, "Please say with tax_included what your prices hold."),
    "text_empty": ("The field was left out.", "Please leave out fields that are empty."),
    "text_spelling": (_READ, "Please send texts in quotes."),
    "text_too_long": ("Cut to the length OCPI allows.", "Please send shorter texts."),
    "text_untrimmed": (
        "Spaces at both ends were cut off.",
        "Please leave out spaces at the beginning and end of texts.",
    ),
    "time_zone_assumed": (_FILLED, "Please send the time zone, as in Europe/Amsterdam."),
    "time_zone_spelling": (_READ, "Please spell time zones as IANA does: Europe/Amsterdam."),
    "timestamp_implausible": (_LEFT_OUT, "Please send when it really was."),
    "timestamp_local": ("Turned into UTC.", "Please send timestamps in UTC, with a Z."),
    "timestamp_spelling": (_READ, "Please send timestamps like 2026-01-31T12:00:00Z."),
    "timestamp_zone_unknown": ("Taken for UTC.", "Please send timestamps in UTC, with a Z."),
    "url_spelling": (_READ, "Please send addresses with https:// in front."),
    "value_unusable": (_LEFT_OUT, "Please send this as OCPI describes it."),
    "vat_fraction": ("Turned into percent.", "Please send VAT in percent: 21, not 0.21."),
    "vat_implausible": (_KEPT, "Please send VAT in percent: 21, not 0.21."),
    "vat_unknown": (_KEPT, "Please send the VAT of every price, 0 where there is none."),
    "voltage_implausible": (_KEPT, "Please send max_voltage in volt, above 0."),
}

DONE: dict[str, str] = {code: done for code, (done, _) in _WORDS.items()}
"""By code: what we did about it."""

ASK: dict[str, str] = {code: ask for code, (_, ask) in _WORDS.items()}
"""By code: what to ask the partner."""
