"""Objects of any module as staff and the log name them: ``NL*ABC/LOC1``."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection as database

from exchange import registry
from ocpi.ids import PartyId


class Named(NamedTuple):
    """An object of a module: its row, its name, and the state it is in."""

    module: registry.Module
    id: int
    reference: str
    version: int
    owner_id: int

    @property
    def object_id(self) -> str:
        """Its OCPI id, as its owner writes it."""
        return self.reference.partition("/")[2]


def find(module: registry.Module, name: str) -> Named | None:
    """The object that ``name`` names, by owner and id or by id alone (the oldest, ours first)."""
    if module.outbox is None:
        return None
    owner, slash, identifier = name.strip().partition("/")
    try:
        party = PartyId.parse(owner) if slash else None
    except ValueError:
        party = None
    try:
        naming = module.outbox.naming(identifier if party else name.strip())
    except ValueError:
        return None
    conditions = f"{naming.column} = %(key)s"
    parameters: dict[str, str | int] = {"key": naming.key}
    if party:
        conditions += " AND p.country_code = %(country)s AND p.party_id = %(party)s"
        parameters |= {"country": party.country_code, "party": party.party_id}
    return _one(
        module,
        f"{conditions} ORDER BY p.is_ours DESC, {naming.first} DESC, o.id LIMIT 1",
        parameters,
    )


def by_id(module: registry.Module, object_id: int) -> Named | None:
    """The object of a row of the module's table."""
    return _one(module, "o.id = %(id)s", {"id": object_id}) if module.outbox else None


def _one(
    module: registry.Module, conditions: str, parameters: dict[str, str | int]
) -> Named | None:
    outbox = module.outbox
    assert outbox is not None  # noqa: S101 - asked before
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, {outbox.reference}, o.version, o.owner_id"  # noqa: S608 - declarations
            f" FROM {outbox.visibility.table} o JOIN parties_party p ON p.id = o.owner_id"
            f" WHERE {conditions}",
            parameters,
        )
        row = cursor.fetchone()
    return Named(module, *row) if row else None
