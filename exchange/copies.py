"""Comparing what a partner holds with what we sent it, and sending again what differs.

A receiver offers no lists: each object is asked for by its own address (GET at the partner's receiver endpoint,
at 2.1.1 too). Compared is what we would send now with what the partner answers, both read as canonical
documents, so that what its version cannot say is no difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from exchange import egress, jobs, objects, registry
from exchange.announce import again
from exchange.choices import Found
from exchange.models import Comparison, ComparisonDifference, Job
from exchange.objects import Named
from exchange.registry import Counts, Push
from exchange.standing import STILL_TO_WITHDRAW
from ocpi import convert
from ocpi.client import OCPIResponse
from ocpi.compare import Difference, differences
from ocpi.status import StatusCode
from ocpi.urls import join
from ocpi.versioned import Kind
from ocpi.versions import InterfaceRole
from parties import events
from parties.models import Connection, Party

log = structlog.get_logger(__name__)

KEPT = 3
BATCH = 50
FAILURES_IN_A_ROW = 5
SHOWN_CHARACTERS = 2000
Pause = Callable[[float], None]


class CannotCompare(ValueError):
    """Nothing can be compared, for a reason that staff can read."""


@dataclass(frozen=True)
class Outcome:
    """What came of one object: ``found`` is empty when both are equal, ``failure`` when nobody can tell."""

    found: str = ""
    differences: Sequence[Difference] = ()
    words: str = ""
    failure: str = ""
    exchange_id: int | None = None
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: Any = None


# --- One object --------------------------------------------------------------------------------------


def compare_one(target: Named, connection: Connection) -> Outcome:
    """Fetch the partner's copy of one object of ours and compare. Raises :class:`CannotCompare`."""
    url = _address(connection, target.module)
    with egress.client(connection) as client:
        return _compare(client, connection, target, url)


def _compare(
    client: egress.PartnerClient, connection: Connection, target: Named, url: str
) -> Outcome:
    assert target.module.outbox is not None  # noqa: S101 - asked for its address
    try:
        push = target.module.outbox.render(connection, target.id, ["*"], whole=True)
    except convert.Refused as refused:
        return Outcome(Found.UNREADABLE, words=f"OCPI {connection.version}: {refused.reason}")
    if push is None:
        return Outcome(Found.UNREADABLE, words="There is nothing of it to tell any more.")
    response = client.request(
        "GET",
        join(url, *push.segments),
        module=target.module.identifier,
        reference=target.reference,
        routing=push.routing,
    )
    return _judged(connection, target, push, response, client.last_exchange_id)


def _judged(
    connection: Connection,
    target: Named,
    push: Push,
    response: OCPIResponse,
    exchange_id: int | None,
) -> Outcome:
    if response.http_status == 404 or response.status_code == StatusCode.UNKNOWN_LOCATION:
        words = "The partner does not have it."
        return Outcome(Found.MISSING, words=words, exchange_id=exchange_id)
    if not response.ok:
        return Outcome(failure=response.diagnosis, exchange_id=exchange_id)
    if not isinstance(response.data, dict):
        words = "The partner's answer holds no object."
        return Outcome(Found.UNREADABLE, words=words, exchange_id=exchange_id)
    theirs = response.data
    ours = _document(push)
    owner = Party.objects.get(pk=target.owner_id).identity
    kind, version = target.module.kind, connection.version
    if str(theirs.get("id", "")).upper() != target.object_id.upper():
        words = f"The partner answers with {theirs.get('id')!r}."
        return Outcome(Found.FOREIGN, words=words, exchange_id=exchange_id)
    try:
        both = [
            convert.to_canonical(version, kind, one, owner=owner).document for one in (ours, theirs)
        ]
        found = differences(both[0], both[1], cast(Kind, kind))
    except (convert.Refused, KeyError, TypeError, ValueError, AttributeError) as error:
        words = f"The partner's copy does not fit OCPI {version}: {error!s:.200}"
        return Outcome(Found.UNREADABLE, words=words, exchange_id=exchange_id)
    state = Found.DIFFERENT if found else ""
    return Outcome(state, found, "", "", exchange_id, ours, theirs)


