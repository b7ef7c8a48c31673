"""What a list of holders says code by code, and what of it a register that is run here can take over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from registers.choices import CodeRole, EntryStatus
from registers.formats import Holder, Listed, Row
from registers.models import CodeClaim, RegisterRules
from registers.running import words

_NOT_HELD = (EntryStatus.INACTIVE, EntryStatus.RESERVED)
_Role = tuple[str, str, str]


class ListedCode(NamedTuple):
    """A code with all the roles that one holder has it in."""

    country: str
    party_id: str
    roles: list[str]
    holder: Holder

    @property
    def written(self) -> str:
        return f"{self.country}*{self.party_id}"

    @property
    def legal_name(self) -> str:
        return (self.holder.legal_name or self.holder.organisation)[:200].strip()

    @property
    def name_key(self) -> str:
        return folded(self.legal_name)

    @property
    def status(self) -> str:
        return self.holder.status

    @property
    def issued_on(self) -> date | None:
        return self.holder.issued_on


class Conflict(NamedTuple):
    """A code of the list that is not taken over, as written there, and why, in a sentence."""

    written: str
    organisation: str
    reason: str


class Plan(NamedTuple):
    """``new`` would be issued here; ``unchanged`` are held here by the same holder in the same roles."""

    new: list[ListedCode]
    unchanged: list[ListedCode]
    conflicts: list[Conflict]

    @property
    def organisations(self) -> int:
        return len({one.name_key for one in self.new})

    @property
    def in_both_roles(self) -> int:
        return sum(len(one.roles) == len(CodeRole) for one in self.new)


def folded(name: str) -> str:
    """The same for two spellings of a name that differ in capitals and spaces only."""
    return " ".join(name.upper().split())


def gathered(rows: Iterable[Row], rules: RegisterRules) -> tuple[list[ListedCode], list[Conflict]]:
    """The codes of a list with their roles put together, in order; and what of it can be no code of the register."""
    found: dict[tuple[str, str, str], ListedCode] = {}
    conflicts = []
    for row in rows:
        if not isinstance(row, Listed):
            conflicts.append(Conflict(row.source_value, row.organisation, row.reason))
            continue
        one = ListedCode(row.country_code, row.party_id, [row.role], row.holder)
        first = found.setdefault((one.country, one.party_id, one.name_key), one)
        if row.role not in first.roles:
            first.roles.append(row.role)
    holders: dict[tuple[str, str], list[ListedCode]] = {}
    for one in found.values():
        holders.setdefault((one.country, one.party_id), []).append(one)
    possible = []
    for same in holders.values():
        for one in same:
            reason = _refusal(one, same, rules)
            if reason:
                conflicts.append(Conflict(one.written, one.holder.organisation, reason))
            else:
                one.roles.sort()
                possible.append(one)
    return possible, conflicts


def plan(
    rules: RegisterRules,
    listed: Sequence[ListedCode],
    kept: Mapping[_Role, CodeClaim],
    claimed_roles: Callable[[RegisterRules, Collection[str]], list[str]],
) -> Plan:
    """What becomes of each, when ``kept`` says who keeps which code in which role here."""
    made = Plan([], [], [])
    for one in listed:
        wanted = claimed_roles(rules, one.roles)
        claims = [
            kept[key] for role in wanted if (key := (one.country, one.party_id, role)) in kept
        ]
        if not claims:
            made.new.append(one)
        elif _is_the_same(one, claims, rules):
            made.unchanged.append(one)
        else:
            conflict = Conflict(one.written, one.holder.organisation, _kept_by(claims[0]))
            made.conflicts.append(conflict)
    return made


def _refusal(one: ListedCode, same: Sequence[ListedCode], rules: RegisterRules) -> str:
    if one.country not in rules.register.jurisdictions:
        return f"{rules.register} does not issue codes of {one.country}."
    if one.party_id in rules.reserved_codes:
        return "It is reserved by the rules, and nobody gets it."
    if one.status in _NOT_HELD:
        return f"The list says of it: {EntryStatus(one.status).label.lower()}."
    if not one.name_key:
        return "The list names no holder."
    others = [other for other in same if other is not one]
    if rules.one_holder and others:
        return f"The list names another holder too: {others[0].holder.organisation}."
    for other in others:
        if set(other.roles) & set(one.roles):
            return f"The list names another holder in the same role: {other.holder.organisation}."
    return ""


def _is_the_same(one: ListedCode, claims: Sequence[CodeClaim], rules: RegisterRules) -> bool:
    code = claims[0].code
    return (
        code is not None
        and claims[0].free_from is None
        and code.register_id == rules.register_id
        and folded(code.organisation.legal_name) == one.name_key
        and set(code.roles) == set(one.roles)
    )


def _kept_by(claim: CodeClaim) -> str:
    if claim.application is not None:
        return f"It is held for the application {claim.application.number}."
    code = claim.code
    if code is None:
        return "It is taken."
    if claim.free_from is not None:
        return f"It was {code.get_state_display().lower()} here, and rests until {claim.free_from:%Y-%m-%d} (UTC)."
    return f"It is issued here already, to {code.organisation} as {words.roles(code.roles)}."
