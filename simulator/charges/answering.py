"""Real-time authorization of our drivers' cards (mod_tokens, Sender: POST authorize)."""

import random
import threading

from ocpi.errors import UnknownToken
from ocpi.ids import PartyId
from simulator.charges.faults import ChargeFault
from simulator.charges.pace import PaceSwitch
from simulator.documents import Document, token_key
from simulator.own_objects import OwnObjects

SLOW_SECONDS = 30.0
WORDS = {
    "BLOCKED": "This card is blocked. Please call us.",
    "ALLOWED": "Have a good charge.",
}


class Answering:
    """Decides about the cards of our own drivers."""

    def __init__(
        self,
        pace: PaceSwitch,
        tokens: OwnObjects,
        party: PartyId,
        stopping: threading.Event,
        seed: int,
    ) -> None:
        self._pace = pace
        self._tokens = tokens
        self._party = party
        self._stopping = stopping
        self._random = random.Random(f"references/{seed}")  # noqa: S311  # a simulation
        self._lock = threading.Lock()
        self.asked = 0
        self.allowed = 0

    def authorize(self, uid: str, token_type: str, location: Document | None) -> Document:
        """The canonical AuthorizationInfo; UnknownToken (2004, HTTP 404) for a card we never gave.

        ConnectionResetError when the simulator stops meanwhile.
        """
        with self._lock:
            self.asked += 1
        if self._pace.has(ChargeFault.SLOW_AUTHORIZE) and self._stopping.wait(SLOW_SECONDS):
            raise ConnectionResetError("the simulator stops")
        token = self._tokens.get(token_key(uid, token_type), (self._party,))
        if token is None:
            raise UnknownToken(f"There is no {token_type} Token {uid}.", http_status=404)
        blocked = self._pace.has(ChargeFault.BLOCK_CARDS) or not token["valid"]
        allowed = "BLOCKED" if blocked else "ALLOWED"
        info: Document = {
            "allowed": allowed,
            "token": token,
            "info": {"language": "en", "text": WORDS[allowed]},
        }
        if allowed == "ALLOWED":
            with self._lock:
                self.allowed += 1
                info["authorization_reference"] = f"AUTH-{self._random.getrandbits(64):016X}"
            if location is not None:
                info["location"] = location
        return info
