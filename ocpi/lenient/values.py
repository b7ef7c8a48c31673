"""Repairs of single values: each returns the value to keep and the codes of what was done.

A value of None means: leave the field out. UnusableError is raised when nothing can be made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from ocpi import types
from ocpi.countries import ALPHA_2, ALPHA_3
from ocpi.documents import FieldShape
from ocpi.lenient import moments
from ocpi.lenient.audit import EVSE_ID, RANGES
from ocpi.lenient.repaired import Repaired, UnusableError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_TAG_BEGINS = re.compile(r"<(?=[A-Za-z/!?])")
_EVSE_ID = re.compile(EVSE_ID)
_NOT_WORD = re.compile(r"[^A-Z0-9]+")
_ZONES = {zone.casefold(): zone for zone in types.TIME_ZONES}

# English, and ISO 8601 from 1 for Monday; 0 is Sunday wherever it occurs.
_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_DAYS: dict[str, str | None] = {
    **{word[:length]: word for word in _WEEK for length in (2, 3)},
    **{str(number): word for number, word in enumerate(_WEEK, 1)},
    "0": "SUNDAY",
    "TUES": "TUESDAY",
    "WEDS": "WEDNESDAY",
    "THUR": "THURSDAY",
    "THURS": "THURSDAY",
}
_ALIASES: dict[str, dict[str, str | None]] = {
    "standard": {
        "CCS": "IEC_62196_T2_COMBO",
        "CCS2": "IEC_62196_T2_COMBO",
        "CCS_2": "IEC_62196_T2_COMBO",
        "CCS_COMBO_2": "IEC_62196_T2_COMBO",
        "COMBO2": "IEC_62196_T2_COMBO",
        "CCS1": "IEC_62196_T1_COMBO",
        "CCS_1": "IEC_62196_T1_COMBO",
        "TYPE_1": "IEC_62196_T1",
        "TYPE1": "IEC_62196_T1",
        "J1772": "IEC_62196_T1",
        "TYPE_2": "IEC_62196_T2",
        "TYPE2": "IEC_62196_T2",
        "TYPE_2_OUTLET": "IEC_62196_T2",
        "MENNEKES": "IEC_62196_T2",
        "SCHUKO": "DOMESTIC_F",
        "NACS": "SAE_J3400",
        "GB_T_AC": "GBT_AC",
        "GB_T_DC": "GBT_DC",
    },
    "status": {
        "FAULTED": "OUTOFORDER",
        "OUT_OF_ORDER": "OUTOFORDER",
        "UNAVAILABLE": "INOPERATIVE",
        "OCCUPIED": "CHARGING",
        "PREPARING": "BLOCKED",
        "FINISHING": "BLOCKED",
        "WORKING": "AVAILABLE",
        "OFFLINE": "UNKNOWN",
    },
    "power_type": {"AC": None, "AC_1": "AC_1_PHASE", "AC_3": "AC_3_PHASE"},
    # Values of OCPI 2.1.1 that say nothing.
    "parking_type": {"OTHER": None, "UNKNOWN": None},
    "category": {"LOGO": "OPERATOR"},
    "tax_included": {
        "TRUE": "YES",
        "INCLUDED": "YES",
        "FALSE": "NO",
        "EXCLUDED": "NO",
        "NA": "N/A",
    },
    "day_of_week": _DAYS,
}


def text(value: Any, name: str, field: FieldShape) -> Repaired:
    """Text: numbers become text, control characters and outer spaces go, the rest is cut."""
    codes: list[str] = []
    if isinstance(value, int | float) and not isinstance(value, bool):
        value, codes = str(value), ["text_spelling"]
    if not isinstance(value, str):
        raise UnusableError
    if _CONTROL.search(value.strip()):
        value = _CONTROL.sub(" ", value)
        codes.append("characters_not_allowed")
    if value != value.strip():
        value = value.strip()
        codes.append("text_untrimmed")
    if not value:
        return Repaired(None, ("text_empty",))
    if field.max_length is not None and len(value) > field.max_length:
        return Repaired(value[: field.max_length].rstrip(), (*codes, "text_too_long"))
    return Repaired(value, tuple(codes))


def words(value: Any, name: str, field: FieldShape) -> Repaired:
    """Text for drivers: as text, and without the tags and character references of markup."""
    if not isinstance(value, str) or not _TAG_BEGINS.search(value):
        return text(value, name, field)
    plain = unescape(_TAG.sub(" ", value))
    kept, codes = text(" ".join(_TAG_BEGINS.sub("< ", plain).split()), name, field)
    return Repaired(kept, ("markup_removed", *codes))


def code(value: Any, name: str, field: FieldShape) -> Repaired:
    """CiString: as text, but an identifier is never cut, and must be printable ASCII."""
    repaired = text(value, name, field._replace(max_length=None))
    kept, codes = repaired
    if kept is None:
        return repaired
    if not kept.isascii():
        raise UnusableError
    if field.max_length is not None and len(kept) > field.max_length:
        codes = (*codes, "identifier_too_long")
    if name == "evse_id" and not _EVSE_ID.fullmatch(kept):
        codes = (*codes, "evse_id_format")
    return Repaired(kept, codes)


def matching(value: Any, name: str, field: FieldShape) -> Repaired:
    """Text that must match a pattern and allows no repair but trimming: URL, language."""
    kept, codes = text(value, name, field._replace(max_length=None))
    if kept is None:
        return Repaired(None, codes)
    if field.kind == "url" and kept.startswith("www."):
        kept, codes = "https://" + kept, (*codes, "url_spelling")
    if field.kind == "language":
        kept = re.split("[-_]", kept)[0]
    if not _MATCHING[field.kind].fullmatch(kept) or len(kept) > (field.max_length or 255):
        raise UnusableError
    changed = kept != str(value).strip() and not codes
    return Repaired(kept, ("text_spelling",) if changed else codes)


_MATCHING = {
    "url": re.compile(r"^https?://[\x21-\x7E]+$", re.IGNORECASE),
    "language": re.compile(types.LANGUAGE),
}


def number(value: Any, name: str, field: FieldShape) -> Repaired:
    """A number, also one sent as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Repaired(value)
    return Repaired(float(_decimal(value)), ("number_spelling",))


