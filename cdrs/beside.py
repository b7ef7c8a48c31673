"""What CDRs mean without saying all of it: at 2.1.1 a token by its contract alone, and a whole location."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import connection as database
from django.db.models import QuerySet

from locations import selectors as locations
from ocpi import contract_ids, json
from ocpi.convert import Beside
from ocpi.ids import PartyId
from parties import services as parties
from parties.choices import ConnectionKind, Role
from parties.models import Connection, Party
from tokens.choices import TokenType
from tokens.models import Token

Place = tuple[int, str]
"""A location's owner, by primary key, and the key of its id."""


def tokens(connection: Connection | None) -> Beside:
    """How CDRs of this connection (of a file without one) name tokens."""
    return Beside(token_of=_finder(connection))


def _finder(connection: Connection | None) -> Callable[[str], dict[str, Any]]:
    """The CdrToken of a contract, or at least whose it must be.

    That is the token here with this contract, of the eMSPs that can be meant. Without one it is the only eMSP
    that can be meant, or the one that the contract ID names; else nobody's: party and country are None.
    """
    known: dict[str, dict[str, Any]] = {}

    def find(contract: str) -> dict[str, Any]:
        if contract not in known:
            known[contract] = _found(contract, connection)
        return known[contract]

    return find


def _found(contract: str, connection: Connection | None) -> dict[str, Any]:
    meant = emsps(connection)
    token = (
        Token.objects.filter(contract_key=contract.upper(), owner__in=meant)
        .select_related("owner")
        .order_by("-valid", "vanished_at", "pk")
        .first()
    )
    if token is not None:
        return {
            **token.owner.identity._asdict(),
            "uid": token.uid,
            "type": token.type,
            "contract_id": token.contract_id,
        }
    owner = _owner_of(contract, meant)
    return {
        "country_code": owner and owner.country_code,
        "party_id": owner and owner.party_id,
        "uid": contract,
        "type": TokenType.OTHER.value,
        "contract_id": contract,
    }


def _owner_of(contract: str, meant: QuerySet[Party]) -> PartyId | None:
    candidates = list(meant[:2])
    if len(candidates) == 1:
        return candidates[0].identity
    named = contract_ids.parse(contract)
    if named is None:
        return None
    identity = PartyId(named.country_code, named.party_id)
    return identity if meant.filter(**identity._asdict()).exists() else None


def emsps(connection: Connection | None) -> QuerySet[Party]:
    """The eMSPs whose drivers a CDR of this connection can be about: ours that it sees; for our back office, to
    which the portal is a hub, and for files everybody's.
    """
    if connection is None or connection.kind == ConnectionKind.BACK_OFFICE:
        return Party.objects.filter(role=Role.EMSP)
    return Party.objects.filter(pk__in=parties.our_parties(connection).values("pk"), role=Role.EMSP)


def places(wanted: Collection[Place]) -> dict[Place, dict[str, Any]]:
    """The Locations, as canonical documents, that are here of these."""
    if not wanted:
        return {}
    owners, keys = zip(*sorted(set(wanted)), strict=True)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.owner_id, o.location_key FROM locations_location o"
            " JOIN unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
            " ON o.owner_id = i.owner_id AND o.location_key = i.key",
            [list(owners), list(keys)],
        )
        found = {pk: (owner, key) for pk, owner, key in cursor.fetchall()}
    return {found[row.id]: json.loads(row.to_json()) for row in locations.by_ids(list(found))}