def _document(push: Push) -> dict[str, Any]:
    said = orjson.loads(push.data) if isinstance(push.data, bytes | str) else push.data
    return dict(said)


def _address(connection: Connection, module: registry.Module) -> str:
    if module.outbox is None:
        raise CannotCompare(f"{module.label} are not sent to partners.")
    if not connection.is_connected:
        raise CannotCompare(f"{connection} is not connected.")
    url = connection.endpoint_url(module.identifier, InterfaceRole.RECEIVER)
    if url is None:
        raise CannotCompare(
            f"{connection} has no address to send {module.label.lower()} to, so there is no copy to ask for."
        )
    return url


# --- A whole module ----------------------------------------------------------------------------------


def start(connection: Connection, module: str, *, actor: events.Actor = None) -> Job:
    """Queue the comparison of everything of a module that was sent. Raises :class:`CannotCompare`."""
    declared = registry.find(module)
    if declared is None:
        raise CannotCompare(f"There is no module {module}.")
    _address(connection, declared)
    comparison = Comparison.objects.create(connection=connection, module=module)
    return _queued(comparison, declared, actor)


def resume(job: Job, *, actor: events.Actor = None) -> Job:
    """Go on where a comparison stopped; a new one where it is gone."""
    module, connection = job.parameters["module"], job.connection
    if connection is None:
        raise CannotCompare("The connection is gone.")
    stopped = Comparison.objects.filter(
        pk=job.parameters.get("comparison"), finished_at=None
    ).first()
    declared = registry.find(module)
    if stopped is None or declared is None:
        return start(connection, module, actor=actor)
    _address(connection, declared)
    return _queued(stopped, declared, actor)


def _queued(comparison: Comparison, module: registry.Module, actor: events.Actor) -> Job:
    connection = comparison.connection
    job = jobs.create(
        jobs.COMPARISON,
        f"Compare {module.label.lower()} with {connection}",
        connection=connection,
        parameters={"module": comparison.module, "comparison": comparison.pk},
        actor=actor,
    )
    comparison.job = job
    comparison.save(update_fields=["job"])
    events.record(
        "comparison.started",
        f"{job.title}: begun.",
        connection=connection,
        actor=actor,
        subject=f"job:{job.pk}",
    )
    jobs.queue(job)
    return job


def run(job: Job, *, pause: Pause = time.sleep) -> None:
    """Do what :func:`start` queued; how it ended is in the job."""
    if not jobs.start(job):
        return
    comparison = Comparison.objects.filter(pk=job.parameters["comparison"]).first()
    module = registry.find(job.parameters["module"])
    if comparison is None or module is None:
        jobs.fail(job, "This comparison is gone; start another.")
        return
    try:
        _Run(job, comparison, module, pause).run()
    except CannotCompare as error:
        jobs.fail(job, str(error))
    except jobs.JobStopped:
        log.warning("comparison_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.")
        raise


