"""Taking a Token's JSON apart into columns and a document, and putting it together again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exchange.places import typed
from ocpi import convert, json
from ocpi.convert import Fits
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key
from ocpi.versions import SUPPORTED
from tokens.choices import TokenType, Whitelist


@dataclass(slots=True)
class TokenParts:
    """A Token taken apart; ``document`` is JSON text, ``last_updated`` is aware and UTC."""

    owner: PartyId
    uid: str
    uid_key: str
    type: str
    token_key: str
    contract_id: str
    contract_key: str
    visual_number: str
    issuer: str
    group_id: str
    group_key: str
    valid: bool
    whitelist: str
    document: str
    last_updated: datetime
    differs_in: list[str] = field(default_factory=list)
    refused_in: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return f"{self.owner}/{self.uid}{typed(self.type)}"


def key_of(uid: str, type_: str) -> str:
    """The key of a Token within its owner: uid and type together. ValueError for what is no CiString."""
    return f"{ci_key(type_)}:{ci_key(uid)}"


def take_apart(document: dict[str, Any]) -> TokenParts:
    """Columns and document of a canonical Token.

    Raises ``KeyError`` or ``ValueError`` for what validation should have refused before. Of what is not said
    of ``valid`` and ``whitelist`` the careful value counts.
    """
    uid, type_ = document["uid"], document.get("type") or TokenType.RFID.value
    contract_id, group_id = document.get("contract_id") or "", document.get("group_id") or ""
    whitelist = document.get("whitelist")
    fitting = fits(document)
    return TokenParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        uid=uid,
        uid_key=ci_key(uid),
        type=type_,
        token_key=key_of(uid, type_),
        contract_id=contract_id,
        contract_key=ci_key(contract_id),
        visual_number=document.get("visual_number") or "",
        issuer=document.get("issuer") or "",
        group_id=group_id,
        group_key=ci_key(group_id),
        valid=document.get("valid") is True,
        whitelist=whitelist if whitelist in Whitelist.values else Whitelist.NEVER.value,
        document=_without_last_updated(document),
        last_updated=to_milliseconds(parse_datetime(document["last_updated"])),
        differs_in=fitting.differs_in,
        refused_in=fitting.refused_in,
    )


def fits(document: dict[str, Any]) -> Fits:
    """What each version we speak makes of a canonical Token; one without contract or issuer is in none valid."""
    if not (document.get("contract_id") and document.get("issuer")):
        return Fits(list(SUPPORTED), list(SUPPORTED))
    return convert.fit_per_version("token", document)


def _without_last_updated(document: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in document.items() if name != "last_updated"}
    return json.dumps(kept).decode()


def join_token(document: str, last_updated: datetime) -> bytes:
    """The canonical JSON of a Token from its row."""
    return f'{document[:-1]},"last_updated":"{format_datetime(last_updated)}"}}'.encode()
