"""Field types of OCPI and the base of every object (OCPI 2.2.1, types).

Everything here is decided inside pydantic's compiled core: no Python function runs per value.
Faults carry a code of ours or of pydantic; `describe` turns them into problems for people.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic import ValidationError as PydanticError
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from ocpi.countries import ALPHA_2 as ALPHA_2
from ocpi.errors import InvalidParameters, Problem

Model = TypeVar("Model", bound=BaseModel)

ASCII = r"^[\x20-\x7E]*$"
PRINTABLE = r"^[^\p{Cc}\u2028\u2029]*$"
# No tags: a < may be followed by anything but what begins one.
WORDS = r"^(?:[^<\p{Cc}\u2028\u2029]|<+(?:[^<A-Za-z/!?\p{Cc}\u2028\u2029]|$))*$"
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[\x21-\x7E]+$"
COUNTRY_CODE = r"^[A-Za-z]{2}$"
PARTY_ID = r"^[A-Za-z0-9]{3}$"
# Written differently than COUNTRY_CODE: a pattern tells the kind of a field.
LANGUAGE = r"^[a-zA-Z]{2}$"
LATITUDE = r"^-?[0-9]{1,2}\.[0-9]{5,7}$"
LONGITUDE = r"^-?[0-9]{1,3}\.[0-9]{5,7}$"
LATITUDE_SIX = r"^-?[0-9]{1,2}\.[0-9]{6}$"
LONGITUDE_SIX = r"^-?[0-9]{1,3}\.[0-9]{6}$"
TIME_OF_DAY = r"^([0-1][0-9]|2[0-3]):[0-5][0-9]$"
PRINTABLE_WORD = r"^[\x21-\x7E]+$"

YEAR = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
LEAP_YEAR = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
# The calendar is spelled out, so that 30 February is refused without running Python.
CALENDAR = (
    rf"(?:{YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{LEAP_YEAR}-02-29)"
)
TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
DATETIME = rf"^{CALENDAR}{TIME}Z?$"
DATE = rf"^{CALENDAR}$"
CURRENCY = r"^[A-Za-z]{3}$"

PATTERNS: dict[str, tuple[str, str]] = {
    ASCII: ("not_ascii", "Only printable ASCII characters are allowed"),
    PRINTABLE: ("not_printable", "Line breaks, tabs and other control characters are not allowed"),
    WORDS: (
        "not_plain_text",
        "Markup such as <b>, line breaks, tabs and other control characters are not allowed",
    ),
    URL_PATTERN: ("not_a_url", "Should be a URL that starts with http:// or https://"),
    COUNTRY_CODE: ("not_a_country_code", "Should be the two letters of a country (ISO 3166-1)"),
    PARTY_ID: ("not_a_party_id", "Should be three letters or digits"),
    LATITUDE: ("not_a_latitude", 'Should be text like "50.770774", with 5 to 7 decimals'),
    LONGITUDE: ("not_a_longitude", 'Should be text like "-126.104965", with 5 to 7 decimals'),
    LATITUDE_SIX: ("not_a_latitude", 'Should be text like "50.770774", with 6 decimals'),
    LONGITUDE_SIX: ("not_a_longitude", 'Should be text like "-126.104965", with 6 decimals'),
    TIME_OF_DAY: ("not_a_time", 'Should be a time of day like "18:15"'),
    PRINTABLE_WORD: ("not_a_token", "Only printable ASCII characters without spaces are allowed"),
    DATETIME: ("not_a_datetime", "Should be an existing UTC time like 2026-01-31T12:00:00Z"),
    DATE: ("not_a_date", "Should be an existing day like 2026-01-31"),
    CURRENCY: ("not_a_currency", 'Should be the three letters of a currency, as in "EUR"'),
}
"""What is wrong when a pattern does not match: code and sentence."""


def string(max_length: int, *, pattern: str = PRINTABLE, min_length: int = 0) -> StringConstraints:
    """`string(n)`: printable UTF-8 of at most `max_length` characters."""
    return StringConstraints(max_length=max_length, min_length=min_length, pattern=pattern)


def ci_string(max_length: int) -> StringConstraints:
    """`CiString(n)`: printable ASCII of at most `max_length` characters, not empty."""
    return StringConstraints(max_length=max_length, min_length=1, pattern=ASCII)


class OneOf:
    """A large closed set of texts whose fault does not list all members."""

    def __init__(self, values: Iterable[str], code: str, message: str) -> None:
        self.values = frozenset(values)
        self.code = code
        self.message = message

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.custom_error_schema(
            core_schema.literal_schema(sorted(self.values)),
            custom_error_type=self.code,
            custom_error_message=self.message,
        )


class Known(NamedTuple):
    """The listed values of an OpenEnum; others are allowed (OCPI 2.3.0, types, OpenEnum)."""

    values: tuple[str, ...]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            **handler(schema),
            "description": "An open enumeration: other values are allowed.",
            "examples": list(self.values),
        }


TIME_ZONES = frozenset(zoneinfo.available_timezones() - {"localtime", "Factory", "posixrules"})

CiString25 = Annotated[str, ci_string(25)]
CiString36 = Annotated[str, ci_string(36)]
CiString48 = Annotated[str, ci_string(48)]
CountryCode = Annotated[str, StringConstraints(pattern=COUNTRY_CODE)]
PartyCode = Annotated[str, StringConstraints(pattern=PARTY_ID)]
URL = Annotated[str, string(255, pattern=URL_PATTERN)]
DateTime = Annotated[str, StringConstraints(pattern=DATETIME)]
CalendarDate = Annotated[str, StringConstraints(pattern=DATE)]
TimeOfDay = Annotated[str, StringConstraints(pattern=TIME_OF_DAY)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]
Latitude = Annotated[str, StringConstraints(pattern=LATITUDE)]
Longitude = Annotated[str, StringConstraints(pattern=LONGITUDE)]
OpenEnum = Annotated[str, string(255, min_length=1)]
CountryAlpha3 = Annotated[
    str,
    OneOf(ALPHA_2, "not_a_country", 'Should be three capitals of ISO 3166-1 alpha-3, as in "NLD"'),
]
TimeZone = Annotated[
    str,
    OneOf(TIME_ZONES, "not_a_time_zone", 'Should be an IANA time zone like "Europe/Amsterdam"'),
]


class _Number:
    """A JSON number however the reader represents it; never text, never a boolean."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.custom_error_schema(
            core_schema.union_schema(
                [
                    core_schema.float_schema(strict=True, allow_inf_nan=False),
                    core_schema.is_instance_schema(Decimal),
                ]
            ),
            custom_error_type="not_a_number",
            custom_error_message="Input should be a number",
        )


