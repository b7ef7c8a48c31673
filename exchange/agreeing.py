"""Making, changing and ending agreements, with everything that makes partners see or lose sight of.

Small changes happen at once, in one transaction. A change that concerns many connections and objects is a job of
its own, which staff can watch; what it marks appears at its end, all at once.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction

from exchange import jobs, sharing
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Agreement, Party
from parties.services import agreements
from parties.services.agreements import NotAgreed, Terms

log = structlog.get_logger(__name__)

AT_ONCE = 50_000
"""So many objects times connections are looked at, and at most marked, while the browser waits."""


def preview(ours: Party, theirs: Party, terms: Terms | None) -> sharing.Change:
    """What these terms (none: the end of the agreement) would show and withdraw. Raises :class:`NotAgreed`."""
    return sharing.preview(
        sharing.seeing_for(theirs), lambda: _write(ours, theirs, terms, "preview"), owners=[ours]
    )


def save(
    ours: Party, theirs: Party, terms: Terms, *, actor: events.Actor = None
) -> Agreement | Job:
    """Write down what was agreed and mark what follows; a job where that takes longer.

    Raises :class:`NotAgreed`, which names the field.
    """
    return _now_or_later(ours, theirs, terms, actor)


def end(agreement: Agreement, *, actor: events.Actor = None) -> Agreement | Job:
    """End an agreement: from now on the two parties share what is public."""
    return _now_or_later(agreement.ours, agreement.theirs, None, actor)


def _now_or_later(
    ours: Party, theirs: Party, terms: Terms | None, actor: events.Actor
) -> Agreement | Job:
    connection_ids = sharing.seeing_for(theirs)
    if sharing.pairs(connection_ids, [ours]) <= AT_ONCE:
        agreement, _ = _perform(ours, theirs, terms, actor)
        return agreement
    if terms is not None:
        agreements.check(ours, theirs, terms)
    job = jobs.create(
        jobs.SHARING,
        f"Agreement of {ours} with {theirs}",
        parameters={
            "ours": ours.pk,
            "theirs": theirs.pk,
            "terms": terms.to_json() if terms is not None else None,
        },
        actor=actor,
    )
    jobs.queue(job)
    return job


def _perform(
    ours: Party, theirs: Party, terms: Terms | None, actor: events.Actor
) -> tuple[Agreement, sharing.Change]:
    with sharing.changing(sharing.seeing_for(theirs), owners=[ours]) as change:
        agreement = _write(ours, theirs, terms, actor)
    if change.differences:
        events.record(
            "agreement.delivered",
            f"{change.shown:,} objects became visible, {change.hidden:,} invisible,"
            f" {change.withdrawn:,} of these are withdrawn.",
            actor=actor,
            subject=agreements.subject(agreement),
        )
    return agreement, change


def _write(ours: Party, theirs: Party, terms: Terms | None, actor: events.Actor) -> Agreement:
    if terms is not None:
        return agreements.save(ours, theirs, terms, actor=actor)
    agreement = Agreement.objects.filter(ours=ours, theirs=theirs, ended_at=None).first()
    if agreement is None:
        raise NotAgreed("It has ended already.")
    agreements.end(agreement, actor=actor)
    return agreement


def run(job: Job) -> None:
    """Do what a job of :func:`save` or :func:`end` says; how it ended is in the job."""
    if not jobs.start(job):
        return
    given: dict[str, Any] = job.parameters
    terms = Terms.from_json(given["terms"]) if given["terms"] else None
    try:
        with transaction.atomic():
            _, change = _perform(
                Party.objects.get(pk=given["ours"]),
                Party.objects.get(pk=given["theirs"]),
                terms,
                given.get("actor"),
            )
            counts = Counts(created=change.shown, updated=change.hidden)
            jobs.finish(
                job,
                counts,
                f"{change.shown:,} became visible, {change.hidden:,} invisible, of which"
                f" {change.withdrawn:,} are withdrawn.",
            )
    except NotAgreed as error:
        jobs.fail(job, str(error))
    except jobs.JobStopped:
        log.warning("sharing_job_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged. Nothing was changed.")
        raise
