"""CDRs come onto statements, and leave them, as their reviews change.

What can be settled has one entry on an open statement. What is on a closed statement stays there: taking it back is
a correction with negative amounts on an open one, and taking that back another correction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from review.choices import SETTLEABLE
from review.decided import Change
from review.models import ReviewDecision
from settlement.choices import EntryKind, StatementState
from settlement.services import facts, ledger
from settlement.services.facts import Booked, Fact
from settlement.services.placing import Calendar, settle_places


class Result(NamedTuple):
    """How many entries were added and taken off."""

    added: int
    removed: int


def follow(changes: Sequence[Change], **kwargs: Any) -> None:
    """Book what can be settled now, and take back what cannot any more; in the transaction of the change."""
    wanted = {
        change.cdr_id: change.after in SETTLEABLE
        for change in changes
        if (change.before in SETTLEABLE) != (change.after in SETTLEABLE)
    }
    if wanted:
        _book(wanted, anew=False)


@transaction.atomic
def book(cdrs: Collection[int], *, anew: bool = False) -> Result:
    """Bring the entries of CDRs (primary keys) in line with their reviews, as these stand now.

    Doing it again changes nothing. With ``anew`` entries on open statements are made again, as the terms say now.
    """
    return _book(dict.fromkeys(cdrs), anew=anew)


def _book(asked: Mapping[int, bool | None], *, anew: bool) -> Result:
    """Whether each CDR is to be on statements; ``None`` where its review says it."""
    found = facts.facts(asked)
    wanted = _wanted(found, asked)
    entries = facts.booked(found)
    concerned = {
        pk: fact
        for pk, fact in found.items()
        if anew or not _is_in_line(entries.get(pk, ()), wanted=wanted[pk])
    }
    if not concerned:
        return Result(0, 0)
    calendar = Calendar(fact.series for fact in concerned.values())
    while True:
        needs = _needs(concerned, entries, wanted)
        settle_places(calendar, [(concerned[pk], month) for pk, month in needs.items()])
        # Nobody else can book or close in these series any more: what is there now is what there is.
        if None in asked.values():
            # Reviews may have changed while we waited; whoever follows a change holds them locked.
            concerned = facts.facts(concerned)
            wanted = _wanted(concerned, asked)
        entries = facts.booked(concerned)
        needs = _needs(concerned, entries, wanted)
        if all(calendar.open_for(concerned[pk].series, month) for pk, month in needs.items()):
            break
    changing = [
        fact
        for pk, fact in concerned.items()
        if anew or not _is_in_line(entries.get(pk, ()), wanted=wanted[pk])
    ]
    removals = [
        _removal(fact, entry)
        for fact in changing
        for entry in entries.get(fact.cdr_id, ())
        if _is_soft(entry)
    ]
    lines = _lines(changing, entries, needs, calendar)
    ledger.write(lines, removals)
    return Result(len(lines), len(removals))


def _wanted(found: Mapping[int, Fact], asked: Mapping[int, bool | None]) -> dict[int, bool]:
    return {
        pk: fact.is_settleable if (said := asked[pk]) is None else said
        for pk, fact in found.items()
    }


def _is_soft(entry: Booked) -> bool:
    """Whether it can still be taken off: its statement is open."""
    return entry.state == StatementState.OPEN


def _frozen(entries: Sequence[Booked]) -> list[Booked]:
    return [entry for entry in entries if not _is_soft(entry)]


def _lacks_one(entries: Sequence[Booked], *, wanted: bool) -> bool:
    """Whether an entry has to be on an open statement: every other one that is kept takes back the one before."""
    return (len(_frozen(entries)) % 2 == 1) != wanted


def _is_in_line(entries: Sequence[Booked], *, wanted: bool) -> bool:
    soft = len(entries) - len(_frozen(entries))
    return soft == int(_lacks_one(entries, wanted=wanted))


def _needs(
    concerned: Mapping[int, Fact],
    entries: Mapping[int, Sequence[Booked]],
    wanted: Mapping[int, bool],
) -> dict[int, date]:
    """The month for which each CDR needs a place: its own, or that of the entry to be corrected."""
    needs = {}
    for pk, fact in concerned.items():
        held = entries.get(pk, ())
        if _lacks_one(held, wanted=wanted[pk]):
            frozen = _frozen(held)
            needs[pk] = frozen[-1].month if frozen else fact.month
    return needs


def _lines(
    changing: Collection[Fact],
    entries: Mapping[int, Sequence[Booked]],
    needs: Mapping[int, date],
    calendar: Calendar,
) -> list[ledger.Line]:
    lines = []
    frozen = {fact.cdr_id: _frozen(entries.get(fact.cdr_id, ())) for fact in changing}
    reasons = _reasons([pk for pk in needs if frozen.get(pk)])
    for fact in changing:
        month = needs.get(fact.cdr_id)
        place = calendar.open_for(fact.series, month) if month is not None else None
        if place is None:
            continue
        corrected = frozen[fact.cdr_id][-1] if frozen[fact.cdr_id] else None
        lines.append(
            ledger.Line(
                statement=place[0],
                cdr_id=fact.cdr_id,
                kind=EntryKind.CORRECTION if corrected else fact.kind,
                late=place[1] > fact.month,
                ended_at=fact.ended_at,
                energy=-corrected.energy if corrected else fact.energy,
                rates=tuple(rate.taken_back() for rate in corrected.rates)
                if corrected
                else fact.rates,
                country=fact.country,
                content_sha256=fact.content_sha256,
                sold=_negative(corrected.sold) if corrected else fact.sold,
                margin=_negative(corrected.margin) if corrected else fact.margin,
                reason=reasons.get(fact.cdr_id, ""),
            )
        )
    return lines


def _removal(fact: Fact, entry: Booked) -> ledger.Removal:
    return ledger.Removal(
        entry.pk,
        entry.statement,
        entry.kind,
        entry.late,
        entry.energy,
        entry.rates,
        fact.content_sha256,
        entry.sold,
        entry.margin,
    )


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _reasons(cdrs: Collection[int]) -> dict[int, str]:
    """Why CDRs are corrected: what was decided about them last."""
    if not cdrs:
        return {}
    rows = (
        ReviewDecision.objects.filter(review__in=cdrs)
        .order_by("review_id", "-id")
        .distinct("review_id")
    )
    return {
        row.review_id: f"{row.get_action_display()} by {row.by}: {row.reason}".rstrip(": ")
        for row in rows
    }
