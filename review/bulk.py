"""One decision about many reviews: at once where they are few, as a job where they are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import transaction

from cdrs.models import CDR
from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from review import services, words
from review.choices import Action
from review.disputes import services as disputes
from review.disputes.steps import MOST as MOST_IN_CASE
from review.models import BulkDecision, CDRReview
from review.services import NotPossible, Seen
from staff.links import page_url_of

KIND = "decide"
PERMISSION = "review.change_cdrreview"
AT_ONCE = 500
"""So many are decided while the browser waits."""
MOST = 200_000
LEFT_SHOWN = 100
_DECIDE: dict[Action, Callable[..., Any]] = {
    Action.ACCEPT: services.accept,
    Action.DROP: services.drop,
    Action.RETRY: services.retry,
    Action.REOPEN: services.reopen,
}


def _task() -> jobs.Running:
    from review import tasks

    task: jobs.Running = tasks.decide_about_many
    return task


def _about(job: Job) -> tuple[str, str]:
    return page_url_of(BulkDecision, job.parameters.get("decision")), "What was decided"


JOBS = jobs.Kind(
    KIND,
    _task,
    PERMISSION,
    explanation="What was decided already is left as it is; the rest is decided.",
    about=_about,
)


def decide(
    action: Action, seen: dict[int, Seen], *, reason: str, title: str, actor: events.Actor
) -> list[Any]:
    """Decide about these reviews (by primary key, as they were seen), all of them or none.

    Returns the disputes that were opened. Raises :class:`NotPossible`.
    """
    if action == Action.DISPUTE:
        with transaction.atomic():
            services.hold(seen, action)
            return [
                disputes.open_dispute(group, title=title, claim=reason, actor=actor)
                for group in cases(list(seen))
            ]
    _DECIDE[action](list(seen), reason=reason, actor=actor, seen=seen)
    return []


def cases(reviews: Sequence[int]) -> list[list[int]]:
    """The reviews by what makes one dispute: partner, who of us, direction and currency; no more than one holds."""
    by = ("partner_id", "ours_id", "direction", "currency")
    rows = CDRReview.objects.filter(pk__in=reviews).order_by(*by, "pk").values_list("pk", *by)
    found = []
    for _, group in groupby(rows, key=lambda row: row[1:]):
        keys = [row[0] for row in group]
        found += [keys[at : at + MOST_IN_CASE] for at in range(0, len(keys), MOST_IN_CASE)]
    return found


def start(
    action: Action, seen: dict[int, Seen], *, reason: str, title: str, actor: events.Actor
) -> Job:
    """Let a worker decide about these reviews, as they were seen."""
    with transaction.atomic():
        made = BulkDecision.objects.create(
            action=action,
            reason=reason,
            title=title,
            reviews=list(seen),
            states=[one.state for one in seen.values()],
            amounts=[one.at_stake for one in seen.values()],
            by=events.actor_name(actor)[:150],
        )
        job = jobs.create(
            KIND,
            f"{words.MEANINGS[action].label}: {words.cdrs(len(seen))}",
            parameters={"decision": made.pk},
            actor=actor,
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Decide what the job is about, in batches; what has changed since is left as it is."""
    if not jobs.start(job):
        return
    made = BulkDecision.objects.get(pk=job.parameters["decision"])
    progress = jobs.Progress(job, total=len(made.reviews))
    made.done, made.left_out, made.left = 0, 0, []
    for batch in _batches(made):
        done, left = _decide_batch(made, batch)
        made.done += done
        made.left_out += len(left)
        made.left = [*made.left, *left][:LEFT_SHOWN]
        made.save(update_fields=["done", "left_out", "left"])
        progress.add(Counts(updated=done, unchanged=len(left)))
    progress.show()
    jobs.finish(job, progress.counts, _message(made))


def _batches(made: BulkDecision) -> Iterator[dict[int, Seen]]:
    """Of up to :data:`AT_ONCE`; what is disputed together stays together."""
    given = zip(made.reviews, made.states, made.amounts, strict=True)
    seen = {key: Seen(state, Decimal(amount)) for key, state, amount in given}
    if made.action == Action.DISPUTE:
        yield from ({key: seen[key] for key in case} for case in cases(list(seen)))
        return
    keys = list(seen)
    for first in range(0, len(keys), AT_ONCE):
        yield {key: seen[key] for key in keys[first : first + AT_ONCE]}


def _decide_batch(made: BulkDecision, batch: dict[int, Seen]) -> tuple[int, list[dict[str, Any]]]:
    """How many were decided, and which were not, with why."""
    action = Action(made.action)
    given = {"reason": made.reason, "title": made.title, "actor": made.by}
    try:
        decide(action, batch, **given)
    except NotPossible as problem:
        if len(batch) == 1:
            return 0, [_left(next(iter(batch)), problem)]
    else:
        return len(batch), []
    left: list[dict[str, Any]] = []
    possible = _still_possible(action, batch, left)
    done = 0
    parts = [possible] if action == Action.DISPUTE and possible else _singly(possible)
    for part in parts:
        try:
            decide(action, part, **given)
            done += len(part)
        except NotPossible as problem:
            left.extend(_left(key, problem) for key in part)
    return done, left


def _singly(seen: dict[int, Seen]) -> Iterator[dict[int, Seen]]:
    return ({key: one} for key, one in seen.items())


def _still_possible(
    action: Action, batch: dict[int, Seen], left: list[dict[str, Any]]
) -> dict[int, Seen]:
    """Those that are as they were seen; the others are added to ``left``."""
    possible = {}
    for key, one in batch.items():
        try:
            with transaction.atomic():
                services.hold({key: one}, action)
        except NotPossible as problem:
            left.append(_left(key, problem))
        else:
            possible[key] = one
    return possible


def _left(review: int, problem: NotPossible) -> dict[str, Any]:
    return {"review": review, "cdr": _name(review), "why": str(problem)}


def _name(review: int) -> str:
    return CDR.objects.filter(pk=review).values_list("cdr_id", flat=True).first() or str(review)


def _message(made: BulkDecision) -> str:
    if not made.left_out:
        return f"{words.cdrs(made.done)} decided."
    first = made.left[0]["why"] if made.left else ""
    return f"{words.cdrs(made.done)} decided, {made.left_out} left as they are. The first: {first}"
