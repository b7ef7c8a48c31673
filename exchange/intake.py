"""Taking in a batch of raw objects, from a pull or a file, through the inbox of its module."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import DataError, reset_queries, transaction

from exchange.quality import quarantine
from exchange.registry import Counts, Inbox, Module, Received, Source
from ocpi.errors import Problem

log = structlog.get_logger(__name__)


def inbox_of(module: Module) -> Inbox:
    """How a module's objects come in; ``ValueError`` when they only come by push."""
    if module.inbox is None:
        raise ValueError(f"{module.label} cannot be taken in from a list or a file.")
    return module.inbox


def take(module: Module, items: Sequence[bytes], source: Source) -> Received:
    """Take in a batch in one transaction: all of it is written, or it raises and nothing is.

    Should the database refuse a value, the batch is halved until the object that has it stands alone; that
    one goes to quarantine, so that it never sinks the others.
    """
    reset_queries()
    if not items:
        return Received()
    try:
        with transaction.atomic():
            return inbox_of(module).receive(items, source)
    except (DataError, UnicodeEncodeError) as error:
        if len(items) == 1:
            return _set_aside(module, items[0], source, error)
    middle = len(items) // 2
    return _joined(take(module, items[:middle], source), take(module, items[middle:], source))


def _set_aside(module: Module, raw: bytes, source: Source, error: Exception) -> Received:
    log.warning("object_not_storable", module=module.identifier, source=source.label)
    reason = str(error).strip().partition("\n")[0]
    problem = Problem("not_storable", "", f"The database refuses a value in it: {reason}")
    quarantine.put_many(module.identifier, [quarantine.Rejected(raw, [problem])], source)
    return Received(counts=Counts(rejected=1))


def _joined(one: Received, other: Received) -> Received:
    one.counts += other.counts
    one.object_ids += other.object_ids
    one.owner_ids |= other.owner_ids
    return one
