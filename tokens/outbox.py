"""How tokens go out: the whole Token; where the partner may not see it any more, as not valid."""

from __future__ import annotations

from collections.abc import Sequence

from exchange import egress, registry
from exchange.registry import Naming, Push
from ocpi import json
from ocpi.ids import ci_key
from ocpi.versions import WITHOUT_ROUTING
from parties.models import Connection, Party
from tokens import selectors
from tokens.choices import RECEIVING_ROLES, TokenType
from tokens.documents import key_of
from tokens.visibility import REFERENCE, VISIBILITY

_TYPE = "?TYPE="


class TokensOutbox(registry.Outbox):
    """The tokens' side of deliveries; see :class:`exchange.registry.Outbox`.

    EMAIDs are not pushed: the charging station tells the CPO whose they are, and it asks in real time (OCPI
    2.3.0, mod_tokens, TokenType).
    """

    visibility = VISIBILITY
    reference = REFERENCE
    pushed = "upper(o.type) <> 'EMAID'"

    def naming(self, identifier: str) -> Naming:
        uid, mark, type_ = ci_key(identifier).rpartition(_TYPE)
        if mark:
            return Naming("o.token_key", key_of(uid, type_))
        return Naming("o.uid_key", ci_key(identifier), "(upper(o.type) = 'RFID')")

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        found = selectors.by_ids([object_id])
        if not found:
            return None
        row = found[0]
        owner = Party.objects.get(pk=row.owner_id).identity
        routing = egress.routing(connection, owner, RECEIVING_ROLES)
        said = row.told_in(connection.version, withdrawn=withdrawn)
        return Push(
            "PUT",
            (*owner, row.uid),
            said.json,
            True,
            row.version,
            routing,
            said.losses,
            query=_query(connection.version, said.json),
        )


def _query(version: str, said: bytes) -> dict[str, str]:
    """The type in the address, as the version says it: RFID goes without saying, and 2.1.1 has none there."""
    type_ = str(json.loads(said).get("type") or "")
    if version in WITHOUT_ROUTING or type_.upper() == TokenType.RFID:
        return {}
    return {"type": type_}
