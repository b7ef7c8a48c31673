"""Beginning a pull, letting one that rests go on, and giving one up."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from exchange import jobs, registry
from exchange.choices import CrawlState, JobState
from exchange.models import Crawl, CrawlPage, Job, PullState
from exchange.pulls.targets import targets
from exchange.registry import Module
from ocpi.versions import InterfaceRole
from parties import events
from parties.models import Connection


class CannotPull(ValueError):
    """The connection has nothing that could be fetched; one line says why."""


def start_pull(
    connection: Connection,
    module: str,
    *,
    parties: Collection[int | None] | None = None,
    full: bool = False,
    retire_any: bool = False,
    actor: events.Actor = None,
    queue: bool = True,
) -> Job:
    """Queue a pull, or return the job that already waits, runs or rests for this connection and module.

    ``parties`` limits it to the lists of these parties, by primary key; without it all are fetched. The first
    pull of a list is always full. With ``retire_any`` a full pull retires what is no longer listed however
    much that is. Raises :class:`CannotPull`.
    """
    declared, _ = check(connection, module)
    with transaction.atomic():
        # Whoever starts another one waits here, and then finds this one.
        Connection.objects.select_for_update().get(pk=connection.pk)
        jobs.fail_lost()
        running = active(connection, module)
        if running is not None:
            return running
        full = full or _is_first(connection, declared, parties)
        job = jobs.create(
            jobs.PULL,
            f"{'Full pull' if full else 'Pull'} of {module} from {connection.name}",
            connection=connection,
            parameters={
                "module": module,
                "full": full,
                "retire_any": retire_any,
                "parties": None if parties is None else list(parties),
            },
            actor=actor,
        )
        if queue:
            jobs.queue(job)
    return job


def _is_first(
    connection: Connection, module: Module, parties: Collection[int | None] | None
) -> bool:
    """Whether none of the lists was read before."""
    states = PullState.objects.filter(connection=connection, module=module.identifier)
    chosen = [
        target.party
        for target in targets(connection, module)
        if parties is None or (target.party.pk if target.party else None) in parties
    ]
    known = {state.party_id for state in states if state.watermark is not None}
    return not any((party.pk if party else None) in known for party in chosen)


def start_over(connection: Connection) -> None:
    """Whatever is pulled next from a connection is pulled in full: it speaks another version now, say."""
    PullState.objects.filter(connection=connection).update(watermark=None, full_at=None)


def check(connection: Connection, module: str) -> tuple[Module, str]:
    """The module's declaration and the address of the partner's list; raises :class:`CannotPull`."""
    declared = registry.find(module)
    if declared is None or declared.inbox is None:
        known = ", ".join(sorted(m.identifier for m in registry.modules() if m.inbox))
        raise CannotPull(f"module: {module!r} cannot be pulled, only {known}.")
    if not connection.is_connected:
        raise CannotPull(f"{connection.name} is not connected ({connection.get_state_display()}).")
    url = connection.endpoint_url(module, InterfaceRole.SENDER)
    if url is None:
        raise CannotPull(f"{connection.name} offers no list of {module}.")
    return declared, url


def active(connection: Connection, module: str) -> Job | None:
    """The pull of this module that waits, runs or rests."""
    return (
        jobs.active()
        .filter(kind=jobs.PULL, connection=connection, parameters__module=module)
        .order_by("-id")
        .first()
    )


def is_running(connection: Connection, module: str) -> bool:
    """Whether a worker is fetching this module now."""
    job = active(connection, module)
    return job is not None and job.state == JobState.RUNNING


def go_on(job: Job, *, actor: events.Actor = None) -> None:
    """Let a pull that rests go on now, before its time. Raises :class:`CannotPull`."""
    if not jobs.go_on(job):
        raise CannotPull(f"{job.title}: it does not rest any more.")
    events.record(
        "pull.resumed",
        f"{job.title}: goes on before its time.",
        connection=job.connection,
        actor=actor,
        subject=f"job:{job.pk}",
    )


def give_up(job: Job, *, actor: events.Actor = None) -> None:
    """End a pull that is not over; what came in stays, nothing is concluded. Raises :class:`CannotPull`."""
    with transaction.atomic():
        if not jobs.give_up(job):
            raise CannotPull(f"{job.title}: it is over already.")
        end_crawls(job, jobs.GIVEN_UP_MESSAGE, CrawlState.GIVEN_UP)
        events.record(
            "pull.given_up",
            f"{job.title}: given up.",
            connection=job.connection,
            actor=actor,
            subject=f"job:{job.pk}",
        )


def end_crawls(job: Job, message: str, status: CrawlState) -> None:
    """The crawls of an ended job are over as well; where they stood is forgotten."""
    running = Crawl.objects.filter(job=job, status=CrawlState.RUNNING)
    CrawlPage.objects.filter(crawl__in=running).delete()
    running.update(status=status, ended_at=timezone.now(), message=message[:400])
