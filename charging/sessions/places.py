"""What a session refers to, looked up for versions that put it into the session."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from django.db import connection as database

from locations import selectors as locations
from locations.models import Location
from ocpi import json
from ocpi.convert import Beside
from ocpi.identifiers import ContractId
from ocpi.ids import ci_key
from parties import services as parties
from parties.choices import ConnectionKind, Role
from parties.models import Connection, Party, PartyQuerySet
from tokens import selectors as tokens
from tokens.models import Token

WITH_LOCATIONS = frozenset({"2.1.1"})
"""Versions that put a Location into Sessions and CDRs, and name tokens by their contract."""

Place = tuple[int, str]
"""A location's owner, by primary key, and the key of its id."""

_CDR_TOKEN = ("country_code", "party_id", "uid", "type", "contract_id")


class Placed(Protocol):
    """A session or CDR as it lies in the database, with where it was."""

    @property
    def owner_id(self) -> int: ...

    @property
    def location_key(self) -> str: ...


_Placed = TypeVar("_Placed", bound=Placed)


def with_locations(
    rows: Sequence[_Placed], version: str
) -> Iterator[tuple[_Placed, dict[str, Any] | None]]:
    """Each session or CDR with the Location it was at, where the version needs it and it is here."""
    found: dict[Place, dict[str, Any]] = {}
    if version in WITH_LOCATIONS:
        found = locations_at([(row.owner_id, row.location_key) for row in rows])
    for row in rows:
        yield row, found.get((row.owner_id, row.location_key))


def locations_at(wanted: Collection[Place]) -> dict[Place, dict[str, Any]]:
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


def beside(version: str, placed: Placed) -> Beside:
    """What is said beside one session or CDR at ``version``: its location, where that is needed."""
    return Beside(location=next(with_locations([placed], version))[1])


def reading_beside(connection: Connection | None) -> Beside:
    """What is meant by a contract (2.1.1), or by a token without an owner, in what comes from ``connection``.

    From a file without one.
    """
    return Beside(token_of=token_finder(connection))


def emsps_meant(connection: Connection | None) -> PartyQuerySet:
    """The eMSPs whose drivers a session or CDR from ``connection`` can be about: ours that it sees.

    From our back office, to which the portal is a hub, and from files everybody's.
    """
    if connection is None or connection.kind == ConnectionKind.BACK_OFFICE:
        return Party.objects.filter(role=Role.EMSP)
    ours = parties.our_parties(connection).values("pk")
    return Party.objects.filter(pk__in=ours, role=Role.EMSP)


def token_finder(connection: Connection | None) -> Callable[[str], dict[str, Any]]:
    """Finds the CdrToken of a contract (or a uid) among those that can be meant.

    One that is not known is of type OTHER, and of the only eMSP there is or of the one that the contract ID names;
    without such an eMSP it stays without an owner. What was found is remembered.
    """
    meant = emsps_meant(connection)
    found: dict[str, dict[str, Any]] = {}

    def find(contract: str) -> dict[str, Any]:
        if contract not in found:
            found[contract] = _known(contract, meant) or {
                **_owner_of(contract, meant),
                "uid": contract,
                "type": "OTHER",
                "contract_id": contract,
            }
        return found[contract]

    return find


def _known(contract: str, meant: PartyQuerySet) -> dict[str, Any] | None:
    try:
        key = ci_key(contract)
    except ValueError:
        return None
    known = Token.objects.filter(owner__in=meant).order_by("-valid", "pk")
    row = known.filter(contract_key=key).first() or known.filter(uid_key=key).first()
    if not key or row is None:
        return None
    document = tokens.document_of(row.pk)
    return {name: document.get(name) or "" for name in _CDR_TOKEN}


def _owner_of(contract: str, meant: PartyQuerySet) -> dict[str, str]:
    only = list(meant[:2])
    if len(only) == 1:
        return only[0].identity._asdict()
    named = ContractId.find(contract)
    if named is not None and meant.identified(named.party).exists():
        return named.party._asdict()
    return {"country_code": "", "party_id": ""}


def time_zone(owner: Party, location_key: str) -> str | None:
    """The IANA time zone of a location, where that is known here."""
    found = Location.objects.filter(owner=owner, location_key=location_key)
    return found.values_list("time_zone", flat=True).first() or None
