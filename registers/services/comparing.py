"""What a list says that we did not know, code by code, and writing it down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from registers.choices import ChangeKind
from registers.formats import Holder, Listed, Malformed, Row
from registers.models import Register, RegisterChange, RegisterEntry, RegisterImport

_Identity = tuple[str, str, str]


class Change(NamedTuple):
    """A change of an entry that is here; of one that is added ``entry`` is ``None`` and ``identity`` says which."""

    entry: int | None
    identity: _Identity
    kind: ChangeKind
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Found:
    """``vanished`` are the entries that the list lacks; ``seen`` those it still names."""

    at: datetime
    listed_before: int = 0
    added: list[RegisterEntry] = field(default_factory=list)
    updated: list[RegisterEntry] = field(default_factory=list)
    vanished: list[RegisterEntry] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)

    @property
    def is_news(self) -> bool:
        return bool(self.added or self.changes or self.vanished)


def compare(register: Register, rows: Sequence[Row], at: datetime) -> Found:
    """What ``rows`` say other than the register's entries do. A code that is listed twice counts once.

    Two holders of one code in one role are the register's mistake: the first is taken, and the other is said to be
    malformed.
    """
    found = Found(at, malformed=[row for row in rows if isinstance(row, Malformed)])
    held = {_identity_of(entry): entry for entry in register.entries.all()}
    found.listed_before = sum(entry.is_listed for entry in held.values())
    listed: dict[_Identity, Listed] = {}
    for row in rows:
        if isinstance(row, Listed):
            first = listed.setdefault(row.identity, row)
            if first.holder.organisation != row.holder.organisation:
                found.malformed.append(_listed_twice(first, row))
    for identity, row in listed.items():
        entry = held.get(identity)
        if entry is None:
            found.added.append(_entry(register, row, at))
            found.changes.append(
                Change(None, identity, ChangeKind.ADDED, after=row.holder.organisation)
            )
        else:
            _follow(entry, row, found)
    for identity, entry in held.items():
        if entry.is_listed and identity not in listed:
            found.vanished.append(entry)
            found.changes.append(
                Change(entry.pk, identity, ChangeKind.VANISHED, before=entry.organisation)
            )
    return found


def write(register: Register, found: Found, imported: RegisterImport) -> None:
    """Write down what was found, as the change of ``imported``. Call it in a transaction, the register locked."""
    made = RegisterEntry.objects.bulk_create(found.added, batch_size=2000)
    keys = {_identity_of(entry): entry.pk for entry in made}
    for entry in found.vanished:
        entry.vanished_at = found.at
    RegisterEntry.objects.filter(pk__in=found.seen).update(last_seen=found.at)
    RegisterEntry.objects.bulk_update(
        found.updated + found.vanished,
        [*_COMPARED, "source_value", "vanished_at"],
        batch_size=2000,
    )
    RegisterChange.objects.bulk_create(
        (
            RegisterChange(
                entry_id=change.entry or keys[change.identity],
                imported=imported,
                kind=change.kind,
                before=change.before[:320],
                after=change.after[:320],
                at=found.at,
            )
            for change in found.changes
        ),
        batch_size=2000,
    )


_COMPARED = ("organisation", "legal_name", "website", "status", "observed", "issued_on")


def _follow(entry: RegisterEntry, row: Listed, found: Found) -> None:
    found.seen.append(entry.pk)
    changes = list(_differences(entry, row.holder))
    if not entry.is_listed:
        changes.append((ChangeKind.RETURNED, "", row.holder.organisation))
    if not changes and entry.issued_on == row.holder.issued_on:
        return
    found.changes += [
        Change(entry.pk, row.identity, kind, before, after) for kind, before, after in changes
    ]
    entry.vanished_at = None
    entry.source_value = row.source_value
    for name in _COMPARED:
        value = getattr(row.holder, name)
        setattr(entry, name, list(value) if isinstance(value, tuple) else value)
    found.updated.append(entry)


def _differences(entry: RegisterEntry, holder: Holder) -> Iterator[tuple[ChangeKind, str, str]]:
    before = (entry.organisation, entry.legal_name)
    after = (holder.organisation, holder.legal_name)
    if before != after:
        yield ChangeKind.RENAMED, _named(*before), _named(*after)
    if entry.status != holder.status:
        yield ChangeKind.STATUS, entry.status, holder.status
    if entry.website != holder.website:
        yield ChangeKind.WEBSITE, entry.website, holder.website
    if tuple(entry.observed) != holder.observed:
        yield ChangeKind.OBSERVED, ", ".join(entry.observed), ", ".join(holder.observed)


def _named(organisation: str, legal_name: str) -> str:
    differs = legal_name and legal_name != organisation
    return f"{organisation} ({legal_name})" if differs else organisation


def _entry(register: Register, row: Listed, at: datetime) -> RegisterEntry:
    holder = row.holder
    return RegisterEntry(
        register=register,
        country_code=row.country_code,
        party_id=row.party_id,
        role=row.role,
        organisation=holder.organisation,
        legal_name=holder.legal_name,
        website=holder.website,
        status=holder.status,
        observed=list(holder.observed),
        issued_on=holder.issued_on,
        source_value=row.source_value,
        is_foreign=bool(register.jurisdictions) and row.country_code not in register.jurisdictions,
        first_seen=at,
        last_seen=at,
    )


def _listed_twice(first: Listed, second: Listed) -> Malformed:
    return Malformed(
        "",
        second.source_value,
        second.holder.organisation,
        f"It is listed twice as {second.role}: {first.holder.organisation} came first.",
        second.register,
    )


def _identity_of(entry: RegisterEntry) -> _Identity:
    return entry.country_code, entry.party_id, entry.role
