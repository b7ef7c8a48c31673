"""Between whom an invoice is: ids of CDRs are unique for their CPO only, and a record names but its own owner.

With direct billing the owner is the CPO. With reverse billing it is the eMSP, so that the CPO is whom the record is
for: the party of the routing headers, or the only one that the connection reaches, or the one whose CDRs they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import connection as database

from parties.choices import Role
from parties.models import Party
from parties.models.parties import PartyQuerySet

OPPOSITE = {Role.CPO.value: Role.EMSP.value, Role.EMSP.value: Role.CPO.value}
LOOKED_AT = 1000
"""So many CDRs of a record are looked up at most to find out between whom it is."""


class Sides(NamedTuple):
    """Who sends the invoice, whose CDRs it is about, and who pays for their drivers (``None``: nobody can tell)."""

    owner: Party
    cpo: Party
    emsp: Party | None


class Unclear(ValueError):
    """Nobody can tell whose CDRs are meant; the message says what would help."""


def between(owners: Sequence[Party], others: PartyQuerySet, keys: Collection[str]) -> Sides:
    """Between whom a record is.

    ``owners`` is whoever owns it, a row for each role that the sender may act in; ``others`` are the parties it can
    be for; ``keys`` are the keys of its CDRs. Raises :class:`Unclear`.
    """
    acting = [party for party in owners if party.role in OPPOSITE]
    options = [
        (owner, other)
        for owner in acting
        for other in others.filter(role=OPPOSITE[owner.role]).order_by("pk")[:2]
    ]
    if not options:
        raise Unclear(_nobody(acting))
    if len(options) == 1:
        return _sides(*options[0])
    found = _by_content(acting, others, keys)
    if len(found) == 1:
        return found[0]
    direct = [(owner, other) for owner, other in options if owner.role == Role.CPO]
    if direct:
        owner = direct[0][0]
        return Sides(owner, owner, direct[0][1] if len(direct) == 1 else None)
    raise Unclear(
        f"OCPI-to-party-id: {acting[0].identity} bills as eMSP, and IDs of CDRs are unique for their CPO only."
        " More than one CPO can be meant here: name it in OCPI-to-country-code and OCPI-to-party-id."
    )


def of_parties(owner: Party, other: Party) -> Sides:
    """The sides of an invoice between a CPO and an eMSP. Raises :class:`Unclear` for any other roles."""
    if OPPOSITE.get(owner.role) != other.role:
        raise Unclear(f"An invoice goes between a CPO and an eMSP, not from {owner} to {other}.")
    return _sides(owner, other)


def _sides(owner: Party, other: Party) -> Sides:
    if owner.role == Role.CPO:
        return Sides(owner, owner, other)
    return Sides(owner, other, owner)


def _nobody(acting: Sequence[Party]) -> str:
    if not acting:
        return "Only a CPO or an eMSP sends invoices for charging."
    wanted = " or ".join(OPPOSITE[party.role] for party in acting)
    return f"There is no {wanted} here that {acting[0].identity} could send invoices to."


def _by_content(
    acting: Sequence[Party], others: PartyQuerySet, keys: Collection[str]
) -> list[Sides]:
    """The pairs between whom CDRs of these keys are here."""
    roles = {party.role: party for party in acting}
    cpo, emsp = roles.get(Role.CPO.value), roles.get(Role.EMSP.value)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT o.owner_id, o.emsp_id FROM cdrs_cdr o"
            " WHERE o.cdr_key = ANY(%s) AND (o.owner_id = %s OR o.emsp_id = %s)",
            [list(keys)[:LOOKED_AT], cpo.pk if cpo else 0, emsp.pk if emsp else 0],
        )
        pairs = cursor.fetchall()
    named = {pk for pair in pairs for pk in pair if pk is not None}
    possible = {party.pk: party for party in others.filter(pk__in=named)}
    found = []
    for owner_id, emsp_id in pairs:
        if cpo and owner_id == cpo.pk and emsp_id in possible:
            found.append(Sides(cpo, cpo, possible[emsp_id]))
        if emsp and emsp_id == emsp.pk and owner_id in possible:
            found.append(Sides(emsp, possible[owner_id], emsp))
    return found