def integer(value: Any, name: str, field: FieldShape) -> Repaired:
    """A whole number, also one sent as text or with a fraction; unbelievable ones are named."""
    codes: tuple[str, ...] = ()
    if isinstance(value, bool) or not isinstance(value, int):
        exact = _decimal(value)
        codes = ("number_spelling",) if isinstance(value, str) else ()
        if abs(exact) > 10**15:
            raise UnusableError
        codes = codes if exact == int(exact) else (*codes, "number_rounded")
        value = round(exact)
    lowest, highest = RANGES.get(name, (value, value))
    if lowest <= value <= highest:
        return Repaired(value, codes)
    if name in _IMPLAUSIBLE:
        return Repaired(value, (*codes, _IMPLAUSIBLE[name]))
    raise UnusableError("number_out_of_range")


_IMPLAUSIBLE = {
    "step_size": "step_size_implausible",
    "max_voltage": "voltage_implausible",
    "max_amperage": "amperage_implausible",
    "max_electric_power": "power_implausible",
}


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnusableError
    try:
        exact = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        raise UnusableError from None
    if not exact.is_finite() or abs(exact.adjusted()) > 30:
        raise UnusableError
    return exact


def boolean(value: Any, name: str, field: FieldShape) -> Repaired:
    """true or false, also as text or 0 and 1."""
    meant = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    kept = meant.get(str(value).strip().lower())
    if kept is None or isinstance(value, float | list | dict):
        raise UnusableError
    return Repaired(kept, ("boolean_spelling",))


