"""The Tokens of our own drivers: put, changed, and told to the CPO (mod_tokens, Receiver)."""

from typing import Any

from ocpi.client import OCPIResponse
from ocpi.convert import Refused
from ocpi.urls import join
from ocpi.versioned import CANONICAL, validate_document
from ocpi.versions import InterfaceRole
from simulator.charges.mishaps import Chance
from simulator.charges.partner import AwayError, Lines
from simulator.documents import Document, now, party_of, token_key
from simulator.identity import Identity
from simulator.own_objects import OwnObjects, later_than


class Cardholders:
    """Changes Tokens and pushes each change."""

    def __init__(
        self, identity: Identity, lines: Lines, tokens: OwnObjects, chance: Chance
    ) -> None:
        self._identity = identity
        self._lines = lines
        self._tokens = tokens
        self._chance = chance

    def put(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Add a Token or change one, and push it; InvalidParameters when it is none.

        Returns the token, and `http_status` and `status_code` of the push.
        """
        owner, issuer = self._identity.party, self._identity.name
        uid, token_type = wanted.get("uid"), wanted.get("type", "RFID")
        held = self._tokens.get(token_key(str(uid), str(token_type)), (owner,))
        made = held or {
            **owner._asdict(),
            "type": token_type,
            "contract_id": f"{owner.country_code}-{owner.party_id}-C{uid}"[:36],
            "issuer": issuer,
            "valid": True,
            "whitelist": "ALLOWED",
        }
        updated = later_than(held["last_updated"]) if held else now()
        document = {**made, **wanted, "last_updated": updated}
        token = validate_document(CANONICAL, "token", document)
        self._tokens.put(token)
        response = self._tell(token)
        return {
            "token": token,
            "http_status": response.http_status if response else None,
            "status_code": response.status_code if response else None,
        }

    def change_one(self) -> None:
        """Block a card, or make a blocked one valid again."""
        tokens = list(self._tokens.documents())
        if tokens:
            token = self._chance.random.choice(tokens)
            blocked = sum(not other["valid"] for other in tokens)
            # About a tenth is blocked, and stays so.
            valid = not token["valid"] or blocked * 10 > len(tokens)
            self.put({"uid": token["uid"], "type": token["type"], "valid": valid})

    def _tell(self, token: Document) -> OCPIResponse | None:
        try:
            line = self._lines.find("tokens", InterfaceRole.RECEIVER, party_of(token))
            said = self._lines.said(line, "token", token)
        except (AwayError, Refused):
            return None
        url = join(line.url, *party_of(token), token["uid"])
        return self._lines.send(line, "PUT", url, said, params={"type": said["type"]})
