"""What every format is read into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from ocpi.identifiers import NotAnId, country_meant, read_party_id
from ocpi.identifiers.errors import NotACountry
from ocpi.identifiers.scanning import Scanner

CPO, EMSP = "CPO", "EMSP"


class NotReadable(ValueError):
    """A file that is not in the format it should be in; the message says what was expected."""


class Holder(NamedTuple):
    """Who a register says holds a code. ``status`` is one of ``EntryStatus``."""

    organisation: str
    legal_name: str = ""
    website: str = ""
    status: str = "active"
    observed: tuple[str, ...] = ()
    issued_on: date | None = None


class Listed(NamedTuple):
    """A code in one role. ``register`` names the register in a directory of many, else it is empty."""

    country_code: str
    party_id: str
    role: str
    holder: Holder
    source_value: str
    register: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.country_code, self.party_id, self.role


class Malformed(NamedTuple):
    """What cannot be a code, where it stands, and why."""

    place: str
    source_value: str
    organisation: str
    reason: str
    register: str = ""


Row = Listed | Malformed


def rows_of(
    codes: Iterable[str], role: str, holder: Holder, place: str, register: str = ""
) -> Iterator[Row]:
    """A row per code as it is written, in one role; what cannot be read is malformed, and why is said."""
    for code in codes:
        written = code.strip()
        try:
            party = read_party_id(written)
            country = country_meant(party.country_code)
            Scanner(written).issued(country)
        except NotACountry as error:
            yield Malformed(place, written[:80], holder.organisation, error.reason, register)
        except NotAnId as error:
            yield Malformed(place, written[:80], holder.organisation, str(error)[:300], register)
        else:
            yield Listed(country, party.party_id, role, holder, written[:40], register)


def cleaned(value: object) -> str:
    """Text with its white space put in order; empty for anything else."""
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def day(value: object) -> date | None:
    """The day of an ISO 8601 date or time, as it is written there; ``None`` for anything else."""
    try:
        return date.fromisoformat(cleaned(value)[:10])
    except ValueError:
        return None
