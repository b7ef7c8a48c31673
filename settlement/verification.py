"""A statement compared with a full look at its entries and their CDRs: to the cent, and by digest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import connection as database
from django.db import transaction

from settlement import digests, selectors
from settlement.choices import NO_CURRENCY
from settlement.figures import Figures, figures, of_tallies
from settlement.models import Statement, Tally

_SCAN = f"""
    SELECT e.kind, e.late, r.rate->>'label', count(e.cdr_id) FILTER (WHERE r.place = 1),
        coalesce(sum(e.energy) FILTER (WHERE r.place = 1), 0),
        sum((r.rate->>'before_tax')::numeric), sum(coalesce((r.rate->>'tax')::numeric, 0)),
        sum(CASE WHEN r.rate->>'tax' IS NULL THEN 1 ELSE 0 END),
        sum({digests.SQL.format(content="coalesce(c.content_sha256, '')", kind="e.kind", rate="r.rate")}),
        count(*) FILTER (WHERE r.place = 1 AND e.kind <> 'correction'
            AND (e.before_tax <> c.total_cost OR e.energy <> c.energy))
    FROM settlement_entry e
    LEFT JOIN cdrs_cdr c ON c.id = e.cdr_id
    CROSS JOIN LATERAL jsonb_array_elements(e.rates) WITH ORDINALITY AS r(rate, place)
    WHERE e.statement_id = %s
    GROUP BY 1, 2, 3
"""  # noqa: S608 - put together from constants
_MISSING = """
    SELECT count(*) FROM review_cdrreview r
    WHERE r.partner_id = %s AND r.ended_at >= %s AND r.ended_at < %s AND r.ours_id = %s
        AND r.direction = %s AND r.currency = %s AND r.state IN ('clean', 'accepted')
        AND NOT EXISTS (SELECT 1 FROM settlement_entry e WHERE e.cdr_id = r.cdr_id)
"""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a full look found, beside what the statement says; ``seconds`` is how long it took.

    ``altered`` counts entries that do not say what their CDR says, ``missing`` the CDRs of the month that can be
    settled and are on no statement.
    """

    statement: Figures
    found: Figures
    altered: int
    missing: int
    seconds: float

    @property
    def is_equal(self) -> bool:
        return not (self.altered or self.missing) and self.statement == self.found

    @property
    def differences(self) -> list[str]:
        """What differs, in words."""
        said = [
            f"{what}: the statement says {text}, its entries come to {other}."
            for what, text, other in (
                ("CDRs", self.statement.cdrs, self.found.cdrs),
                ("Before tax", self.statement.exact_before_tax, self.found.exact_before_tax),
                ("Tax", self.statement.exact_tax, self.found.exact_tax),
                ("Energy", self.statement.energy, self.found.energy),
            )
            if text != other
        ]
        if self.altered:
            said.append(f"{self.altered:,} entries do not say what their CDRs say.")
        if self.missing:
            said.append(f"{self.missing:,} CDRs of the month are on no statement.")
        if not said and self.statement.digest != self.found.digest:
            said.append("The amounts agree, but they are not made of the same CDRs.")
        if not said and not self.is_equal:
            said.append("The amounts agree in all, but not per rate of tax.")
        return said


def verify(statement: Statement) -> Verification:
    """Read every entry of a statement and its CDR, and compare what they come to with what it says."""
    began = time.monotonic()
    begin, end = selectors.span_of(statement)
    with transaction.atomic(), database.cursor() as cursor:
        # Both looks at one and the same moment, whatever is booked meanwhile.
        said = figures(Statement.objects.get(pk=statement.pk))
        cursor.execute(_SCAN, [statement.pk])
        rows = cursor.fetchall()
        cursor.execute(
            _MISSING,
            [
                statement.partner_id,
                begin,
                end,
                statement.ours_id,
                statement.direction,
                "" if statement.currency == NO_CURRENCY else statement.currency,
            ],
        )
        (missing,) = cursor.fetchone()
    tallies = [
        Tally(
            kind=kind,
            late=late,
            rate=rate,
            cdrs=cdrs,
            energy=energy,
            before_tax=before,
            tax=tax,
            tax_unknown=unknown,
            digest=digest,
        )
        for kind, late, rate, cdrs, energy, before, tax, unknown, digest, _ in rows
    ]
    return Verification(
        statement=said,
        found=of_tallies(statement.currency, tallies),
        altered=sum(row[-1] for row in rows),
        missing=missing,
        seconds=time.monotonic() - began,
    )
