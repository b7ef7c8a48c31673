"""What tests of real-time authorization start from: tokens as rows, and eMSPs as real systems."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from locations import services as locations
from ocpi.datetimes import parse_datetime
from ocpi.ids import ci_key
from parties import services as parties
from parties.models import Connection, Party
from tests import builders
from tests.builders import EARLIER, Answered, Partner
from tests.exchange.conftest import Reply, Seen, System
from tokens.models import Token

UID = "012345678"
URL = f"sender/tokens/{UID}/authorize"


def document(owner: Party, uid: str = UID, **fields: Any) -> dict[str, Any]:
    """A canonical Token."""
    return {
        **owner.identity._asdict(),
        "uid": uid,
        "type": "RFID",
        "contract_id": f"{owner.country_code}-{owner.party_id}-C{uid}-X",
        "issuer": "The issuer",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": EARLIER,
        **fields,
    }


def token(owner: Party, uid: str = UID, **fields: Any) -> Token:
    """A stored token."""
    whole = document(owner, uid, **fields)
    kept = {name: value for name, value in whole.items() if name != "last_updated"}
    return Token.objects.create(
        owner=owner,
        uid=uid,
        uid_key=ci_key(uid),
        type=whole["type"],
        token_key=f"{whole['type']}:{ci_key(uid)}",
        contract_id=whole["contract_id"],
        contract_key=ci_key(whole["contract_id"]),
        issuer=whole["issuer"],
        valid=whole["valid"],
        whitelist=whole["whitelist"],
        document=kept,
        last_updated=parse_datetime(whole["last_updated"]),
    )


def asks(
    partner: Partner, url: str = URL, body: Any = None, headers: dict[str, str] | None = None
) -> Answered:
    return partner.call("POST", url, body, headers)


def provider(
    name: str, system: System, *spoken: Party, version: str = "2.2.1", kind: str = "partner"
) -> Connection:
    """A connection through which eMSPs can be asked: ``system`` answers."""
    made = builders.connection(
        name, speaks_for=spoken, url=system.url, pushes=("tokens",), version=version, kind=kind
    )
    parties.pin_hosts(made, [system.url])
    return made


def answering(owner: Party, allowed: str = "ALLOWED", **more: Any) -> Callable[[Seen], Reply]:
    """A 2.2.1 system that answers so about whatever card it is asked."""

    def handler(seen: Seen) -> Reply:
        uid = seen.path.split("/")[-2]
        info = {"allowed": allowed, "token": document(owner, uid, whitelist="NEVER"), **more}
        return Reply(info)

    return handler


UNKNOWN = Reply(status=404, code=2004)


class Hanging:
    """A system that says nothing until the test is over, and then hangs up."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, seen: Seen) -> None:
        self.over.wait(20)


def location(cpo: Party, identifier: str = "LOC1", **fields: Any) -> None:
    made = builders.location(identifier, owner=str(cpo.identity), **fields)
    locations.put_location(cpo, made, source=None)
