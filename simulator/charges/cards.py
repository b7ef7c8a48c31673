"""The charging cards of our drivers, canonical Tokens: the same for the same seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from simulator.documents import Document

COUNT = 30
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
# Of thirty cards; the rest are RFID cards with the whitelists in turn.
BLOCKED = frozenset({7, 16, 25})
APP_USERS = frozenset({10, 20})
AD_HOC = frozenset({30})
WHITELISTS = ("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER")
FLEETS = ("GROUP-BAKERY", "GROUP-TAXI")


def cards_of(owner: PartyId, issuer: str, seed: int, count: int = COUNT) -> Iterator[Document]:
    """Yield so many Tokens of a party: cards, app users, blocked ones, of fleets and of one driver."""
    for number in range(1, count + 1):
        chance = random.Random(f"{seed}/cards/{owner}/{number}")  # noqa: S311  # a simulation
        yield _card(owner, issuer, number, chance)


def _card(owner: PartyId, issuer: str, number: int, chance: random.Random) -> Document:
    contract = f"{owner.country_code}-{owner.party_id}-C{number:08d}"
    changed = BEGAN + timedelta(seconds=chance.randrange(15_000_000))
    card: Document = {
        "country_code": owner.country_code,
        "party_id": owner.party_id,
        "uid": f"{chance.getrandbits(56):014X}",
        "type": "RFID",
        "contract_id": contract,
        "visual_number": f"{owner.party_id} {number:04d} {chance.randrange(10_000):04d}",
        "issuer": issuer,
        "valid": number not in BLOCKED,
        "whitelist": WHITELISTS[number % len(WHITELISTS)],
        "language": chance.choice(("nl", "en", "de")),
        "last_updated": format_datetime(changed),
    }
    if number in APP_USERS | AD_HOC:
        card |= {
            "uid": f"{owner.party_id}-{'APP' if number in APP_USERS else 'ADHOC'}-{number:04d}",
            "type": "APP_USER" if number in APP_USERS else "AD_HOC_USER",
            "whitelist": "NEVER",
        }
    elif number % 6 == 0:
        card["group_id"] = FLEETS[number // 6 % len(FLEETS)]
    return card
