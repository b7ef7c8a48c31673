"""Accents: OCPI spoken wrong on purpose, in the ways platforms do.

An accent lasts until it is changed, over a restart too. Faults are outages; accents are how it always is.
"""

import threading
from dataclasses import asdict, dataclass, fields
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from ocpi.datetimes import parse_datetime
from ocpi.headers import TokenEncoding
from simulator.database import Database
from simulator.documents import Document

SETTING = "accent"
NAMELESS = frozenset({"country_code", "party_id", "id", "uid"})


@dataclass(frozen=True)
class Accent:
    """What it does differently than OCPI 2.2.1 says.

    `raw_tokens` sends and wants tokens as they are; `slashes` redirects addresses without a slash at
    the end; `no_patch` answers PATCH with 405; `numbers_as_text`, `local_times` (of the site, without
    Z) and `nameless` (pushes without the identifiers that their address has) spoil what it sends.
    """

    raw_tokens: bool = False
    slashes: bool = False
    no_patch: bool = False
    numbers_as_text: bool = False
    local_times: bool = False
    nameless: bool = False

    @property
    def token_encoding(self) -> TokenEncoding:
        return TokenEncoding.RAW if self.raw_tokens else TokenEncoding.BASE64

    @property
    def pushes_parts(self) -> bool:
        """Whether pushes are whole parts, so that there is something to spoil."""
        return self.numbers_as_text or self.local_times or self.nameless

    def as_json(self) -> dict[str, bool]:
        return asdict(self)

    def spell(self, document: Document, zone: str) -> Document:
        """The document as it goes out; `zone` is the time zone of its site."""
        return {name: self._spelled(name, value, zone) for name, value in document.items()}

    def spell_push(self, document: Document, zone: str) -> Document:
        """The same for a push, whose address names the object."""
        spelled = self.spell(document, zone)
        if not self.nameless:
            return spelled
        return {name: value for name, value in spelled.items() if name not in NAMELESS}

    def _spelled(self, name: str, value: Any, zone: str) -> Any:
        if isinstance(value, dict):
            return self.spell(value, zone)
        if isinstance(value, list):
            return [self._spelled(name, entry, zone) for entry in value]
        if self.local_times and name == "last_updated":
            local = parse_datetime(value).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
            return local.replace(tzinfo=None).isoformat(timespec="milliseconds")
        if self.numbers_as_text and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return value


PLAIN = Accent()
ALL = Accent(**{field.name: True for field in fields(Accent)})


def parse_accent(document: dict[str, Any]) -> Accent:
    """Read an accent, absent means false; ValueError names the field that is wrong."""
    known = {field.name for field in fields(Accent)}
    for name, value in document.items():
        if name not in known:
            raise ValueError(f"{name}: not one of {', '.join(sorted(known))}")
        if not isinstance(value, bool):
            raise ValueError(f"{name}: {value!r} is not true or false")  # noqa: TRY004
    return Accent(**document)


class AccentSwitch:
    """The current accent, kept in the data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._accent = Accent(**(database.setting(SETTING) or {}))

    @property
    def now(self) -> Accent:
        with self._lock:
            return self._accent

    def set(self, accent: Accent) -> None:
        """Speak so from the next request on."""
        self._database.set_setting(SETTING, accent.as_json())
        with self._lock:
            self._accent = accent