class _Run:
    """One comparison under way."""

    def __init__(
        self, job: Job, comparison: Comparison, module: registry.Module, pause: Pause
    ) -> None:
        self.job, self.comparison, self.module, self.pause = job, comparison, module, pause
        self.connection = comparison.connection
        self.url = _address(self.connection, module)
        self.progress = jobs.Progress(job)
        self.failures = 0

    def run(self) -> None:
        self.progress.total = self.comparison.compared + self._count()
        self.progress.counts = Counts(unchanged=self.comparison.compared)
        with egress.client(self.connection) as client:
            while batch := self._next():
                for object_id in batch:
                    if not self._one(client, object_id):
                        return
        self.comparison.finished_at = timezone.now()
        self.comparison.save(update_fields=["finished_at"])
        jobs.finish(self.job, self.progress.counts, summary(self.comparison))
        forget_old(self.connection, self.module.identifier)

    def _one(self, client: egress.PartnerClient, object_id: int) -> bool:
        target = objects.by_id(self.module, object_id)
        outcome = (
            Outcome() if target is None else _compare(client, self.connection, target, self.url)
        )
        if outcome.failure:
            return self._failed(client, object_id, outcome.failure)
        self.failures = 0
        if target is not None:
            self._keep(target, outcome)
        self.progress.add(Counts(unchanged=1))
        if self.connection.dialect.pause_seconds:
            self.pause(self.connection.dialect.pause_seconds)
        return True

    def _failed(self, client: egress.PartnerClient, object_id: int, reason: str) -> bool:
        """An answer that says nothing: asked again, and given up after several in a row."""
        self.failures += 1
        if self.failures >= FAILURES_IN_A_ROW:
            jobs.fail(
                self.job,
                f"{FAILURES_IN_A_ROW} requests in a row got no usable answer: {reason}"
                " Start it again to go on where it stopped.",
                self.progress.counts,
            )
            return False
        self.pause(max(1.0, self.connection.dialect.pause_seconds) * self.failures)
        return self._one(client, object_id)

    def _keep(self, target: Named, outcome: Outcome) -> None:
        name = outcome.found or "equal"
        with transaction.atomic():
            ComparisonDifference.objects.bulk_create(_rows(self.comparison, target, outcome))
            Comparison.objects.filter(pk=self.comparison.pk).update(
                cursor=target.id, compared=F("compared") + 1, **{name: F(name) + 1}
            )
        self.comparison.refresh_from_db()

    def _next(self) -> list[int]:
        return self._ids("o.object_id", f"ORDER BY o.object_id LIMIT {BATCH}")

    def _count(self) -> int:
        return self._ids("count(*)", "")[0]

    def _ids(self, columns: str, end: str) -> list[int]:
        """What was sent to the partner and not withdrawn, behind the cursor."""
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM exchange_delivery o WHERE o.connection_id = %s"  # noqa: S608
                f" AND o.module = %s AND o.object_id > %s AND {STILL_TO_WITHDRAW.format(row='o')} {end}",
                [self.connection.pk, self.module.identifier, self.comparison.cursor],
            )
            return [row[0] for row in cursor.fetchall()]


def _rows(comparison: Comparison, target: Named, outcome: Outcome) -> list[ComparisonDifference]:
    if not outcome.found:
        return []
    common = {
        "comparison": comparison,
        "object_id": target.id,
        "object_reference": target.reference[:300],
        "found": outcome.found,
    }
    if not outcome.differences:
        return [ComparisonDifference(**common, words=outcome.words[:400])]
    return [
        ComparisonDifference(
            **common,
            path=one.path[:300],
            ours=shown(one.ours),
            theirs=shown(one.theirs),
            words=one.words[:400],
        )
        for one in outcome.differences
    ]


def shown(value: Any) -> str:
    """A value of a document as text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text.replace("\x00", "\ufffd")[:SHOWN_CHARACTERS]


def summary(comparison: Comparison) -> str:
    """The outcome in a sentence."""
    parts = [f"{comparison.equal:,} of {comparison.compared:,} are equal"]
    for name, words in (
        ("different", "differ"),
        ("missing", "are missing there"),
        ("foreign", "are another object there"),
        ("unreadable", "cannot be read"),
    ):
        number = getattr(comparison, name)
        if number:
            parts.append(f"{number:,} {words}")
    return ", ".join(parts) + "."


def forget_old(connection: Connection, module: str) -> None:
    """Keep the latest comparisons of a connection and module, and no more."""
    kept = Comparison.objects.filter(connection=connection, module=module).order_by("-id")[:KEPT]
    Comparison.objects.filter(connection=connection, module=module).exclude(
        pk__in=list(kept.values_list("pk", flat=True))
    ).delete()


# --- Push again --------------------------------------------------------------------------------------


def push_again(
    connection: Connection, module: str, object_ids: Sequence[int], *, actor: events.Actor
) -> int:
    """Send the current state of these objects again, whole; returns how many the partner may see."""
    with transaction.atomic():
        count = again(module, object_ids, connection)
        events.record(
            "deliveries.replayed",
            f"{count} {module} are sent again after a comparison.",
            connection=connection,
            actor=actor,
        )
    return count


def differing(comparison: Comparison) -> list[int]:
    """The objects of a comparison that are not as they should be there."""
    rows = comparison.differences.exclude(found=Found.UNREADABLE)
    return sorted(set(rows.values_list("object_id", flat=True)))