def choice(value: Any, name: str, field: FieldShape) -> Repaired:
    """A value of an enumeration: other spellings are mapped, unlisted ones kept where open."""
    aliases = _ALIASES.get(name, {})
    if isinstance(value, bool | int) and str(value).upper() in aliases:
        value = str(value)
    if not isinstance(value, str):
        raise UnusableError
    trimmed = _CONTROL.sub(" ", value).strip()
    if not trimmed:
        return Repaired(None, ("text_empty",))
    plain = _plain(trimmed)
    spelled = {_plain(known): known for known in field.known}
    if plain in spelled or plain in aliases:
        return Repaired(spelled.get(plain) or aliases[plain], ("choice_spelling",))
    if name == "status":
        return Repaired("UNKNOWN", ("status_unknown",))
    if field.kind == "open_choice":
        return Repaired(trimmed[:255], ("choice_unlisted",))
    raise UnusableError


def _plain(word: str) -> str:
    return _NOT_WORD.sub("_", word.upper()).strip("_")


def coordinate(value: Any, name: str, field: FieldShape) -> Repaired:
    """Latitude or longitude in degrees: 5 to 7 decimals as text, whatever way it came."""
    codes: tuple[str, ...] = () if isinstance(value, str) else ("coordinates_spelling",)
    exact = _decimal(value)
    if isinstance(value, str) and ("," in value or value != value.strip()):
        codes = ("coordinates_spelling",)
    decimals = max(0, -int(exact.as_tuple().exponent))
    kept = f"{exact:.{min(max(decimals, 5), 7)}f}"
    if isinstance(value, str) and not 5 <= decimals <= 7:
        codes = (*codes, "coordinates_precision")
    limit = 90 if field.kind == "latitude" else 180
    if abs(exact) >= 1000 or (limit == 90 and abs(exact) >= 100):
        raise UnusableError("coordinates_out_of_range")
    if abs(exact) > limit:
        codes = (*codes, "coordinates_out_of_range")
    return Repaired(kept, codes or ("coordinates_spelling",))


def country(value: Any, name: str, field: FieldShape) -> Repaired:
    """Country of the Location as alpha-3, also from alpha-2 or lower case."""
    word = value.strip().upper() if isinstance(value, str) else ""
    word = {"UK": "GB"}.get(word, word)
    kept = word if word in ALPHA_2 else ALPHA_3.get(word)
    if kept is None:
        raise UnusableError("country_assumed")
    return Repaired(kept, ("country_spelling",))


def currency(value: Any, name: str, field: FieldShape) -> Repaired:
    """ISO 4217, also in lower case or as a sign."""
    word = value.strip().upper() if isinstance(value, str) else ""
    kept = {"€": "EUR", "£": "GBP", "EURO": "EUR"}.get(word, word)
    if len(kept) != 3 or not (kept.isascii() and kept.isalpha()):
        raise UnusableError
    return Repaired(kept, ("currency_spelling",))


def time_zone(value: Any, name: str, field: FieldShape) -> Repaired:
    """IANA time zone, also with spaces or in another case."""
    word = value.strip() if isinstance(value, str) else ""
    kept = _ZONES.get(word.replace(" ", "_").casefold())
    if kept is None:
        raise UnusableError
    return Repaired(kept, ("time_zone_spelling",))


def owner_part(value: Any, name: str, field: FieldShape) -> Repaired:
    """Country code (also as alpha-3, or UK) or party id of the owner."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnusableError
    word = str(value).strip()
    if not word:
        return Repaired(None)
    if field.kind == "country_code":
        word = {"UK": "GB"}.get(word.upper(), ALPHA_2.get(word.upper(), word))
    return Repaired(word, () if word == value else ("owner_spelling",))


Repairer = Callable[[Any, str, FieldShape], Repaired]
REPAIRERS: dict[str, Repairer] = {
    "text": text,
    "words": words,
    "code": code,
    "url": matching,
    "language": matching,
    "time_of_day": moments.time_of_day,
    "datetime": moments.timestamp,
    "date": moments.day,
    "currency": currency,
    "number": number,
    "integer": integer,
    "boolean": boolean,
    "choice": choice,
    "open_choice": choice,
    "latitude": coordinate,
    "longitude": coordinate,
    "country": country,
    "country_code": owner_part,
    "party_code": owner_part,
    "time_zone": time_zone,
}
"""By kind of field (see ocpi.documents.FieldShape)."""
