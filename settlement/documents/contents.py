"""What a statement says, in words: the same on the page, on paper and in spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from parties.models import Party
from review.choices import Direction
from settlement import months, selectors, words
from settlement.amounts import OUTSIDE, REVERSE_CHARGE
from settlement.choices import Billing, EntryKind, StatementState, TaxTreatment
from settlement.figures import Figures, figures, kinds
from settlement.models import SettlementTerms, Statement


class Line(NamedTuple):
    """A line of a table of amounts, in words."""

    label: str
    cdrs: str
    energy: str
    before_tax: str
    tax: str
    after_tax: str
    note: str = ""


class Company(NamedTuple):
    """One side: ``what`` it does here, its name, identity and role."""

    what: str
    name: str
    identity: str
    role: str
    website: str


@dataclass(frozen=True)
class Contents:
    """A statement in words. ``terms`` are those it was closed by, or those of now; times are aware."""

    statement: Statement
    title: str
    is_draft: bool
    seller: Company
    buyer: Company
    explanation: str
    month: str
    period: str
    zone: str
    due: datetime | None
    payment_days: int
    figures: Figures
    rates: list[Line]
    kinds: list[Line]
    notes: list[str]

    @property
    def companies(self) -> tuple[Company, Company]:
        return self.seller, self.buyer

    @property
    def currency(self) -> str:
        return self.statement.currency

    @property
    def total_before_tax(self) -> str:
        return words.money(self.figures.before_tax, self.currency)

    @property
    def total_tax(self) -> str:
        return words.money(self.figures.tax, self.currency)

    @property
    def total_after_tax(self) -> str:
        return words.money(self.figures.after_tax, self.currency)

    @property
    def exact(self) -> str:
        """The sum before it was rounded."""
        exact = self.figures.exact_before_tax + self.figures.exact_tax
        return words.money(exact, self.currency)

    @property
    def rounding(self) -> str:
        """What rounding added; empty for nothing."""
        added = self.figures.rounding
        return f"{'+' if added > 0 else ''}{words.number(added, self.currency)}" if added else ""

    @property
    def cdrs(self) -> str:
        return words.count(self.figures.cdrs)

    @property
    def energy(self) -> str:
        return words.energy(self.figures.energy)


def contents(statement: Statement) -> Contents:
    """What a statement says now. Costs its tallies and, while it is open, its terms."""
    frozen = statement.frozen or {}
    terms = frozen.get("terms") or _terms(
        selectors.terms_of(statement.ours_id, statement.partner_id)
    )
    found = figures(statement)
    is_receivable = statement.direction == Direction.RECEIVABLE
    ours = _company("", frozen.get("ours"), statement.ours)
    partner = _company("", frozen.get("partner"), statement.partner)
    seller, buyer = (ours, partner) if is_receivable else (partner, ours)
    return Contents(
        statement=statement,
        title=words.title(statement.direction, terms["billing"]),
        is_draft=statement.state in (StatementState.OPEN, StatementState.DRAFT),
        seller=seller._replace(what="Delivered by"),
        buyer=buyer._replace(what="Charged by drivers of"),
        explanation=words.explanation(
            statement.direction, terms["billing"], _short(ours), _short(partner)
        ),
        month=words.month(statement.month),
        period=f"{statement.month} to {months.after(statement.month) - timedelta(days=1)}",
        zone=terms["time_zone"],
        due=words.due(statement, terms),
        payment_days=int(terms["payment_days"]),
        figures=found,
        rates=[_rate(rate, statement.currency) for rate in found.rates],
        kinds=[
            Line(
                words.kind(row.kind, row.late, statement.month),
                f"{row.cdrs:,}".replace(",", "\u202f"),
                words.energy(row.energy),
                words.number(row.before_tax, statement.currency),
                words.number(row.tax, statement.currency),
                words.number(row.before_tax + row.tax, statement.currency),
            )
            for row in kinds(statement.tallies.all())
        ],
        notes=_notes(statement, terms, found),
    )


def _rate(rate: Any, currency: str) -> Line:
    unknown = rate.tax_unknown
    return Line(
        words.rate(rate.label),
        f"{rate.cdrs:,}".replace(",", "\u202f"),
        words.energy(rate.energy),
        words.number(rate.before_tax, currency),
        "not stated" if unknown else words.number(rate.tax, currency),
        words.number(rate.after_tax, currency),
        "before tax" if unknown else "",
    )


def _notes(statement: Statement, terms: Mapping[str, Any], found: Figures) -> list[str]:
    """What has to be said below the totals."""
    said = []
    labels = {rate.label for rate in found.rates}
    if terms["tax"] == TaxTreatment.REVERSE_CHARGE or REVERSE_CHARGE in labels:
        said.append("Reverse charge: the recipient owes the tax.")
    if terms["tax"] == TaxTreatment.OUTSIDE or OUTSIDE in labels:
        said.append("Outside the scope of tax.")
    if found.tax_unknown:
        said.append(
            f"{words.count(found.tax_unknown)} state no tax, and their tariffs name no single rate. Their tax is not"
            " in the total, and nothing was assumed."
        )
    if found.rounding:
        said.append(
            "Amounts are exact until here; each rate of tax is rounded once, half up, to the smallest amount of the"
            " currency."
        )
    said += _adjustments(statement)
    if terms["billing"] == Billing.REVERSE:
        said.append(
            "Self-billing: the recipient of the charging writes this document for who delivered it."
        )
    if terms.get("notes"):
        said.append(str(terms["notes"]))
    if statement.notes:
        said.append(statement.notes)
    return said


def _adjustments(statement: Statement) -> list[str]:
    """Each of them with its reason; asked for only where there is one."""
    if not any(row.kind == EntryKind.ADJUSTMENT for row in statement.tallies.all()):
        return []
    rows = statement.entries.filter(kind=EntryKind.ADJUSTMENT).order_by("id")
    return [
        f"Adjustment by hand, {words.money(row.before_tax, statement.currency)} before tax. {row.reason}"
        for row in rows
    ]


def _terms(terms: SettlementTerms) -> dict[str, Any]:
    return {
        "billing": terms.billing,
        "tax": terms.tax,
        "time_zone": terms.time_zone,
        "payment_days": terms.payment_days,
        "notes": "",
    }


def _company(what: str, frozen: Mapping[str, str] | None, party: Party) -> Company:
    """As it was called when the statement was closed, or as it is called now."""
    if frozen is not None:
        return Company(what, frozen["name"], frozen["identity"], frozen["role"], frozen["website"])
    return Company(what, party.name, str(party.identity), party.role, party.website)


def _short(company: Company) -> str:
    return company.name or company.identity
