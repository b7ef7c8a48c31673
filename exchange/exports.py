"""Writing a module's objects to a file, at constant memory whatever their number."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection as database
from django.db import reset_queries

from exchange import registry
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED
from parties.models import Party

BATCH = 1000
JSON, CSV = "json", "csv"
EXAMPLES = 5
Write = Callable[[bytes], object]


@dataclass
class Exported:
    """What an export came to.

    ``refused`` are objects that the version cannot say: their number, and the first of them with the reason.
    ``losses`` are what it cannot say of the others, by the field.
    """

    written: int = 0
    refused: int = 0
    examples: list[str] = field(default_factory=list)
    losses: Counter[str] = field(default_factory=Counter)


def exportable(module: str) -> registry.Module:
    """The declaration of a module that can be exported; ``ValueError`` names those there are."""
    declared = registry.find(module)
    if declared is None or declared.export is None:
        known = ", ".join(sorted(m.identifier for m in registry.modules() if m.export))
        raise ValueError(f"module: {module!r} cannot be exported, only {known}.")
    return declared


def export(
    module: str,
    write: Write,
    *,
    version: str = "2.2.1",
    owner: PartyId | None = None,
    form: str = JSON,
) -> Exported:
    """Write the objects of ``owner`` (of all parties hosted here) with ``write``, in the order of their creation.

    JSON is a list of objects as ``version`` writes them, CSV a table with the module's columns, whatever the
    version. Raises ``ValueError`` for what cannot be exported so, before anything is written.
    """
    declared = exportable(module)
    if version not in SUPPORTED:
        raise ValueError(f"version: {version!r} is none of {', '.join(SUPPORTED)}.")
    owners = _owners(declared, owner)
    if form == CSV:
        if declared.table is None:
            raise ValueError(f"{declared.label} cannot be written as a table.")
        return _export_table(declared, declared.table, owners, write)
    return _export_json(declared, owners, write, version)


def _owners(module: registry.Module, owner: PartyId | None) -> list[int]:
    parties = Party.objects.filter(role__in=module.sender_roles)
    if owner is None:
        return list(parties.filter(is_ours=True).values_list("pk", flat=True))
    found = list(parties.identified(owner).values_list("pk", flat=True))
    if not found:
        roles = " or ".join(sorted(module.sender_roles))
        raise ValueError(f"party: {owner} is not here as {roles}.")
    return found


def _export_json(
    module: registry.Module, owners: list[int], write: Write, version: str
) -> Exported:
    assert module.export is not None  # noqa: S101 - asked before
    exported = Exported()
    write(b"[")
    for ids in _batches(module.export, owners):
        for saying in module.export.say(ids, version):
            if saying.said is None:
                exported.refused += 1
                if len(exported.examples) < EXAMPLES:
                    exported.examples.append(f"{saying.reference}: {saying.reason}")
                continue
            write((b",\n" if exported.written else b"\n") + saying.said.json)
            exported.written += 1
            exported.losses.update(
                f"{_field(loss.path)}: {loss.message}" for loss in saying.said.losses
            )
    write(b"\n]\n")
    return exported


def _field(path: str) -> str:
    """A path without the numbers of list entries."""
    return ".".join(part for part in path.split(".") if not part.isdigit())


def _export_table(
    module: registry.Module, table: registry.Table, owners: list[int], write: Write
) -> Exported:
    assert module.export is not None  # noqa: S101 - asked before
    exported = Exported()
    write(_lines([[column.name for column in table.columns]]))
    for ids in _batches(module.export, owners):
        rows = list(table.write(ids))
        write(_lines(rows))
        exported.written += len(rows)
    return exported


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _batches(declared: registry.Export, owners: list[int]) -> Iterator[list[int]]:
    """The primary keys of the owners' objects, in their order."""
    after = 0
    while True:
        reset_queries()
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT o.id FROM {declared.table} o WHERE o.id > %s AND o.owner_id = ANY(%s)"  # noqa: S608
                f" AND {declared.held} ORDER BY o.id LIMIT {BATCH}",
                [after, owners],
            )
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        after = ids[-1]
