"""The last audit, as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from parties.models import Party
from registers.audit.choices import OF_CONTRACTS, OF_EVSES, Fault, Shape, Subject
from registers.audit.models import AuditFinding, AuditRun
from registers.audit.words import reason_words
from staff.links import list_url, page_url


def last() -> AuditRun | None:
    """The last audit."""
    return AuditRun.objects.first()


def findings_url(**filters: object) -> str:
    """The list of faulty IDs with these filters."""
    return list_url(AuditFinding, **filters)


def totals(run: AuditRun, subject: Subject) -> list[dict[str, Any]]:
    """Every fault of one subject with how many there are, ``None`` where it was not looked for."""
    number: Counter[str] = Counter()
    for of, _, fault, _, counted in run.counts:
        if of == subject:
            number[fault] += counted
    faults = OF_EVSES if subject == Subject.EVSE else OF_CONTRACTS
    return [
        {
            "fault": fault,
            "label": fault.label,
            "number": number[fault],
            "asked": fault != Fault.UNLISTED or run.registers_read,
            "url": findings_url(subject__exact=subject.value, fault__exact=fault.value),
        }
        for fault in faults
    ]


def by_owner(run: AuditRun, subject: Subject) -> list[dict[str, Any]]:
    """A line per owner with a count for each fault, most faults first."""
    numbers: dict[int, Counter[str]] = {}
    for of, owner, fault, _, counted in run.counts:
        if of == subject:
            numbers.setdefault(owner, Counter())[fault] += counted
    parties = Party.objects.in_bulk(list(numbers))
    faults: Sequence[Fault] = OF_EVSES if subject == Subject.EVSE else OF_CONTRACTS
    lines = [
        {
            "party": parties[owner],
            "url": page_url(parties[owner]),
            "cells": [_cell(subject, owner, fault, found[fault]) for fault in faults],
            "total": found.total(),
        }
        for owner, found in numbers.items()
        if owner in parties
    ]
    return sorted(lines, key=lambda line: (-line["total"], str(line["party"])))


def _cell(subject: Subject, owner: int, fault: Fault, number: int) -> dict[str, Any]:
    url = findings_url(
        subject__exact=subject.value, owner__id__exact=owner, fault__exact=fault.value
    )
    return {"number": number, "url": url}


def reasons(run: AuditRun, fault: Fault, subject: Subject = Subject.EVSE) -> list[dict[str, Any]]:
    """The findings of one fault grouped by what exactly is wrong, most first."""
    numbers: Counter[str] = Counter()
    for of, _, found, reason, counted in run.counts:
        if of == subject and found == fault:
            numbers[reason] += counted
    return [
        {
            "words": reason_words(fault, reason) or fault.label,
            "number": number,
            "url": findings_url(
                subject__exact=subject.value, fault__exact=fault.value, reason=reason
            ),
        }
        for reason, number in numbers.most_common()
    ]


def shapes(run: AuditRun) -> list[dict[str, Any]]:
    """How EVSE IDs are written, most first."""
    numbers: Counter[str] = Counter()
    for _, shape, counted in run.shapes:
        numbers[shape] += counted
    return [
        {"words": Shape(shape).label if shape else "None at all", "number": number}
        for shape, number in numbers.most_common()
    ]