Number = Annotated[float | Decimal, _Number()]


class OCPIModel(BaseModel):
    """Base of every OCPI class: JSON types are taken literally and unknown fields are kept.

    OCPI 2.3.0, transport_and_format: unknown fields never cause rejection. `null` stands for
    an absent optional field or an empty list (OCPI 2.2.1, terminology, Cardinality).
    """

    model_config = ConfigDict(extra="allow", strict=True)


class DisplayText(OCPIModel):
    """OCPI 2.2.1, types, DisplayText: no markup, HTML and the like."""

    language: Annotated[str, string(2, pattern=LANGUAGE)]
    text: Annotated[str, string(512, pattern=WORDS)]


PATTERNS[LANGUAGE] = ("not_a_language", 'Should be two letters of ISO 639-1, as in "en"')
NonEmpty = Field(min_length=1)


def validate(model: type[Model], data: Any) -> Model:
    """Check parsed JSON against a type; all faults at once.

    Raises InvalidParameters (2001) with a problem per fault and the first three in its message.
    """
    try:
        return model.model_validate(data)
    except PydanticError as error:
        raise refused(describe(error)) from None


def validate_part(model: type[BaseModel], data: Any) -> None:
    """Check a part of an object, in which fields may be missing, against its type.

    Raises InvalidParameters (2001) as `validate` does.
    """
    try:
        model.model_validate(data)
    except PydanticError as error:
        problems = [problem for problem in describe(error) if problem.code != "missing"]
        if problems:
            raise refused(problems) from None


def refused(problems: list[Problem]) -> InvalidParameters:
    """The error that answers a document with these problems."""
    texts = [
        f"{problem.path}: {problem.message}" if problem.path else problem.message
        for problem in problems[:3]
    ]
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return InvalidParameters("; ".join(texts) + more, problems=problems)


def describe(error: PydanticError) -> list[Problem]:
    """The faults pydantic found, as problems with dotted paths."""
    return [_problem(fault) for fault in error.errors(include_url=False)]


def dotted(location: Iterable[int | str]) -> str:
    """("evses", 3, "uid") -> "evses.3.uid"."""
    return ".".join(map(str, location))


def _problem(fault: ErrorDetails) -> Problem:
    context = fault.get("ctx", {})
    code, message = fault["type"], fault["msg"]
    if code == "string_pattern_mismatch":
        code, message = PATTERNS.get(context.get("pattern", ""), (code, message))
    elif code == "missing":
        message = "Field required"
    location = [*fault["loc"], *filter(None, str(context.get("field", "")).split("."))]
    value = None if code == "missing" else fault["input"]
    return Problem(code, dotted(location), message, value)
