"""A question whether a card may charge, and the answer that is given."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from exchange.why import Step
from ocpi.errors import OCPIError
from ocpi.ids import PartyId, ci_key
from parties.choices import ConnectionKind
from parties.models import Connection, Party
from tokens.authorization.choices import Allowed, How, Reply
from tokens.models import Token

Document = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """May this card charge here?

    ``location`` is canonical LocationReferences, if any came. ``connection`` is who asks (``None`` for staff, who
    ask for our own charge points), ``cpos`` the CPO parties it asks for (those of ours for our back office and
    staff), ``receiver`` the one eMSP that is asked, where the request names it. ``version`` is the OCPI version of
    the question: older ones have fewer types of tokens.
    """

    uid: str
    type: str = "RFID"
    location: Document | None = None
    connection: Connection | None = None
    cpos: tuple[Party, ...] = ()
    receiver: Party | None = None
    version: str = "2.3.0"
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    actor: str = ""

    @property
    def uid_key(self) -> str:
        return ci_key(self.uid)

    @property
    def location_id(self) -> str:
        return str(self.location["location_id"]) if self.location else ""

    @property
    def evse_uids(self) -> list[str]:
        return list((self.location or {}).get("evse_uids") or ())

    @property
    def is_for_us(self) -> bool:
        """Whether a charge point of ours asks: through our back office, or staff for it."""
        return self.connection is None or self.connection.kind == ConnectionKind.BACK_OFFICE

    @property
    def sender(self) -> PartyId | None:
        """The party that a question is passed on from."""
        return self.cpos[0].identity if self.cpos else None


class Target(NamedTuple):
    """Whom to ask: an eMSP through its connection; ``None`` is whoever it is behind a hub."""

    connection: Connection
    party: Party | None

    def __str__(self) -> str:
        return f"{self.party.identity} ({self.connection})" if self.party else str(self.connection)


@dataclass(frozen=True)
class Answered:
    """What one eMSP came back with. ``info`` is its canonical AuthorizationInfo when it ``ANSWERED``."""

    target: Target
    reply: Reply
    sentence: str
    info: Document | None = None
    status_code: int | None = None
    ms: int = 0
    exchange_id: int | None = None

    @property
    def allowed(self) -> str:
        return str(self.info["allowed"]) if self.info else ""


@dataclass(frozen=True)
class Verdict:
    """What is answered: either ``allowed`` with a token, or ``error``.

    ``token`` is the stored one; ``answer`` the canonical AuthorizationInfo of the eMSP, which is passed on as it
    is. ``location`` are the LocationReferences to give back, ``text`` is for the driver.
    """

    how: How
    allowed: Allowed | None = None
    owner: Party | None = None
    token: Token | None = None
    location: Document | None = None
    answer: Document | None = None
    text: str = ""
    error: OCPIError | None = None
    reference: str = ""


class Asking(NamedTuple):
    """Someone to ask, the stored token it is about, and what holds if it does not answer (``None``: nothing)."""

    target: Target
    token: Token | None = None
    silent: Verdict | None = None


@dataclass(frozen=True)
class Plan:
    """What is known before anybody is asked.

    Without ``asking`` it is ``verdict``. Otherwise those are asked, in our order, and ``verdict`` is what else is
    known of the card, should none of them say anything better. ``stranger`` says that the card is not stored, so
    that everybody is asked. ``tokens`` are the stored ones it is about.
    """

    steps: tuple[Step, ...]
    verdict: Verdict
    asking: tuple[Asking, ...] = ()
    stranger: bool = False
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The end of it: when it began (UTC), the verdict, everyone who was asked, and how long it took."""

    at: datetime
    plan: Plan
    verdict: Verdict
    asked: tuple[Answered, ...] = ()
    duration_ms: int = 0
