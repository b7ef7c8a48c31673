"""Trying a check on past CDRs: what it would have flagged, for how much, and what nothing else flags.

Reviews are only read. A trial is a job that staff can watch; begun anew, it counts anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Party
from review import walking
from review.checking import Outcome, Plan, draining, rows
from review.checks import settings
from review.checks.catalogue import BY_CODE
from review.checks.prices import RULES
from review.checks.settings import PRICE, Strictness
from review.choices import Severity
from review.models import CDRReview, Trial
from review.walking import Stretch
from staff.links import page_url_of

log = structlog.get_logger(__name__)

KIND = "trial"
EXAMPLES = 8
"""As many CDRs of each partner and currency are named."""


def _task() -> jobs.Running:
    from review import tasks

    task: jobs.Running = tasks.try_check
    return task


def _about(job: Job) -> tuple[str, str]:
    return page_url_of(Trial, job.parameters.get("trial")), "The trial"


JOBS = jobs.Kind(
    KIND,
    _task,
    "review.change_checksetting",
    explanation="It counts from the start.",
    about=_about,
)


def start(
    code: str,
    stretch: Stretch,
    parameters: Mapping[str, Any],
    *,
    actor: events.Actor,
) -> Trial:
    """Queue a trial of a check with these parameters. Raises ``NotAllowed`` for values it cannot have."""
    check = BY_CODE[code]
    values = check.values(parameters)
    with transaction.atomic():
        trial = Trial.objects.create(
            code=code,
            partner_id=stretch.partner_id,
            parameters=values.to_json(),
            since=stretch.since,
            until=stretch.until,
            created_by=events.actor_name(actor)[:150],
        )
        job = jobs.create(
            KIND,
            f"Try out: {check.title}",
            parameters={"trial": trial.pk},
            actor=actor,
        )
        trial.job = job
        trial.save(update_fields=["job"])
        jobs.queue(job)
    return trial


def run(job: Job) -> None:
    """Do what :func:`start` queued."""
    if not jobs.start(job):
        return
    trial = Trial.objects.filter(pk=job.parameters["trial"]).first()
    if trial is None or trial.code not in BY_CODE:
        jobs.fail(job, "What was to be tried is gone.")
        return
    progress = jobs.Progress(job)
    try:
        tally = _tally(trial, progress)
        _keep(trial, job, tally)
        jobs.finish(job, progress.counts, f"It would have flagged {tally.flagged:,} CDRs.")
    except jobs.JobStopped:
        log.warning("trial_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


@dataclass(slots=True)
class _Sum:
    cdrs: int = 0
    newly: int = 0
    amount: Decimal = Decimal(0)
    examples: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """What a trial has counted so far, by partner and currency."""

    looked_at: int = 0
    sums: dict[tuple[int | None, str], _Sum] = field(default_factory=dict)

    @property
    def flagged(self) -> int:
        return sum(one.cdrs for one in self.sums.values())

    @property
    def newly(self) -> int:
        return sum(one.newly for one in self.sums.values())

    def add(
        self, outcomes: Sequence[Outcome], code: str, known: Mapping[int, Sequence[str]]
    ) -> int:
        """Count what was flagged; ``known`` are the reasons why reviews are held up as it is."""
        self.looked_at += len(outcomes)
        flagged = 0
        for outcome in outcomes:
            finding = next((one for one in outcome.findings if one.code == code), None)
            if finding is None:
                continue
            flagged += 1
            of = self.sums.setdefault((outcome.cdr.partner_id, outcome.cdr.currency), _Sum())
            of.cdrs += 1
            of.newly += not set(known.get(outcome.cdr.id, ())) - {code}
            of.amount += finding.amount or Decimal(0)
            if len(of.examples) < EXAMPLES:
                of.examples.append(outcome.cdr.id)
        return flagged

    def to_json(self) -> list[dict[str, Any]]:
        """As ``Trial.result`` keeps it, the most CDRs first."""
        ordered = sorted(self.sums.items(), key=lambda one: (-one[1].cdrs, str(one[0])))
        return [
            {
                "partner": partner,
                "currency": currency,
                "cdrs": one.cdrs,
                "newly": one.newly,
                "amount": f"{one.amount:f}",
                "examples": one.examples,
            }
            for (partner, currency), one in ordered
        ]


def _tally(trial: Trial, progress: jobs.Progress) -> _Tally:
    tally, plan = _Tally(), _plan(trial)
    found = Stretch(trial.since, trial.until, trial.partner_id).reviews()
    progress.total = found.count()
    for page in walking.pages(found):
        taken = rows.chosen(page.ids)
        outcomes = draining.examined(taken, plan)
        known = dict(CDRReview.objects.filter(pk__in=page.ids).values_list("pk", "reasons"))
        flagged = tally.add(outcomes, trial.code, known)
        progress.add(Counts(updated=flagged, unchanged=len(taken) - flagged))
    return tally


def _plan(trial: Trial) -> Plan:
    """Only the one check, with the values that are tried; prices by each partner's reading of OCPI."""
    check = BY_CODE[trial.code]
    values = check.values(trial.parameters)
    only = [Strictness(check, True, Severity.HOLD, values)]
    as_set = settings.load()
    tried = values.choices.get(RULES) if check.code == PRICE else None
    return Plan(
        lambda partner_id: only,
        (lambda partner_id: tried) if tried else as_set.rule_set,
        prices=check.needs_price,
    )


def _keep(trial: Trial, job: Job, tally: _Tally) -> None:
    # A worker that was given up must not overwrite what another one counts.
    jobs.still_alive(job)
    trial.looked_at, trial.flagged = tally.looked_at, tally.flagged
    trial.newly_flagged, trial.result = tally.newly, tally.to_json()
    trial.finished_at = timezone.now()
    trial.save()


def partner_names(trial: Trial) -> dict[int, str]:
    """The partners that the result is about, by primary key."""
    keys = {row["partner"] for row in trial.result if row["partner"] is not None}
    return {party.pk: str(party) for party in Party.objects.filter(pk__in=keys)}
