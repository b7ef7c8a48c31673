"""What the pages of sessions are told about their CDRs; see ``charging.records``."""

from __future__ import annotations

from collections.abc import Collection

from cdrs.models import CDR
from charging.models import Session
from charging.records import Record
from staff.links import page_url


class CDRRecords:
    """The one implementation of ``charging.records.Records``."""

    def of(self, sessions: Collection[Session]) -> dict[int, list[Record]]:
        found = cdrs_of(sessions)
        return {pk: [_record(cdr) for cdr in cdrs] for pk, cdrs in found.items()}


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


def cdrs_of(sessions: Collection[Session]) -> dict[int, list[CDR]]:
    """The CDRs of each session, by its primary key; one query."""
    keys = {(session.owner_id, session.session_key): session.pk for session in sessions}
    if not keys:
        return {}
    rows = (
        CDR.objects.filter(
            owner__in={owner for owner, _ in keys}, session_key__in={key for _, key in keys}
        )
        .exclude(session_key="")
        .select_related("owner")
        .order_by("id")
    )
    found: dict[int, list[CDR]] = {}
    for cdr in rows:
        pk = keys.get((cdr.owner_id, cdr.session_key))
        if pk is not None:
            found.setdefault(pk, []).append(cdr)
    return found
