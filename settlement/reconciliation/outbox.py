"""How records go out: a new one as POST, what changed as PUT, what was withdrawn as DELETE.

OCPI 2.3.0, mod_invoice_reconciliation, push model.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange import registry
from exchange.choices import Known
from exchange.models import Delivery
from exchange.registry import Push
from ocpi.headers import RoutingHeaders
from parties.models import Connection
from settlement.reconciliation import selectors
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.visibility import MODULE, REFERENCE, VISIBILITY


class RecordsOutbox(registry.Outbox):
    """The records' side of deliveries; see :class:`exchange.registry.Outbox`.

    After an answer that proves nothing it is a PUT, which leaves no second record; a partner that turns out not to
    hold the record gets it as new.
    """

    visibility = VISIBILITY
    reference = REFERENCE

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        found = selectors.by_ids([object_id])
        if not found:
            return None
        row = found[0]
        record = InvoiceRecord.objects.select_related("owner", "cpo", "emsp").get(pk=object_id)
        to = record.counterparty
        routing = RoutingHeaders(to=to.identity if to else None, from_=row.owner)
        segments = (*row.owner, row.record_id)
        if withdrawn:
            return Push("DELETE", segments, None, True, row.version, routing)
        said = row.said()
        new = Push("POST", (), said.json, True, row.version, routing)
        if _is_new_to(connection, object_id):
            return new
        return Push("PUT", segments, said.json, False, row.version, routing, instead=new)

    def copy_address(self, connection: Connection, object_id: int, push: Push, url: str) -> str:
        """At the address that names it, however it got there."""
        row = selectors.by_ids([object_id])[0]
        return Push("GET", (*row.owner, row.record_id), None, True, 1).address(url)


def _is_new_to(connection: Connection, object_id: int) -> bool:
    """Whether the partner never took the record, and no answer leaves that open; or was told to delete it."""
    delivery = Delivery.objects.filter(
        connection=connection, module=MODULE, object_id=object_id
    ).first()
    if delivery is None or delivery.known == Known.WITHDRAWN:
        return True
    return delivery.sent_version == 0 and delivery.confirm_after is None
