"""Who can be told about a record of ours over OCPI."""

from __future__ import annotations

from exchange import conditions
from parties.choices import ConnectionState
from parties.models import Connection
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.visibility import MODULE, VISIBILITY


def takers(record: InvoiceRecord) -> list[Connection]:
    """The connections that may see a record and take records pushed; without one it goes as a file."""
    rows = list(
        Connection.objects.filter(
            state__in=[ConnectionState.CONNECTED, ConnectionState.SUSPENDED],
            push_modules__contains=[MODULE],
        ).order_by("name")
    )
    answers = conditions.ask(VISIBILITY, record.pk, [row.pk for row in rows])
    return [
        row for row in rows if conditions.first_refusal(answers.get(row.pk, [])) is None
        and answers.get(row.pk)
    ]  # fmt: skip
