"""Reading tokens: as rows for answers to partners, and by what names them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from exchange import lists
from exchange.lists import PageIds
from exchange.registry import Said, Saying
from ocpi import convert, json
from ocpi.ids import ci_key
from ocpi.paging import PageRequest
from parties.models import Connection, Party
from parties.sight import sight
from tokens.choices import STARTED_FROM_AN_APP, TokenType, Whitelist
from tokens.documents import join_token, key_of
from tokens.models import Token
from tokens.visibility import REFERENCE, VISIBILITY


class TokenRow(NamedTuple):
    """A token as it lies in the database; ``document`` is JSON text."""

    id: int
    owner_id: int
    is_ours: bool
    reference: str
    uid: str
    type: str
    whitelist: str
    version: int
    document: str
    last_updated: datetime
    differs_in: Collection[str]
    vanished: bool

    def to_json(self) -> bytes:
        """The canonical Token; one that vanished is not valid."""
        whole = join_token(self.document, self.last_updated)
        return json.dumps({**json.loads(whole), "valid": False}) if self.vanished else whole

    def said_in(self, version: str) -> Said:
        """The Token as a version writes it; nothing is parsed where that is the canonical one.

        Raises ``convert.Refused``.
        """
        if version not in self.differs_in:
            return Said(self.to_json(), [])
        return _converted(version, json.loads(self.to_json()))

    def told_in(self, version: str, *, withdrawn: bool = False) -> Said:
        """The Token as partners at a version are told it. Raises ``convert.Refused``.

        Where they may not see it any more it is not valid, as nothing can be deleted. Tokens of ours that come
        with commands are never to be white-listed (OCPI 2.3.0, mod_tokens, TokenType).
        """
        is_started = self.is_ours and self.type.upper() in STARTED_FROM_AN_APP
        changes: dict[str, Any] = {"valid": False} if withdrawn else {}
        if is_started and self.whitelist != Whitelist.NEVER:
            changes["whitelist"] = Whitelist.NEVER.value
        if not changes:
            return self.said_in(version)
        return _converted(version, {**json.loads(self.to_json()), **changes})


def _converted(version: str, document: dict[str, Any]) -> Said:
    converted = convert.from_canonical(version, "token", document)
    return Said(json.dumps(converted.document), converted.losses)


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> tuple[PageIds, list[TokenRow]]:
    """What ``connection`` sees at ``version``, in order of creation; see :func:`exchange.lists.find_page`."""
    seen = sight(VISIBILITY, connection, version)
    found = lists.find_page("tokens_token", seen.sql, seen.parameters, page, after)
    return found, by_ids(found.ids)


def by_ids(ids: Sequence[int]) -> list[TokenRow]:
    """Tokens in the order of ``ids``; ids that do not exist are passed over."""
    if not ids:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.owner_id, p.is_ours, {REFERENCE}, o.uid, o.type, o.whitelist, o.version,"  # noqa: S608
            " o.document::text, o.last_updated, o.differs_in, o.vanished_at IS NOT NULL"
            " FROM tokens_token o JOIN parties_party p ON p.id = o.owner_id WHERE o.id = ANY(%s)",
            [list(ids)],
        )
        found = {row[0]: TokenRow._make(row) for row in cursor.fetchall()}
    return [found[key] for key in ids if key in found]


def sayings(ids: Sequence[int], version: str) -> Iterator[Saying]:
    """Tokens as a version writes them, for a file."""
    for row in by_ids(ids):
        try:
            yield Saying(row.reference, row.said_in(version))
        except convert.Refused as refused:
            yield Saying(row.reference, None, refused.reason)


class Held(NamedTuple):
    """A token that is here: its primary key and its key within its owner."""

    id: int
    token_key: str


def held(owner: Party, uid: str, type_: str = "") -> Held | None:
    """The token of a uid and type. Without a type the RFID token, or else the one that is there first.

    ValueError for what is no CiString.
    """
    rows = Token.objects.filter(owner=owner).values_list("pk", "token_key")
    if type_:
        found = rows.filter(token_key=key_of(uid, type_)).first()
    else:
        named = list(rows.filter(uid_key=ci_key(uid)).order_by("pk")[:20])
        usual = key_of(uid, TokenType.RFID)
        found = next((row for row in named if row[1] == usual), named[0] if named else None)
    return Held(*found) if found else None


def document_of(token_pk: int) -> dict[str, Any]:
    """The canonical document as its owner said it last."""
    row = by_ids([token_pk])[0]
    return json.loads(join_token(row.document, row.last_updated))  # type: ignore[no-any-return]


def parsed(document: bytes) -> dict[str, Any]:
    """A Token's JSON as a document."""
    return json.loads(document)  # type: ignore[no-any-return]
