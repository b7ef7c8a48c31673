"""How one partner's OCPI differs from the specification's: data, not branches in the code.

A connection has one dialect. Its fields say what we put up with from this partner and how we spell what we
send to it; the default is the specification of the version agreed on, to the letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

TokenIn = Literal["version", "base64", "raw", "either"]
TokenOut = Literal["version", "base64", "raw"]
Naming = Literal["auto", "always", "never"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "token_in": get_args(TokenIn),
    "token_out": get_args(TokenOut),
    "name_party": get_args(Naming),
}


@dataclass(frozen=True)
class Dialect:
    """What is particular about a partner.

    Tokens: ``token_in`` is how it spells the token it presents, ``token_out`` how it wants ours; "version"
    is what the version says (raw at 2.1.1, Base64 since 2.2).

    What it sends: ``lenient_pushes`` reads pushes as lists are read (repaired and counted instead of
    refused), ``local_times`` takes timestamps without designator for local time of the site,
    ``ids_from_url`` fills identifiers that a push's body lacks from its address, ``vat_as_fraction`` takes
    a VAT below 1 for a fraction (0.21 for 21).

    What it wants: ``trailing_slash`` ends our request URLs with a slash, ``whole_objects`` never sends it
    a PATCH, ``routing_headers`` False leaves out OCPI-to and OCPI-from, ``whole_seconds`` sends timestamps
    without fractions, ``unlisted_values`` sends it values that its version's closed enumerations lack,
    ``http_errors`` answers invalid objects with HTTP 400 beside the status 2001 (allowed at 2.1.1).

    How its lists are read: ``page_size`` is the limit we ask for (0: its default), ``date_filters`` False
    makes every pull a full one, ``name_party`` says whether a request for a list names one of its parties
    (auto: when it has several), ``busy_403`` takes HTTP 403 in a crawl for "too many requests",
    ``pause_seconds`` lie between two pages.
    """

    token_in: TokenIn = "version"  # noqa: S105
    token_out: TokenOut = "version"  # noqa: S105
    lenient_pushes: bool = False
    local_times: bool = False
    ids_from_url: bool = False
    vat_as_fraction: bool = False
    trailing_slash: bool = False
    whole_objects: bool = False
    routing_headers: bool = True
    whole_seconds: bool = False
    unlisted_values: bool = False
    http_errors: bool = False
    page_size: int = 0
    date_filters: bool = True
    name_party: Naming = "auto"
    busy_403: bool = False
    pause_seconds: float = 0.0

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Dialect:
        """The dialect in stored JSON; names that are unknown or values that don't fit fall back."""
        known = {field.name: field for field in fields(cls)}
        return cls(
            **{
                name: value
                for name, value in stored.items()
                if name in known and _fits(name, value, known[name].default)
            }
        )

    def store(self) -> dict[str, Any]:
        """What differs from the specification, as JSON to keep."""
        usual = asdict(Dialect())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    def but(self, **changes: Any) -> Dialect:
        """This dialect with some fields changed; ``ValueError`` names a value that does not fit."""
        usual = asdict(Dialect())
        for name, value in changes.items():
            if name not in usual or not _fits(name, value, usual[name]):
                raise ValueError(f"{name}: {value!r} is not a value of a dialect.")
        return replace(self, **changes)


TO_THE_LETTER = Dialect()


def _fits(name: str, value: Any, usual: Any) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if isinstance(usual, bool):
        return isinstance(value, bool)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and value >= 0 and (isinstance(usual, float) or isinstance(value, int))
