"""What a session refers to, looked up for versions that put it into the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locations import selectors as locations
from locations.models import Location
from ocpi import json
from ocpi.convert import Beside
from ocpi.ids import PartyId, ci_key
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party
from tokens import selectors as tokens
from tokens.models import Token

WITH_LOCATIONS = frozenset({"2.1.1"})
"""Versions that put a Location into Sessions and CDRs, and name tokens by their contract."""

_CDR_TOKEN = ("country_code", "party_id", "uid", "type", "contract_id")


def beside(version: str, owner_id: int, location_key: str) -> Beside:
    """What is said beside a session or CDR of this owner at ``version``: its location, where that is needed."""
    if version not in WITH_LOCATIONS:
        return Beside()
    found = Location.objects.filter(owner_id=owner_id, location_key=location_key)
    keys = list(found.values_list("pk", flat=True)[:1])
    rows = locations.by_ids(keys)
    return Beside(location=json.loads(rows[0].to_json()) if rows else None)


def reading_beside(connection: Connection | None) -> Beside:
    """What is meant by a contract (2.1.1), or by a token without an owner: one of a party of ours."""
    return Beside(token_of=token_finder(connection)) if connection is not None else Beside()


def token_finder(connection: Connection) -> Callable[[str], dict[str, Any]]:
    """Finds the CdrToken of a contract (or a uid) among those that a connection can mean.

    Those are the tokens of the parties it reaches. One that is not known is of the only eMSP there is, and of type
    OTHER; without that eMSP it stays without an owner.
    """

    def find(contract: str) -> dict[str, Any]:
        reached = parties.reachable_parties(connection).filter(role=Role.EMSP)
        try:
            key = ci_key(contract)
        except ValueError:
            key = ""
        known = Token.objects.filter(owner__in=reached)
        row = (
            known.filter(contract_key=key).order_by("-valid", "pk").first()
            or known.filter(uid_key=key).order_by("-valid", "pk").first()
            if key
            else None
        )
        if row is not None:
            document = tokens.document_of(row.pk)
            return {name: document.get(name) or "" for name in _CDR_TOKEN}
        return {
            **_only(list(reached[:2])),
            "uid": contract,
            "type": "OTHER",
            "contract_id": contract,
        }

    return find


def _only(found: list[Any]) -> dict[str, str]:
    identity: PartyId | None = found[0].identity if len(found) == 1 else None
    return identity._asdict() if identity else {"country_code": "", "party_id": ""}


def time_zone(owner: Party, location_key: str) -> str | None:
    """The IANA time zone of a location, where that is known here."""
    found = Location.objects.filter(owner=owner, location_key=location_key)
    return found.values_list("time_zone", flat=True).first() or None
