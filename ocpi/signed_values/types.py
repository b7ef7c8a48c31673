"""What signed meter values are made of, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Format(StrEnum):
    """How signed values are written; only OCMF is read and verified here."""

    OCMF = "OCMF"
    ALFEN = "Alfen Eichrecht"
    EDL = "EDL40"
    SAFE_XML = "SAFE XML"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What came of verifying one signed value."""

    VERIFIED = "verified"
    DOES_NOT_MATCH = "does not match"
    KEY_UNKNOWN = "key unknown"
    KEY_UNREADABLE = "key not readable"
    CURVE_UNSUPPORTED = "curve not supported"
    NOT_UNDERSTOOD = "format not understood"


@dataclass(frozen=True)
class Reading:
    """One entry of ``RD`` of OCMF, with what it takes over from the entry before it.

    ``at`` is aware, ``None`` where the time cannot be read. ``clock`` is the state of the clock: ``U`` unknown,
    ``I`` informative, ``S`` synchronized, ``R`` relative. ``reason`` is ``TX``: ``B`` begin, ``C`` charging, ``X``
    exception, ``E``, ``L``, ``R``, ``A``, ``P`` end, ``S`` suspended, ``T`` change of tariff. ``register`` is
    the OBIS code ``RI``; ``value`` is in ``unit``. ``errors`` is ``EF``: ``E`` and ``t`` say that energy or time
    may not be billed. ``status`` is ``ST``, ``G`` where the meter is well.
    """

    at: datetime | None
    clock: str = ""
    reason: str = ""
    value: Decimal | None = None
    register: str = ""
    unit: str = ""
    current: str = ""
    errors: str = ""
    status: str = ""

    @property
    def energy(self) -> Decimal | None:
        """The value in kWh; ``None`` where it counts something else than energy."""
        if self.value is None:
            return None
        scale = {"KWH": Decimal(1), "WH": Decimal("0.001"), "MWH": Decimal(1000)}
        factor = scale.get(self.unit.upper())
        return None if factor is None else self.value * factor


@dataclass(frozen=True)
class Signature:
    """The signature section of OCMF, with the defaults of the format filled in (OCMF 1.4, tables 8 and 22)."""

    data: str
    algorithm: str = "ECDSA-secp256r1-SHA256"
    encoding: str = "hex"
    mime_type: str = "application/x-der"
    algorithm_is_said: bool = False


@dataclass(frozen=True)
class Record:
    """One data set of OCMF: what was signed (``payload``, character by character) and what it says.

    ``fields`` are those of the payload but for the readings, by their short names. ``signature`` is ``None`` where
    the data set came without one.
    """

    payload: str
    fields: dict[str, object] = field(repr=False)
    readings: tuple[Reading, ...]
    signature: Signature | None

    def text(self, name: str) -> str:
        """A field as text; empty where it is absent."""
        value = self.fields.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value).strip()

    @property
    def page(self) -> tuple[str, int] | None:
        """The context (``T`` transaction, ``F`` fiscal) and the number of ``PG``."""
        text = self.text("PG")
        number = text[1:]
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        return (text[0], int(number)) if is_number else None


@dataclass(frozen=True)
class SignedValue:
    """One SignedValue of OCPI: its nature, and its record or the sentence that says why there is none."""

    nature: str
    record: Record | None = None
    problem: str = ""


@dataclass(frozen=True)
class SignedValues:
    """``signed_data`` of a canonical CDR, taken apart. ``method`` is the encoding as the CPO names it."""

    method: str
    format: Format
    public_key: str
    url: str
    values: tuple[SignedValue, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(one.record for one in self.values if one.record is not None)

    @property
    def meter(self) -> str:
        """The serial number of the meter, or of what signs for it; empty where no record says one."""
        names = ("MS", "GS")
        return next((r.text(n) for n in names for r in self.records if r.text(n)), "")


@dataclass(frozen=True)
class Verdict:
    """What came of verifying one value, as a sentence too.

    ``vouched`` is true where it was verified with a key that was known before, and not only with the one that
    came with it. ``key_differs`` is true where the CDR carries another key than the one known.
    """

    outcome: Outcome
    words: str
    vouched: bool = False
    key_differs: bool = False
