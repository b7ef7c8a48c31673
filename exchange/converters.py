"""URL converters for the segments of OCPI paths (OCPI 2.2.1, types, CiString)."""

from __future__ import annotations

from django.urls import register_converter


class CiStringConverter:
    """A CiString of printable ASCII, already percent-decoded; a slash cannot be part of it.

    Longer than the 36 of the specification, because partners overdo it.
    """

    regex = r"[ -.0-~]{1,255}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CountryCodeConverter(CiStringConverter):
    regex = r"[A-Za-z]{2}"


class PartyIdConverter(CiStringConverter):
    regex = r"[A-Za-z0-9]{3}"


def register() -> None:
    register_converter(CiStringConverter, "ci")
    register_converter(CountryCodeConverter, "country_code")
    register_converter(PartyIdConverter, "party_id")
