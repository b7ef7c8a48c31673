"""Drivers of the other side at our EVSEs: they come at the set rate and swipe a card."""

import random
from typing import Any

from ocpi.ids import PartyId
from simulator.charges.authorizing import Authorizing, Decision, Swipe
from simulator.charges.book import Charge, Phase
from simulator.charges.life import Life
from simulator.charges.mishaps import Chance
from simulator.charges.operator import Begin, NotPossibleError, Operator
from simulator.cpo import Cpo
from simulator.documents import Document, key, token_key
from simulator.own_locations import EvseKey, OwnLocations
from simulator.received_objects import ReceivedObjects


class Drivers:
    """Chooses cards and EVSEs, lets them be authorized and charge."""

    def __init__(
        self,
        cpo: Cpo,
        locations: OwnLocations,
        tokens: ReceivedObjects,
        authorizing: Authorizing,
        operator: Operator,
        life: Life,
        chance: Chance,
    ) -> None:
        self._cpo = cpo
        self._locations = locations
        self._tokens = tokens
        self._authorizing = authorizing
        self._operator = operator
        self._life = life
        self._chance = chance
        self.swiped = 0
        self.refused = 0

    def swipe(
        self,
        uid: str | None = None,
        token_type: str | None = None,
        evse: EvseKey | None = None,
        owner: PartyId | None = None,
    ) -> tuple[Decision, Charge | None]:
        """A card at a reader: decided, and charging when it may. NotPossibleError without an EVSE."""
        swipe = self.choose(uid, token_type, evse, owner)
        decision = self._authorizing.decide(swipe, self.sender(swipe))
        self.swiped += 1
        if not decision.may_charge or decision.token is None or swipe.evse is None:
            self.refused += 1
            return decision, None
        mishap = self._chance.of_charge()
        charge = self._operator.start(
            Begin(
                swipe.evse,
                decision.token,
                decision.auth_method,
                Phase.PENDING,
                authorization_reference=decision.authorization_reference,
                automatic=True,
                mishap=mishap,
                correlation_id=decision.correlation_id,
            )
        )
        self._life.plan(charge)
        return decision, charge

    def choose(
        self,
        uid: str | None,
        token_type: str | None,
        evse: EvseKey | None,
        owner: PartyId | None,
    ) -> Swipe:
        """The card and the EVSE that are meant, or chosen ones. NotPossibleError without an EVSE."""
        if uid is None:
            card = self._some_card()
            uid, token_type = str(card["uid"]), str(card["type"])
        return Swipe(uid, token_type or "RFID", evse or self.some_evse(), owner)

    def some_evse(self) -> EvseKey:
        """An EVSE that is free."""
        free = self._cpo.free()
        if not free:
            raise NotPossibleError("No EVSE is free.")
        return self._chance.random.choice(free)

    def located(self, location_id: str, evse_uid: str | None) -> EvseKey:
        """An EVSE of a Location: this one, or one that is free. NotPossibleError without."""
        location = self._locations.find(location_id)
        if location is None:
            raise NotPossibleError(f"There is no Location {location_id}.")
        free = set(self._cpo.free())
        for evse in location.get("evses", ()):
            found = EvseKey(location["id"], evse["uid"])
            if key(evse["uid"]) == key(evse_uid) if evse_uid else found in free:
                return found
        raise NotPossibleError(f"There is no such EVSE at {location_id} that is free.")

    def sender(self, swipe: Swipe) -> PartyId:
        """Who asks: the owner of the EVSE."""
        location = swipe.evse and self._locations.find(swipe.evse.location_id)
        if location:
            return PartyId.of(location["country_code"], location["party_id"])
        return self._locations.parties[0]

    def cards(self) -> list[Document]:
        """The cards that can be swiped: app users have none."""
        return [token for token in self._tokens.documents() if token["type"] in ("RFID", "OTHER")]

    def _some_card(self) -> dict[str, Any]:
        cards = self.cards()
        if not cards or self._chance.strikes("card"):
            return _strange(self._chance.random)
        busy = self._operator.busy_cards()
        # Who charges somewhere has the card in hand: it is not swiped elsewhere meanwhile.
        free = [card for card in cards if token_key(card["uid"], card["type"]) not in busy]
        return self._chance.random.choice(free or cards)


def _strange(chance: random.Random) -> dict[str, Any]:
    return {"uid": f"{chance.getrandbits(56):014X}", "type": "RFID"}
