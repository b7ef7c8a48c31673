"""Reading what registers list: about a code, about a party."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from ocpi.identifiers import DinEvseId, Identifier, recognise
from ocpi.ids import PartyId
from parties.choices import Role
from parties.models import Party
from registers.choices import CodeRole, EntryStatus
from registers.models import Register, RegisterEntry

_ROLES = {Role.CPO: CodeRole.CPO, Role.EMSP: CodeRole.EMSP}


def of_code(party: PartyId) -> QuerySet[RegisterEntry]:
    """What registers list of a code, or once listed, in any role; what is listed now comes first."""
    return (
        RegisterEntry.objects.filter(country_code=party.country_code, party_id=party.party_id)
        .select_related("register")
        .order_by("-register__is_official", "register__name", "role")
    )


def using(party: PartyId) -> QuerySet[RegisterEntry]:
    """Codes of other names whose holder speaks OCPI under this one, as a register says."""
    return (
        RegisterEntry.objects.filter(observed__contains=[str(party)], vanished_at=None)
        .exclude(country_code=party.country_code, party_id=party.party_id)
        .select_related("register")
    )


def matching(rows: QuerySet[RegisterEntry], term: str) -> QuerySet[RegisterEntry]:
    """Listed codes by any ID that is built on one, in any spelling, by three characters, or by a name."""
    parties = parties_of(term)
    if parties:
        named = Q()
        for party in parties:
            named |= Q(country_code=party.country_code, party_id=party.party_id)
        return rows.filter(named)
    text = term.strip()
    by_name = Q(organisation__icontains=text) | Q(legal_name__icontains=text)
    if len(text) == 3 and text.isalnum():
        by_name |= Q(party_id=text.upper())
    return rows.filter(by_name)


def parties_of(term: str) -> set[PartyId]:
    """The parties on whose codes a text can be built, if it is an ID in any spelling."""
    return {party for party in map(_party_of, recognise(term)) if party is not None}


def _party_of(found: Identifier) -> PartyId | None:
    """The party that an ID is built on; those of DIN EVSE IDs are numbered apart."""
    if isinstance(found, DinEvseId):
        return None
    return found if isinstance(found, PartyId) else found.party


@dataclass
class Standing:
    """What registers say of a party: ``remarks`` for people, and whether one of them is a ``warning``.

    It is information and never a gate: large operators work with codes that no register lists.
    """

    entries: list[RegisterEntry] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    warning: bool = False


def standing(party: Party) -> Standing | None:
    """What the registers say of a party in its role; ``None`` for roles that no register knows."""
    role = _ROLES.get(Role(party.role))
    if role is None:
        return None
    found = list(of_code(party.identity))
    mine = [entry for entry in found if entry.role == role and entry.is_listed]
    result = Standing(entries=found)
    if not mine:
        _say_not_listed(party, found, result)
    for entry in mine:
        if entry.status not in (EntryStatus.ACTIVE, EntryStatus.UNKNOWN):
            result.warning = True
            state = entry.get_status_display().lower()
            result.remarks.append(f"{entry.register} says: {state}.")
        if entry.observed:
            others = ", ".join(entry.observed)
            result.remarks.append(f"{entry.register} says that it speaks OCPI as {others}.")
    if len({_company(entry) for entry in mine}) > 1:
        names = " and ".join(sorted({entry.organisation for entry in mine}))
        result.remarks.append(f"Registers name different holders: {names}.")
        result.warning = True
    return result


def _say_not_listed(party: Party, found: Collection[RegisterEntry], result: Standing) -> None:
    identity = party.identity
    if not Register.objects.filter(jurisdictions__contains=[identity.country_code]).exists():
        result.remarks.append(f"No register of {identity.country_code} was read yet.")
        return
    result.warning = True
    others = [entry for entry in found if entry.is_listed]
    gone = [entry for entry in found if not entry.is_listed]
    if others:
        role = others[0].get_role_display()
        result.remarks.append(f"It is listed in another role only, as {role}.")
    elif gone:
        result.remarks.append(f"{gone[0].register} does not list it any more.")
    elif users := list(using(identity)[:6]):
        codes = dict.fromkeys(f"{one.country_code}*{one.party_id}" for one in users)
        issued = " and ".join(codes)
        result.remarks.append(
            f"It was not issued; {users[0].register} says that the holder of {issued} uses it."
        )
    else:
        result.remarks.append(
            "No register lists it. Large operators work with such codes; ask whose it is."
        )


_LEGAL_FORMS = frozenset({
    "ab", "ag", "aps", "as", "b", "bv", "gmbh", "group", "inc", "ireland", "limited", "llc", "ltd", "n",
    "nv", "oy", "plc", "s", "sa", "srl", "uk", "v",
})  # fmt: skip


def _company(entry: RegisterEntry) -> str:
    """A name as far as it tells companies apart: registers spell the same one in many ways."""
    words = "".join(c if c.isalnum() else " " for c in entry.organisation.lower()).split()
    return " ".join(word for word in words if word not in _LEGAL_FORMS)
