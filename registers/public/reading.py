"""What a text is the ID of, what is wrong with it, and who holds the code it is built on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from ocpi.identifiers import (
    ContractId,
    DinEvseId,
    Identifier,
    NotAnId,
    PlaceId,
    parse_party_id,
    recognise,
)
from ocpi.ids import PartyId
from registers import selectors as observed
from registers.models import RegisterEntry
from registers.running import selectors
from registers.running.choices import CodeState

LONGEST = 100
_PARTY, _PLACE, _CONTRACT, _DIN = (
    "party ID",
    "EVSE, station or pool ID",
    "contract ID",
    "DIN EVSE ID",
)
_READERS: dict[str, Callable[[str], Any]] = {
    _PARTY: parse_party_id,
    _PLACE: PlaceId.parse,
    _CONTRACT: ContractId.parse,
    _DIN: DinEvseId.parse,
}


@dataclass
class Reading:
    """One thing that a text can be read as. ``written`` is the usual way of writing it.

    ``problem`` is what is wrong in it after all, and ``right`` the check character it should have, if it has one.
    """

    kind: str
    form: str
    written: str
    party: PartyId | None
    problem: NotAnId | None = None
    given: str = ""
    right: str = ""


@dataclass
class Holder:
    """Who holds a code in a role, as one register says. ``as_of`` is when we read it, in UTC."""

    code: str
    role: str
    organisation: str
    state: str
    register: str
    register_key: str
    is_ours: bool
    as_of: str
    url: str = ""


@dataclass
class Answer:
    value: str
    readings: list[Reading] = field(default_factory=list)
    problems: list[tuple[str, NotAnId]] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)


def look_up(value: str) -> Answer:
    """Everything about a text. ``problems`` say what is missing for each kind of ID, the likeliest first."""
    answer = Answer(value.strip())
    answer.readings = [_reading(answer.value, found) for found in recognise(answer.value)]
    if not answer.readings:
        answer.problems = _problems(answer.value)
    parties = {one.party for one in answer.readings if one.party is not None}
    for party in sorted(parties):
        answer.holders += _ours(party)
        answer.holders += _listed(party)
    return answer


def _reading(text: str, found: Identifier) -> Reading:
    if isinstance(found, PartyId):
        return Reading("party", "", str(found), found, _wrong(_PARTY, text))
    if isinstance(found, PlaceId):
        kind = found.kind.words
        return Reading(kind, "ISO 15118", str(found), found.party, _wrong(_PLACE, text))
    if isinstance(found, DinEvseId):
        return Reading("EVSE", "DIN SPEC 91286", str(found), None)
    return Reading(
        "contract",
        found.form.value,
        str(found),
        found.party,
        _wrong(_CONTRACT, text),
        found.given,
        found.check,
    )


def _wrong(kind: str, text: str) -> NotAnId | None:
    try:
        _READERS[kind](text)
    except NotAnId as problem:
        return problem
    return None


def _problems(text: str) -> list[tuple[str, NotAnId]]:
    found = []
    for kind in _likeliest_first(text):
        problem = _wrong(kind, text)
        if problem is not None:
            found.append((kind, problem))
    return found


def _likeliest_first(text: str) -> list[str]:
    bare = [character for character in text.upper() if character.isalnum()]
    first = _CONTRACT
    if text[:1] in "+0123456789":
        first = _DIN
    elif len(bare) <= 6:
        first = _PARTY
    elif "*" in text or bare[5:6] in (["E"], ["P"], ["S"]):
        first = _PLACE
    return sorted(_READERS, key=lambda kind: kind != first)


def _ours(party: PartyId) -> Iterator[Holder]:
    for code in selectors.of_code(party)[:1]:
        for role in code.roles:
            yield Holder(
                str(code),
                role,
                code.organisation.known_as,
                str(CodeState(code.state).label),
                code.register.name,
                code.register.key,
                is_ours=True,
                as_of="",
                url=reverse("public-code", args=[code.country_code, code.party_id]),
            )


def _listed(party: PartyId) -> Iterator[Holder]:
    for entry in observed.of_code(party):
        yield _holder(entry, _state(entry))
    for entry in observed.using(party)[:6]:
        yield _holder(entry, f"speaks OCPI as {party}")


def _state(entry: RegisterEntry) -> str:
    return str(entry.get_status_display()) if entry.is_listed else "Not listed any more"


def _holder(entry: RegisterEntry, state: str) -> Holder:
    seen = entry.vanished_at or entry.last_seen
    return Holder(
        f"{entry.country_code}*{entry.party_id}",
        entry.role,
        entry.organisation,
        state,
        entry.register.name,
        entry.register.key,
        is_ours=False,
        as_of=seen.isoformat(timespec="seconds"),
    )
