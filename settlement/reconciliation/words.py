"""Invoices in plain words, for staff."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from cdrs.words import amount
from parties.models import Party
from settlement.reconciliation.choices import DIFFERENCES, Finding, Way
from settlement.reconciliation.models import InvoiceRecord, ReconciliationResult, ReconciliationSum

UNLISTED = "unlisted"
UNLISTED_LABEL = "Not charged"
MEANINGS = {
    Finding.MATCHED: "They are here, can be settled, and are on no earlier invoice.",
    Finding.AMOUNT: "The invoice charges another amount than is held here.",
    Finding.UNKNOWN: "No such CDR is here. It may still come; until then nobody can say what it is for.",
    Finding.TWICE: "An earlier invoice charges them too, or this one lists them again.",
    Finding.FOREIGN: "They are about drivers of another provider.",
    Finding.HELD: "They wait for a review, are disputed or were dropped, so that statements leave them out.",
    Finding.WAITING: "They were not matched yet.",
}
UNLISTED_MEANING = "The statement has them, and no invoice lists them."


class Group(NamedTuple):
    """The CDRs of one finding; ``amounts`` and ``listed`` are amounts of money in words, one per currency."""

    finding: str
    label: str
    meaning: str
    cdrs: int
    amounts: list[str]
    listed: list[str]


def number(cdrs: int) -> str:
    """``1 CDR``, ``1 234 CDRs``."""
    return "1 CDR" if cdrs == 1 else f"{cdrs:,} CDRs".replace(",", "\u202f")


def between(record: InvoiceRecord) -> str:
    """Who bills whom, and how: ``NL*ABC bills DE*XYZ directly``."""
    other = record.counterparty
    whom = str(other.identity) if other else "a provider that nobody can tell"
    if record.is_reverse:
        return f"{record.owner.identity} bills itself for the charging of {whom} (reverse billing)"
    return f"{record.owner.identity} bills {whom} (direct billing)"


def lead(record: InvoiceRecord, result: ReconciliationResult | None) -> str:
    """The invoice in a sentence or two."""
    what = f"{between(record)}: {number(record.cdrs)}."
    if result is None or record.match_due:
        return f"{what} They are being matched."
    if not result.differences:
        return f"{what} All of them match."
    if not result.matched:
        return f"{what} None of them matches."
    return f"{what} {result.matched} match, {result.differences} need a look."


def summary(result: ReconciliationResult) -> str:
    """What has to be looked at, in a few words; empty where all is well."""
    found = [
        f"{getattr(result, finding.value)} {finding.label.lower()}"
        for finding in DIFFERENCES
        if getattr(result, finding.value)
    ]
    if result.unlisted:
        found.append(f"{result.unlisted} {UNLISTED_LABEL.lower()}")
    return ", ".join(found)


def groups(sums: Iterable[ReconciliationSum]) -> list[Group]:
    """What was found, the differences first."""
    by_finding: dict[str, list[ReconciliationSum]] = {}
    for row in sums:
        by_finding.setdefault(row.finding, []).append(row)
    order = [finding.value for finding in (*DIFFERENCES, Finding.MATCHED, Finding.WAITING)]
    return [
        Group(
            finding=finding,
            label=Finding(finding).label,
            meaning=MEANINGS[Finding(finding)],
            cdrs=sum(row.cdrs for row in by_finding[finding]),
            amounts=[
                money(row.before_tax, row.currency) for row in by_finding[finding] if row.currency
            ],
            listed=[
                money(row.listed, row.currency)
                for row in by_finding[finding]
                if row.listed is not None
            ],
        )
        for finding in order
        if finding in by_finding
    ]


def money(value: Decimal | None, currency: str) -> str:
    """An amount with its currency; empty where there is none."""
    return "" if value is None else amount(value, currency)


def balance(record: InvoiceRecord) -> str:
    """What the invoice comes to, held against what we make of it; empty while nobody has entered it."""
    if record.unexplained is None:
        return ""
    said = (
        record.total_before_tax if record.total_before_tax is not None else record.total_after_tax
    )
    tax = "before tax" if record.total_before_tax is not None else "with tax"
    ours = (said or Decimal(0)) - record.unexplained
    text = (
        f"The invoice says {money(said, record.currency)} {tax}; the CDRs it lists come to"
        f" {money(ours, record.currency)} here."
    )
    if not record.unexplained:
        return f"{text} That is the same."
    more = "more" if record.unexplained > 0 else "less"
    return f"{text} It asks for {money(abs(record.unexplained), record.currency)} {more}."


def way(record: InvoiceRecord) -> str:
    """``Sent by us, directly``."""
    how = "reverse" if record.is_reverse else "direct"
    return f"{Way(record.way).label}, {how} billing"


def party(found: Party | None) -> str:
    return str(found.identity) if found else "Nobody can tell"
