"""Fetching what a partner offers: after the handshake, on schedule, and when staff ask for it.

An incremental pull asks for what changed since the start of the last complete crawl, with overlap. A full
one reads everything; only when it came to its end without a fault may it conclude that objects vanished.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from exchange import egress, intake, jobs, registry
from exchange.choices import JobState
from exchange.crawl import Crawl
from exchange.models import Job, PullState
from exchange.registry import Counts, Module, Source
from ocpi.client import Page, PullFailed
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId
from ocpi.versions import InterfaceRole
from parties import events
from parties import services as parties
from parties.models import Connection, Party

log = structlog.get_logger(__name__)

OVERLAP = timedelta(minutes=10)
FULL_EVERY = timedelta(hours=24)
AGAIN_AFTER_FAILURE = timedelta(minutes=15)
SPLAY = 0.1
# The partner learns its token from our answer, which a request of ours must not overtake.
SETTLING = timedelta(seconds=30)
Watch = Callable[[Counts], None]


class CannotPull(ValueError):
    """The connection has nothing that could be fetched; one line says why."""


def start_pull(
    connection: Connection,
    module: str,
    *,
    full: bool = False,
    retire_any: bool = False,
    actor: events.Actor = None,
    queue: bool = True,
) -> Job:
    """Queue a pull, or return the job that already waits or runs for this connection and module.

    The first one is always full. With ``retire_any`` a full pull retires what is no longer listed however
    much that is. Raises :class:`CannotPull`.
    """
    _check(connection, module)
    with transaction.atomic():
        state = _locked_state(connection, module)
        jobs.fail_lost()
        running = _active(connection, module)
        if running is not None:
            return running
        full = full or state.watermark is None
        job = jobs.create(
            jobs.PULL,
            f"{'Full pull' if full else 'Pull'} of {module} from {connection.name}",
            connection=connection,
            parameters={"module": module, "full": full, "retire_any": retire_any},
            actor=actor,
        )
        if queue:
            jobs.queue(job)
    return job


def allow_vanishing(job: Job, *, actor: events.Actor = None) -> Job:
    """After ``job`` kept everything because too much would vanish: pull in full and retire it.

    Raises :class:`CannotPull`, also when a pull that may not retire so much is under way.
    """
    state = vanishing(job)
    if state is None:
        raise CannotPull(
            f"{job.title}: it kept nothing that could be retired, or a later pull settled it."
        )
    again = start_pull(state.connection, state.module, full=True, retire_any=True, actor=actor)
    if not again.parameters.get("retire_any"):
        raise CannotPull(f"“{again.title}” is under way; allow it when that has ended.")
    events.record(
        "pull.vanishing_allowed",
        f"{state.vanishing} {state.module} may vanish, or however many a complete list lacks now.",
        connection=state.connection,
        actor=actor,
        subject=f"job:{again.pk}",
    )
    return again


def vanishing(job: Job) -> PullState | None:
    """What ``job`` kept although it was no longer listed, while no later complete list has settled it."""
    return (
        PullState.objects.filter(vanishing_job=job, vanishing__gt=0)
        .select_related("connection")
        .first()
    )


def run(job: Job, watch: Watch | None = None) -> Counts | None:
    """Do a pull that waits; how it ended is in the job, and what came in until then stays.

    ``watch`` is called with the counts so far after every page. ``None`` when another worker has it.
    """
    connection = job.connection
    if connection is None or not jobs.start(job):
        return None
    connection.refresh_from_db()
    pull = Pull(connection, job, watch)
    try:
        _run(pull)
    except jobs.JobStopped:
        log.warning("pull_given_up", job=job.pk)
    return pull.progress.counts


def _run(pull: Pull) -> None:
    try:
        pull.run()
    except (PullFailed, CannotPull) as error:
        pull.failed(str(error))
    except jobs.JobStopped:
        raise
    except Exception:
        pull.failed("Something went wrong here; it has been logged.")
        raise


@dataclass
class Pull:
    """One pull under way."""

    connection: Connection
    job: Job
    watch: Watch | None = None
    seen: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    retired: int = 0

    def __post_init__(self) -> None:
        self.started_at = timezone.now()
        self.identifier: str = self.job.parameters["module"]
        self.state = PullState.objects.get_or_create(
            connection=self.connection, module=self.identifier
        )[0]
        self.full = bool(self.job.parameters.get("full")) or self.state.watermark is None
        self.progress = jobs.Progress(self.job)

    def run(self) -> None:
        """Crawl the list, then draw the conclusions. Raises ``PullFailed`` and :class:`CannotPull`."""
        module, url = _check(self.connection, self.identifier)
        source = self._source()
        held_before = intake.inbox_of(module).held(self._owner_ids(module))
        date_from = None if self.full else self._since()
        with egress.client(self.connection) as client:
            client.about(self.identifier)
            crawl = Crawl(client.ocpi, url, routing(self.connection, module))
            for page in crawl.pages(date_from):
                self._take(module, page, source)
        parties.reached(self.connection)
        if not crawl.complete:
            self.incomplete()
            return
        if self.full:
            self._forget(module, source, held_before)
        self._succeeded()

    def _take(self, module: Module, page: Page, source: Source) -> None:
        if not Connection.objects.connected().filter(pk=self.connection.pk).exists():
            raise CannotPull(f"{self.connection.name} is not connected any more.")
        received = intake.take(module, page.items_raw, source)
        self.seen.update(received.object_ids)
        self.progress.total = page.total
        self.progress.add(received.counts)
        if self.watch is not None:
            self.watch(self.progress.counts)

    def _source(self) -> Source:
        speaks_for = parties.spoken_parties(self.connection)
        return Source(
            label=f"Pull from {self.connection.name}",
            version=self.connection.version,
            connection=self.connection,
            owners=frozenset(party.identity for party in speaks_for),
            owner=parties.only_owner(self.connection),
            job_id=self.job.pk,
        )

    def _owner_ids(self, module: Module) -> list[int]:
        owning = parties.spoken_parties(self.connection).filter(role__in=module.sender_roles)
        return list(owning.values_list("pk", flat=True))

    def _since(self) -> datetime | None:
        return self.state.watermark - OVERLAP if self.state.watermark else None

    # --- What follows ----------------------------------------------------------------------------

    def _forget(self, module: Module, source: Source, held_before: int) -> None:
        """Retire what is no longer listed, unless that is suspiciously much: then nothing, and say so."""
        allowed = vanishing_allowed(held_before)
        self.state.vanishing, self.state.vanishing_job = 0, None
        with transaction.atomic():
            self.retired = intake.inbox_of(module).forget(
                self._owner_ids(module), self.seen, source, before=self.started_at
            )
            suspicious = self.retired > allowed and not self.job.parameters.get("retire_any")
            if suspicious:
                transaction.set_rollback(True)
        if suspicious:
            self._kept_all(held_before)
        elif self.retired:
            self.notes.append(f"{self.retired} that are no longer listed were retired.")
            self._record("pull.retired", self.notes[-1])

    def _kept_all(self, held_before: int) -> None:
        missing, self.retired = self.retired, 0
        self.state.vanishing, self.state.vanishing_job = missing, self.job
        self.notes.append(
            f"{missing} of {held_before} {self.identifier} are no longer listed. That is more than"
            f" {settings.PULL_VANISH_LIMIT_PERCENT} %, so none was retired. If that is"
            " right, it can be allowed."
        )
        self._record("pull.vanish_limit", self.notes[-1])

    def _succeeded(self) -> None:
        with transaction.atomic():
            self.progress.show()
            self.state.watermark = self.started_at
            if self.full:
                self.state.full_at = self.started_at
            self._save_state("", next_time(self.connection))
            jobs.finish(self.job, self.progress.counts, " ".join(self.notes))

    def incomplete(self) -> None:
        """The list changed while it was read: what came in is good, but it is not known to be all."""
        message = (
            "The list became shorter while it was read, so some of it may have been passed over;"
            " nothing was retired, and the next pull covers the same time again."
        )
        self._save_state(message, timezone.now() + AGAIN_AFTER_FAILURE)
        jobs.finish(self.job, self.progress.counts, message)

    def failed(self, reason: str) -> None:
        """The pull ended before its end; the watermark stays, so that the next one covers it again."""
        self._save_state(reason, timezone.now() + AGAIN_AFTER_FAILURE)
        self._record("pull.failed", f"Pulling {self.identifier} failed: {reason}")
        jobs.fail(self.job, reason, self.progress.counts)

    def _save_state(self, error: str, next_at: datetime | None) -> None:
        self.state.last_error = error[:400]
        self.state.next_at = next_at if self.connection.pull_interval_hours else None
        self.state.save()

    def _record(self, name: str, message: str) -> None:
        events.record(
            name,
            message,
            connection=self.connection,
            actor=self.job.parameters.get("actor"),
            subject=f"job:{self.job.pk}",
        )


def vanishing_allowed(held: int) -> int:
    """How many of ``held`` objects one pull may retire: the set share, but one always, though never the last."""
    share = held * settings.PULL_VANISH_LIMIT_PERCENT // 100
    return int(max(share, 1 if held > 1 else 0))


def routing(connection: Connection, module: Module) -> RoutingHeaders:
    """From one of our parties that receives the module, to the partner's party that sends it.

    A platform with several such parties is asked as a whole: naming one of them might hide the others.
    """
    theirs = parties.spoken_parties(connection).filter(role__in=module.sender_roles)
    several = len({party.identity for party in theirs}) > 1
    to = None if several else _first(theirs)
    ours = parties.our_parties(connection)
    return RoutingHeaders(to, _first(ours.filter(role__in=module.receiver_roles)) or _first(ours))


def _first(found: QuerySet[Party]) -> PartyId | None:
    party = found.order_by("id").first()
    return party.identity if party else None


def _check(connection: Connection, module: str) -> tuple[Module, str]:
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


def _locked_state(connection: Connection, module: str) -> PullState:
    PullState.objects.get_or_create(connection=connection, module=module)
    return PullState.objects.select_for_update().get(connection=connection, module=module)


def _active(connection: Connection, module: str) -> Job | None:
    return (
        jobs.active()
        .filter(kind=jobs.PULL, connection=connection, parameters__module=module)
        .order_by("-id")
        .first()
    )


# --- The schedule ------------------------------------------------------------------------------------


def next_time(connection: Connection) -> datetime:
    """When to pull again: after the connection's interval, and a little later so that not all do at once."""
    hours = connection.pull_interval_hours * (1 + random.random() * SPLAY)  # noqa: S311
    return timezone.now() + timedelta(hours=hours)


