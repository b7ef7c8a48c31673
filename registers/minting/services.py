"""Giving IDs: the only writers of counters and of what was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from locations.documents import evse_search_key
from locations.models import EVSE, Location
from ocpi.identifiers import ContractId
from parties import events
from parties.models import Party
from registers.minting.choices import DEFAULTS, KINDS, MintedKind
from registers.minting.models import IdPattern, MintedId
from registers.minting.patterns import NAMELESS, Called, CannotMake, Pattern
from tokens.models import Token

_AHEAD = 500


class NotOurs(ValueError):
    """Only parties hosted here give IDs here, and only of the kinds of their role."""


@dataclass(frozen=True)
class Recipient:
    """What gets an ID: ``label`` for people, what patterns call it by, and the thing itself."""

    label: str
    called: Called = NAMELESS
    location: Location | None = None
    evse: EVSE | None = None
    token: Token | None = None


def pattern_of(party: Party, kind: str) -> IdPattern:
    """How a party makes IDs of a kind: the usual way until staff say otherwise. Raises :class:`NotOurs`."""
    if not party.is_ours or kind not in KINDS.get(party.role, ()):
        raise NotOurs(f"{party} gives no IDs of {MintedKind(kind).label.lower()}s here.")
    return IdPattern.objects.select_related("party").get(party=party, kind=kind)


def make_patterns(party: Party) -> None:
    """The usual patterns of a party that is hosted here, as far as it has none; of others nothing."""
    kinds = KINDS.get(party.role, ()) if party.is_ours else ()
    if kinds:
        rows = [IdPattern(party=party, kind=kind, pattern=DEFAULTS[kind]) for kind in kinds]
        IdPattern.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def set_pattern(row: IdPattern, pattern: str, *, actor: events.Actor) -> None:
    """Make IDs another way from now on; numbers go on. Raises ``BadPattern``."""
    Pattern.parse(pattern, row.kind)
    locked = IdPattern.objects.select_for_update().get(pk=row.pk)
    before, locked.pattern = locked.pattern, pattern.strip()
    locked.save(update_fields=["pattern"])
    events.record(
        "ids.pattern",
        f"{row}: {before} became {locked.pattern}.",
        actor=actor,
        subject=str(row.party.identity),
    )


@transaction.atomic
def mint(
    party: Party, kind: str, recipients: Sequence[Recipient], *, actor: events.Actor = None
) -> list[MintedId]:
    """Give each an ID, in their order, with numbers that follow each other; all of them or none.

    A number whose ID somebody has already, however it came there, is passed over. Waits for others that give IDs of
    this party and kind, until their transactions end; call it late in yours. Raises ``CannotMake`` and
    :class:`NotOurs`.
    """
    if not recipients:
        return []
    row = IdPattern.objects.select_for_update().get(pk=pattern_of(party, kind).pk)
    pattern = Pattern.parse(row.pattern, row.kind)
    chosen = _choose(pattern, party, row.next_number, recipients)
    if pattern.counts:
        row.next_number = chosen[-1][0] + 1
        row.save(update_fields=["next_number"])
    return MintedId.objects.bulk_create(
        [
            MintedId(
                party=party,
                kind=kind,
                value=value,
                key=key_of(kind, value),
                number=number if pattern.counts else None,
                given_to=one.label[:600],
                location=one.location,
                evse=one.evse,
                token=one.token,
                by=events.actor_name(actor),
            )
            for one, (number, value) in zip(recipients, chosen, strict=True)
        ]
    )


def preview(party: Party, kind: str, recipients: Sequence[Recipient]) -> list[str]:
    """The IDs that these would get now; nothing is taken. Raises as :func:`mint`."""
    row = pattern_of(party, kind)
    pattern = Pattern.parse(row.pattern, row.kind)
    return [value for _, value in _choose(pattern, party, row.next_number, recipients)]


def key_of(kind: str, value: str) -> str:
    """What two spellings of an ID have in common: without separators, of contracts without check character."""
    if kind == MintedKind.CONTRACT:
        return ContractId.read(value).key
    return evse_search_key(value)


def _choose(
    pattern: Pattern, party: Party, first: int, recipients: Sequence[Recipient]
) -> list[tuple[int, str]]:
    """A number and the ID made with it for each, from ``first`` on; what somebody has is passed over."""
    chosen: list[tuple[int, str]] = []
    number = first
    while len(chosen) < len(recipients):
        left = recipients[len(chosen) :]
        block = [
            (number + at, pattern.make(party.identity, number + at, one.called))
            for at, one in enumerate(left)
        ]
        free = list(_until_taken(pattern.kind, block))
        chosen += free
        number += len(free)
        if len(chosen) < len(recipients):
            called = recipients[len(chosen)].called
            number = _next_free(pattern, party, number, called)
    _must_differ(pattern.kind, chosen)
    return chosen


def _until_taken(kind: str, block: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    taken = _taken(kind, [key_of(kind, value) for _, value in block])
    for number, value in block:
        if key_of(kind, value) in taken:
            return
        yield number, value


def _next_free(pattern: Pattern, party: Party, number: int, called: Called) -> int:
    """The next number whose ID nobody has. Raises ``CannotMake`` where there is no number to change."""
    if not pattern.counts:
        value = pattern.make(party.identity, number, called)
        raise CannotMake(f"{value} was given already; give the pattern a {{number}}.")
    while True:
        block = [
            (count, pattern.make(party.identity, count, called))
            for count in range(number, number + _AHEAD)
        ]
        taken = _taken(pattern.kind, [key_of(pattern.kind, value) for _, value in block])
        for count, value in block:
            if key_of(pattern.kind, value) not in taken:
                return count
        number += _AHEAD


def _taken(kind: str, keys: list[str]) -> set[str]:
    """Those that we gave, or that something has already."""
    taken = set(MintedId.objects.filter(key__in=keys).values_list("key", flat=True))
    if kind == MintedKind.EVSE:
        taken |= set(EVSE.objects.filter(evse_key__in=keys).values_list("evse_key", flat=True))
    if kind == MintedKind.CONTRACT:
        taken |= _contracts_taken(keys)
    return taken


def _contracts_taken(keys: list[str]) -> set[str]:
    """Those whose contract a token names, in one of the usual spellings."""
    spelled: dict[str, str] = {}
    for key in keys:
        found = ContractId.read(key)
        bare = found.without_check_character()
        for spelling in (key, found.compact, bare, str(found)):
            spelled[spelling] = key
    named = Token.objects.filter(contract_key__in=list(spelled))
    return {spelled[key] for key in named.values_list("contract_key", flat=True)}


def _must_differ(kind: str, chosen: list[tuple[int, str]]) -> None:
    keys = [key_of(kind, value) for _, value in chosen]
    if len(set(keys)) < len(keys):
        raise CannotMake("Two of them would get the same ID; give the pattern a {number}.")
