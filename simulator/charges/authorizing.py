"""May this card charge here? What the CPO knows itself, and what it asks the eMSP (mod_tokens)."""

from dataclasses import dataclass
from typing import Any

from ocpi.client import OCPIResponse
from ocpi.convert import Beside, Refused, to_canonical
from ocpi.ids import PartyId
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from simulator.charges.partner import AwayError, Line, Lines
from simulator.documents import Document, token_key
from simulator.own_locations import EvseKey
from simulator.received_objects import ObjectKey, ReceivedObjects

ALLOWED = "ALLOWED"


@dataclass(frozen=True)
class Decision:
    """What came of it: `token` is the one to charge with when `allowed` is ALLOWED."""

    allowed: str | None
    auth_method: str
    token: Document | None
    authorization_reference: str | None = None
    http_status: int | None = None
    status_code: int | None = None
    info: str | None = None
    correlation_id: str | None = None
    failure: str | None = None

    @property
    def may_charge(self) -> bool:
        return self.allowed == ALLOWED and self.token is not None

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__}


@dataclass(frozen=True)
class Swipe:
    """A card at a reader. `owner` is the eMSP to ask; None asks the owner of the card we know."""

    uid: str
    type: str
    evse: EvseKey | None
    owner: PartyId | None = None


class Authorizing:
    """Decides about cards of the other side."""

    def __init__(self, lines: Lines, tokens: ReceivedObjects) -> None:
        self._lines = lines
        self._tokens = tokens

    def known(self, uid: str, token_type: str) -> Document | None:
        """The Token we know by this uid and type, of whichever eMSP."""
        wanted = token_key(uid, token_type).upper()
        return next((t for t in self._tokens.find(wanted)), None)

    def of(self, owner: PartyId, uid: str, token_type: str) -> Document | None:
        """The Token of this eMSP."""
        return self._tokens.get(ObjectKey.of(*owner, token_key(uid, token_type)))

    def decide(self, swipe: Swipe, sender: PartyId) -> Decision:
        """By the whitelist where it has to be trusted, else by asking (mod_tokens, WhitelistType)."""
        known = self.known(swipe.uid, swipe.type)
        if known is None or known["whitelist"] == "NEVER":
            return self.ask(swipe, sender)
        if known["whitelist"] == "ALWAYS":
            return _listed(known)
        asked = self.ask(swipe, sender)
        if asked.allowed is None and known["valid"] and known["whitelist"] == "ALLOWED_OFFLINE":
            # The eMSP cannot be reached.
            return _listed(known)
        return asked

    def ask(self, swipe: Swipe, sender: PartyId) -> Decision:
        """Real-time authorization: POST of the token's `authorize`."""
        known = self.known(swipe.uid, swipe.type)
        owner = swipe.owner or (known and PartyId.of(known["country_code"], known["party_id"]))
        try:
            line = self._lines.find("tokens", InterfaceRole.SENDER, sender, owner or None)
            body = self._references(line, swipe.evse)
        except (AwayError, Refused) as reason:
            return Decision(None, "AUTH_REQUEST", None, failure=str(reason))
        url = join(line.url, swipe.uid, "authorize")
        response = self._lines.send(line, "POST", url, body, params={"type": swipe.type})
        return self._decision(line, response, known)

    def _references(self, line: Line, evse: EvseKey | None) -> Document | None:
        if evse is None:
            return None
        references = {"location_id": evse.location_id, "evse_uids": [evse.evse_uid]}
        return self._lines.said(line, "location_references", references)

    def _decision(self, line: Line, response: OCPIResponse, known: Document | None) -> Decision:
        read = self._lines.read(line, "authorization_info", response) if response.ok else None
        info = _canonical(line.partner.version, read, known)
        text = info.get("info") or {}
        return Decision(
            allowed=info.get("allowed"),
            auth_method="AUTH_REQUEST",
            token=info.get("token"),
            authorization_reference=info.get("authorization_reference"),
            http_status=response.http_status,
            status_code=response.status_code,
            info=text.get("text"),
            correlation_id=response.correlation_id,
            failure=None if response.ok else response.diagnosis,
        )


def _listed(token: Document) -> Decision:
    allowed = ALLOWED if token["valid"] else "BLOCKED"
    return Decision(allowed, "WHITELIST", token)


def _canonical(version: str, read: Document | None, known: Document | None) -> Document:
    if read is None:
        return {}
    try:
        beside = Beside(token=known)
        return to_canonical(version, "authorization_info", read, beside=beside).document
    except Refused:
        # At 2.1.1 the answer names no Token, and a card that nobody told us of has no contract.
        return {"allowed": read["allowed"], "info": read.get("info")}
