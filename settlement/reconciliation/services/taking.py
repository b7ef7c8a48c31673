"""Records from a partner's list. As in ``exchange.receiving``, but that each has to be told between whom it is."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from exchange.quality import deviations, quarantine
from exchange.registry import Counts, Received, Source
from ocpi import lenient
from ocpi.errors import InvalidParameters, Problem
from settlement.reconciliation.choices import Origin
from settlement.reconciliation.documents import RecordParts, take_apart
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.services import writing
from settlement.reconciliation.services.receiving import put_record
from settlement.reconciliation.services.writing import Became
from settlement.reconciliation.visibility import MODULE

_COUNTED = {
    Became.CREATED: "created",
    Became.UPDATED: "updated",
    Became.UNCHANGED: "unchanged",
    Became.STALE: "unchanged",
}


@transaction.atomic
def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw records from a pull; one bad record never sinks the others.

    What has no identity, belongs to a party the connection does not speak for, or is between parties that nobody can
    tell goes to quarantine.
    """
    if source.connection is None:
        raise ValueError(
            "Records of invoices come from a partner, or as a table on their own page."
        )
    counts, received = Counts(), Received()
    rejected: list[quarantine.Rejected] = []
    warnings: list[tuple[str, Problem]] = []
    for raw in items:
        accepted = lenient.accept(
            "invoice_record", raw, version=source.version, dialect=source.dialect
        )
        parts, problems = _identify(accepted, source)
        if parts is not None:
            try:
                with transaction.atomic():
                    written = put_record(
                        accepted.document, source=source.connection, asked_at=source.asked_at
                    )
            except InvalidParameters as error:
                parts = None
                problems = error.problems or [Problem("not_usable", "", error.message)]
        if parts is None:
            named = str(accepted.document.get("id") or "")[:160]
            rejected.append(quarantine.Rejected(raw, problems, named))
            continue
        counts += Counts(**{_COUNTED[written.became]: 1})
        received.object_ids.append(written.record.pk)
        received.owner_ids.add(written.record.owner_id)
        warnings.extend((parts.reference, warning) for warning in accepted.warnings)
    quarantine.put_many(MODULE, rejected, source)
    deviations.count_warnings(source.connection, MODULE, warnings, objects=len(items))
    counts += Counts(rejected=len(rejected), warnings=len(warnings))
    received.counts = counts
    return received


def _identify(
    accepted: lenient.Accepted, source: Source
) -> tuple[RecordParts | None, list[Problem]]:
    if accepted.fatal:
        return None, accepted.fatal
    try:
        parts = take_apart(accepted.document)
    except (KeyError, ValueError, TypeError) as error:
        return None, [Problem("not_usable", "", f"The object cannot be stored: {error}")]
    if source.owners is not None and parts.owner not in source.owners:
        message = f"{parts.owner} is not a party this connection speaks for."
        return None, [Problem("foreign_owner", "party_id", message, str(parts.owner))]
    return parts, []


def retire(ids: Sequence[int], source: Source) -> int:
    """Records that their owner's complete list no longer names were withdrawn; returns how many."""
    with transaction.atomic():
        rows = InvoiceRecord.objects.select_for_update(of=("self",), no_key=True).filter(
            pk__in=ids, deleted_at=None
        )
        found = list(rows.select_related("owner", "cpo", "emsp").order_by("pk"))
        for record in found:
            writing.remove(record, writing.Source(Origin.OCPI, source.connection))
    return len(found)
