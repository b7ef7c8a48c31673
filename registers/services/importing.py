"""Taking over what a register lists: as a dated observation, with what it changed, or held for a person."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from parties import events
from registers.choices import ImportState, RegisterFormat
from registers.formats import FORMATS, Listed, Malformed, NotReadable, Row
from registers.models import Register, RegisterFault, RegisterImport
from registers.services import comparing
from registers.services.known import ensure_known

FEW = 20
"""Of a register with fewer codes than this nothing is held: one company more or less is a large share."""


class NotHeld(ValueError):
    """The reading does not wait for anybody, so that nothing can be decided about it."""


def read_list(
    register: Register, content: bytes, *, source: str, actor: events.Actor = None
) -> list[RegisterImport]:
    """Compare a list with what we know of its register, and take it over.

    ``content`` is in the register's format; a directory of many registers gives a reading for each that it names,
    unknown ones included. A reading that would remove more of the codes than the register allows is held, and one
    that cannot be read is kept as failed: it changes nothing.
    """
    read = FORMATS[register.format]
    try:
        rows = list(read(content))
    except NotReadable as error:
        return [_failed(register, content, source, str(error), actor)]
    if not any(isinstance(row, Listed) for row in rows):
        return [_failed(register, content, source, "It lists no code at all.", actor)]
    if register.format == RegisterFormat.DIRECTORY:
        return _read_directory(register, content, rows, source, actor)
    return [_read_one(register, content, rows, source, actor)]


def take_over(held: RegisterImport, *, actor: events.Actor) -> RegisterImport:
    """Take a held reading over after all, whatever it removes. Raises :class:`NotHeld`."""
    with transaction.atomic():
        _claim(held)
        register = Register.objects.select_for_update().get(pk=held.register_id)
        rows = _of_register(
            register, FORMATS[_format_of(held)](zlib.decompress(bytes(held.content or b"")))
        )
        found = comparing.compare(register, rows, timezone.now())
        comparing.write(register, found, held)
        held.state, held.content = ImportState.DONE, None
        held.decided_by = events.actor_name(actor)[:150]
        _count(held, found, rows)
        held.save()
        events.record(
            "register.taken_over",
            f"The list of {register} that was held was taken over: {_words(held)}.",
            actor=actor,
            subject=f"register:{register.key}",
        )
    return held


def refuse(held: RegisterImport, *, actor: events.Actor) -> RegisterImport:
    """Leave everything as it was before a held reading. Raises :class:`NotHeld`."""
    with transaction.atomic():
        _claim(held)
        held.state, held.content = ImportState.REFUSED, None
        held.decided_by = events.actor_name(actor)[:150]
        held.save()
        events.record(
            "register.refused",
            f"The list of {held.register} of {held.at:%Y-%m-%d} was not taken over.",
            actor=actor,
            subject=f"register:{held.register.key}",
        )
    return held


def _claim(held: RegisterImport) -> None:
    locked = RegisterImport.objects.select_for_update().get(pk=held.pk)
    if locked.state != ImportState.HELD:
        raise NotHeld(f"The reading of {locked} does not wait for anybody.")
    newer = RegisterImport.objects.filter(
        register=locked.register_id,
        pk__gt=locked.pk,
        state__in=[ImportState.DONE, ImportState.UNCHANGED],
    )
    if newer.exists():
        raise NotHeld("A newer list was taken over meanwhile; this one is out of date.")


def _format_of(held: RegisterImport) -> str:
    """A register that a directory named is read by the directory's format again."""
    is_of_directory = held.source.startswith(_DIRECTORY)
    return RegisterFormat.DIRECTORY if is_of_directory else held.register.format


_DIRECTORY = "directory: "


def _read_directory(
    directory: Register,
    content: bytes,
    rows: Sequence[Row],
    source: str,
    actor: events.Actor,
) -> list[RegisterImport]:
    keys = dict.fromkeys(row.register for row in rows)
    made = []
    for key in keys:
        register = ensure_known(key)
        mine = [row for row in rows if row.register == key]
        made.append(_read_one(register, content, mine, f"{_DIRECTORY}{source}", actor))
    Register.objects.filter(pk=directory.pk).update(read_at=timezone.now())
    return made


def _of_register(register: Register, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.register in ("", register.key)]


@transaction.atomic
def _read_one(
    register: Register, content: bytes, rows: Sequence[Row], source: str, actor: events.Actor
) -> RegisterImport:
    register = Register.objects.select_for_update().get(pk=register.pk)
    now = timezone.now()
    found = comparing.compare(register, rows, now)
    imported = RegisterImport(
        register=register,
        source=source[:500],
        sha256=hashlib.sha256(content).digest(),
        by=events.actor_name(actor)[:150],
        at=now,
    )
    _count(imported, found, rows)
    waiting = register.imports.filter(state=ImportState.HELD, sha256=imported.sha256).first()
    if waiting is not None and _removes_too_much(register, found):
        return waiting
    if _removes_too_much(register, found):
        imported.state = ImportState.HELD
        imported.content = zlib.compress(content)
        imported.message = (
            f"It would remove {len(found.vanished)} of {found.listed_before} codes, more than"
            f" {register.removal_limit.normalize():f} % of them."
        )
        imported.save()
    else:
        imported.state = ImportState.DONE if found.is_news else ImportState.UNCHANGED
        imported.save()
        comparing.write(register, found, imported)
        Register.objects.filter(pk=register.pk).update(read_at=now)
    _keep_faults(imported, found.malformed)
    _record(register, imported, actor)
    return imported


def _removes_too_much(register: Register, found: comparing.Found) -> bool:
    if found.listed_before < FEW or not found.vanished:
        return False
    share = Decimal(100 * len(found.vanished)) / found.listed_before
    return share > register.removal_limit


def _count(imported: RegisterImport, found: comparing.Found, rows: Sequence[Row]) -> None:
    imported.rows = sum(isinstance(row, Listed) for row in rows)
    imported.added = len(found.added)
    imported.changed = len({change.entry for change in found.changes if change.entry is not None})
    imported.vanished = len(found.vanished)
    imported.malformed = len(found.malformed)


def _keep_faults(imported: RegisterImport, malformed: Iterable[Malformed]) -> None:
    RegisterFault.objects.bulk_create(
        RegisterFault(
            imported=imported,
            place=row.place[:40],
            source_value=row.source_value[:80],
            organisation=row.organisation[:300],
            reason=row.reason[:300],
        )
        for row in malformed
    )


def _record(register: Register, imported: RegisterImport, actor: events.Actor) -> None:
    said = {
        ImportState.HELD: f"was held. {imported.message}",
        ImportState.DONE: f"was taken over: {_words(imported)}.",
    }.get(ImportState(imported.state))
    if said:
        events.record(
            "register.read",
            f"The list of {register} {said}",
            actor=actor,
            subject=f"register:{register.key}",
        )


def _words(imported: RegisterImport) -> str:
    return (
        f"{imported.added} new, {imported.changed} changed, {imported.vanished} not listed any more"
    )


def _failed(
    register: Register, content: bytes, source: str, message: str, actor: events.Actor
) -> RegisterImport:
    return RegisterImport.objects.create(
        register=register,
        state=ImportState.FAILED,
        source=source[:500],
        sha256=hashlib.sha256(content).digest(),
        message=message[:400],
        by=events.actor_name(actor)[:150],
    )
