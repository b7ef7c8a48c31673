"""The cards of the demo's own drivers: alike at every first start."""

from datetime import datetime, timedelta
from typing import Any

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId

Document = dict[str, Any]

ISSUER = "Demo Charging"
COUNT = 30
BLOCKED = {5, 14, 23}
APP_USERS = {9, 18, 27}
FLEETS = {4: "FLEET-PARCELS", 8: "FLEET-PARCELS", 12: "FLEET-CARE", 16: "FLEET-CARE"}
WHITELISTS = ("ALLOWED", "ALWAYS", "NEVER", "ALLOWED_OFFLINE")


def documents(party: PartyId, now: datetime) -> list[Document]:
    """Canonical Tokens: cards with every whitelist, of fleets and private, app users, blocked ones."""
    return [_token(party, number, now) for number in range(1, COUNT + 1)]


def _token(party: PartyId, number: int, now: datetime) -> Document:
    token: Document = {
        **party._asdict(),
        "uid": f"04{number * 7919 % 65536:04X}{number * 104729 % 16777216:06X}80",
        "type": "RFID",
        "contract_id": f"{party.country_code}-{party.party_id}-C{number:08d}",
        "visual_number": f"{party.party_id} {number:06d}",
        "issuer": ISSUER,
        "valid": number not in BLOCKED,
        "whitelist": WHITELISTS[number % len(WHITELISTS)],
        "language": "nl" if number % 3 else "en",
        "last_updated": format_datetime(now - timedelta(days=3 * number, minutes=number)),
    }
    if number in APP_USERS:
        token |= {"uid": f"APP-{number:06d}", "type": "APP_USER", "whitelist": "NEVER"}
        del token["visual_number"]
    if number in FLEETS:
        token["group_id"] = FLEETS[number]
    return token
