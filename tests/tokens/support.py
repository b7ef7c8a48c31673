"""What tests of tokens start from."""

from __future__ import annotations

from typing import Any

from exchange.registry import Received, Source
from ocpi import convert
from ocpi.ids import PartyId
from parties.choices import Sharing
from parties.models import Agreement, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms
from tests import builders
from tokens import services
from tokens.documents import key_of
from tokens.models import Token

SENDER = "sender/tokens"
RECEIVER = "receiver/tokens"
UID = "0123456789ABCD"
PUBLIC = Terms(shares={"tokens": Share(Sharing.PUBLIC)})


def hold(*documents: dict[str, Any], owner: PartyId | None = None) -> Received:
    """Tokens of ours, from a file."""
    return services.receive(builders.raw(*documents), Source("test", "2.3.0", owner=owner))


def agree(ours: Party, theirs: Party, terms: Terms = PUBLIC) -> Agreement:
    return agreements.save(ours, theirs, terms)


def said(document: dict[str, Any], version: str) -> dict[str, Any]:
    """A token of ``builders.token`` as a version writes it."""
    return convert.from_canonical(version, "token", document).document


def held(owner: Party, uid: str = UID, type_: str = "RFID") -> Token:
    return Token.objects.get(owner=owner, token_key=key_of(uid, type_))