def start_due() -> list[Job]:
    """Queue every pull whose time has come; a connection's first one is due at once.

    A connection with an interval of 0 hours is only pulled by hand.
    """
    settled = timezone.now() - SETTLING
    ready = Connection.objects.connected().exclude(pull_interval_hours=0)
    return [
        _start_scheduled(connection, module)
        for connection in ready.exclude(connected_at__gt=settled)
        for module in registry.pull_modules(connection.endpoints, connection.version)
        if _is_due(connection, module)
    ]


def _is_due(connection: Connection, module: str) -> bool:
    state, _ = PullState.objects.get_or_create(connection=connection, module=module)
    return state.next_at is None or state.next_at <= timezone.now()


def _start_scheduled(connection: Connection, module: str) -> Job:
    state = PullState.objects.get(connection=connection, module=module)
    full = state.full_at is None or state.full_at <= timezone.now() - FULL_EVERY
    # Should its worker die, the schedule goes on.
    state.next_at = timezone.now() + AGAIN_AFTER_FAILURE
    state.save(update_fields=["next_at"])
    return start_pull(connection, module, full=full, actor="schedule")


def is_running(connection: Connection, module: str) -> bool:
    """Whether a worker is fetching this module now."""
    job = _active(connection, module)
    return job is not None and job.state == JobState.RUNNING
