"""What checks know of a CDR: what it says, and what is here about the same charge. Loaded for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from review.choices import AwaitedKind
from review.pricing import NOT_PRICED, Pricing


def is_unknown(at: datetime) -> bool:
    """1970 stands for a time that the CPO does not know (OCPI 2.3.0, mod_cdrs, CDR object)."""
    return at.year == 1970


class CDRFacts(NamedTuple):
    """The columns of a CDR and its review; as in :class:`cdrs.models.CDR`."""

    id: int
    owner_id: int
    emsp_id: int | None
    ours_id: int | None
    partner_id: int | None
    direction: str
    state: str
    cdr_id: str
    cdr_key: str
    start: datetime
    end: datetime
    currency: str
    total_cost: Decimal
    total_cost_after_tax: Decimal | None
    energy: Decimal
    duration: Decimal
    parking_time: Decimal | None
    session_key: str
    token_key: str
    contract_id: str
    contract_key: str
    location_key: str
    evse_key: str
    credit: bool
    credit_reference_key: str
    is_reservation: bool
    received_at: datetime
    is_forgotten: bool
    checked_at: datetime | None

    @property
    def passed(self) -> timedelta:
        """From start to end; negative where the CDR says so."""
        return self.end - self.start


class SessionFacts(NamedTuple):
    """The session that the CDR names."""

    id: int
    status: str
    started_at: datetime
    ended_at: datetime | None
    kwh: Decimal
    currency: str
    total_cost: Decimal | None


class TokenFacts(NamedTuple):
    """A token that is here under the CDR's UID and type, or its contract; ``owner`` is ``NL*MSP``."""

    owner_id: int
    owner: str
    valid: bool
    contract_key: str


class OtherCDR(NamedTuple):
    """Another CDR of the same owner, session, token or EVSE; ``owner_id`` is a primary key.

    ``state`` is where its review stands, of ``ReviewState``.
    """

    id: int
    owner_id: int
    cdr_id: str
    start: datetime
    end: datetime
    energy: Decimal
    total_cost: Decimal
    currency: str
    is_credited: bool
    state: str = ""


class Awaits(NamedTuple):
    """What would have a CDR checked again if it came: ``owner_id`` and ``key`` say whose and which.

    ``key`` is that of a session, of a token (``RFID:0123``), of a contract or of a tariff, as their tables have it;
    of terms it is the primary key of the party whose drivers charge at the owner's.
    """

    kind: AwaitedKind
    owner_id: int
    key: str


class Adjusted(NamedTuple):
    """A dispute about what a credit takes back, in which ``amount`` was taken off by hand, before tax."""

    number: str
    amount: Decimal


class Connector(NamedTuple):
    """What the location here says of the connector: the most power it gives, in kW, and its tariffs' keys."""

    power_kw: Decimal | None
    tariffs: tuple[str, ...] = ()


class KnownKey(NamedTuple):
    """The public key that is known of the meter, and its curve; as in :class:`review.models.MeterKey`."""

    public_key: str
    curve: str


@dataclass(slots=True)
class Context:
    """One CDR with all that its checks may ask; nothing in it asks the database.

    ``document`` is the canonical CDR with exact numbers, without ``last_updated``. ``time_zone`` is an IANA name,
    ``country`` alpha-3 and empty where nobody says it.
    ``tells_sessions`` and ``tells_tokens``: whether the CPO or eMSP tells us any at all. ``same_session``,
    ``same_token`` and ``same_evse`` are other charges that came before it (credits left out), the latter two only
    those that overlap in time. ``credits`` are the Credit CDRs that take this one back, or that take back the same
    original. ``agreed`` are the keys of the tariffs that were agreed for this charge.
    """

    cdr: CDRFacts
    document: Mapping[str, Any]
    time_zone: str | None = None
    country: str = ""
    session: SessionFacts | None = None
    tells_sessions: bool = False
    token: TokenFacts | None = None
    foreign_token: TokenFacts | None = None
    tells_tokens: bool = False
    connector: Connector | None = None
    same_session: Sequence[OtherCDR] = ()
    same_token: Sequence[OtherCDR] = ()
    same_evse: Sequence[OtherCDR] = ()
    original: OtherCDR | None = None
    credits: Sequence[OtherCDR] = ()
    agreed: Sequence[str] = ()
    conflicts: int = 0
    adjusted: Adjusted | None = None
    known_key: KnownKey | None = None
    pricing: Pricing = NOT_PRICED
