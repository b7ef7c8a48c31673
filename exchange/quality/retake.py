"""Taking in again what is in quarantine: one object that staff corrected, or all that a filter shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from exchange import jobs, pushes, registry
from exchange.choices import QuarantineState
from exchange.models import Job, Quarantined
from exchange.places import Place
from exchange.quality.deviations import count_warnings, problem_dict
from exchange.quality.quarantine import fingerprint, original, record, waiting
from exchange.registry import Counts, Received, Source
from ocpi.errors import OCPIError, Problem
from ocpi.ids import PartyId
from parties import events
from parties import services as parties
from parties.models import Connection, Party

log = structlog.get_logger(__name__)


class StillRejected(ValueError):
    """An object was refused again; ``problems`` says why, as dicts of code, path, message and value."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        shown = "; ".join(f"{p['path']}: {p['message']}".lstrip(": ") for p in problems[:3])
        super().__init__(shown or "It was rejected again.")
        self.problems = problems


def take_in(
    row: Quarantined,
    edited: bytes | None,
    actor: events.Actor,
    *,
    owner: PartyId | None = None,
) -> Received:
    """Take in an object again, as it came or as staff ``edited`` it; ``owner`` is whose it then is.

    When it is accepted it is resolved. Otherwise nothing changes but its problems, and
    :class:`StillRejected` says which; ``ValueError`` when it waits no longer.
    """
    try:
        with transaction.atomic():
            locked = waiting(row)
            received = _receive_again(locked, edited, owner)
            locked.state = QuarantineState.RESOLVED
            locked.save(update_fields=["state"])
            record("quarantine.taken_in", "was taken in", locked, actor)
    except StillRejected as error:
        Quarantined.objects.filter(pk=row.pk).update(problems=error.problems)
        row.refresh_from_db()
        raise
    row.refresh_from_db()
    return received


def check(row: Quarantined, edited: bytes, owner: PartyId | None = None) -> list[dict[str, Any]]:
    """What would be wrong with an object if it were taken in now; nothing is written."""
    with transaction.atomic():
        try:
            _receive_again(row, edited, owner)
        except StillRejected as error:
            return error.problems
        except ValueError as error:
            return [problem_dict(Problem("refused", "", str(error)))]
        finally:
            transaction.set_rollback(True)
    return []


def _receive_again(row: Quarantined, edited: bytes | None, owner: PartyId | None) -> Received:
    """Raises :class:`StillRejected`, with which the caller's transaction leaves no trace of the attempt."""
    raw = original(row) if edited is None else edited
    place = Place.read(row.place)
    # What was posted has no place to be put in: it is taken in as from a list, with its bytes.
    if place is not None and place.method != "POST" and row.connection is not None:
        return _push_again(row, place, raw, row.connection)
    module = registry.get(row.module)
    if module.inbox is None:
        raise ValueError(f"{module.label} cannot be taken in from here.")
    source = _source_of(row, owner)
    if edited is not None:
        source = replace(source, label=f"{source.label}, corrected by staff")
    received = module.inbox.receive([raw], source)
    if received.counts.rejected:
        again = Quarantined.objects.get(module=row.module, fingerprint=fingerprint(raw))
        raise StillRejected(again.problems)
    return received


def _push_again(row: Quarantined, place: Place, raw: bytes, connection: Connection) -> Received:
    module = registry.get(row.module)
    if module.pushed is None:
        raise ValueError(f"{module.label} cannot be taken in from here.")
    try:
        owner = _owner(connection, place, module)
        warnings = pushes.take_again(module.pushed, owner, place, raw, connection)
    except OCPIError as error:
        problems = error.problems or [Problem("refused", "", error.message)]
        raise StillRejected([problem_dict(problem) for problem in problems]) from None
    count_warnings(connection, row.module, [(place.reference, w) for w in warnings])
    return Received(Counts(updated=1, warnings=len(warnings)))


def _owner(connection: Connection, place: Place, module: registry.Module) -> Party:
    for party in parties.spoken_parties(connection).filter(role__in=module.sender_roles):
        if party.identity == place.owner:
            return party
    raise OCPIError(f"{place.owner} is not a party this connection speaks for.")


def _source_of(row: Quarantined, owner: PartyId | None) -> Source:
    connection = row.connection
    owners = (
        frozenset(party.identity for party in parties.spoken_parties(connection))
        if connection
        else None
    )
    version = connection.version if connection else ""
    if connection and owner is None:
        owner = parties.only_owner(connection)
    return Source(row.source, version or "2.2.1", connection, owners, owner, row.job_id)


# --- All at once -------------------------------------------------------------------------------------


def start(rows: QuerySet[Quarantined], title: str, *, actor: events.Actor = None) -> Job:
    """A job that takes in again all of ``rows`` that wait, as they came, one by one."""
    ids = list(rows.filter(state=QuarantineState.OPEN).order_by("id").values_list("pk", flat=True))
    connections = set(rows.order_by().values_list("connection", flat=True).distinct())
    only = connections.pop() if len(connections) == 1 else None
    with transaction.atomic():
        job = jobs.create(
            jobs.RETAKE,
            title,
            connection=Connection.objects.filter(pk=only).first() if only else None,
            parameters={"ids": ids},
            actor=actor,
        )
        jobs.queue(job)
    return job


def run(job: Job) -> Counts | None:
    """Do such a job; ``None`` when another worker has it. What is refused again stays in quarantine."""
    if not jobs.start(job):
        return None
    ids = job.parameters["ids"]
    progress = jobs.Progress(job, total=len(ids))
    try:
        for pk in ids:
            progress.add(_try(pk, job))
        progress.show()
        jobs.finish(job, progress.counts)
    except jobs.JobStopped:
        log.warning("retake_given_up", job=job.pk)
    return progress.counts


def _try(pk: int, job: Job) -> Counts:
    row = Quarantined.objects.select_related("connection").filter(pk=pk).first()
    if row is None:
        return Counts()
    try:
        return take_in(row, None, job.parameters.get("actor")).counts
    except StillRejected:
        return Counts(rejected=1)
    except ValueError:
        # Somebody was quicker.
        return Counts(unchanged=1)
    except Exception:
        log.exception("retake_failed", quarantined=pk)
        return Counts(rejected=1)
