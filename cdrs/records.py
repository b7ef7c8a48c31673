"""What the pages of sessions are told about their CDRs; see ``charging.records``."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from cdrs import watching
from cdrs.models import CDR
from charging.models import Session
from charging.records import Record
from staff.links import page_url


class CDRRecords:
    """The one implementation of ``charging.records.Records``."""

    def of(self, sessions: Collection[Session]) -> dict[int, list[Record]]:
        found = watching.cdrs_of(sessions)
        return {pk: [_record(cdr) for cdr in cdrs] for pk, cdrs in found.items()}

    def without(self, sessions: QuerySet[Session]) -> QuerySet[Session]:
        return watching.without_cdr(sessions)


def _record(cdr: CDR) -> Record:
    return Record(
        cdr.reference,
        page_url(cdr),
        cdr.received_at,
        cdr.currency,
        cdr.total_cost,
        cdr.energy,
        cdr.credit,
    )
