"""How tariffs go out: the whole Tariff while the partner sees it, else DELETE."""

from __future__ import annotations

from collections.abc import Sequence

from exchange import egress, registry
from exchange.registry import Push
from parties.models import Connection, Party
from tariffs import selectors
from tariffs.choices import RECEIVING_ROLES
from tariffs.visibility import VISIBILITY


class TariffsOutbox(registry.Outbox):
    """The tariffs' side of deliveries; see :class:`exchange.registry.Outbox`."""

    visibility = VISIBILITY
    reference = registry.reference_sql("tariff_id")

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
        owner = Party.objects.get(pk=row.owner_id).identity
        routing = egress.routing(connection, owner, RECEIVING_ROLES)
        segments = (*owner, row.tariff_id)
        if withdrawn:
            return Push("DELETE", segments, None, True, row.version, routing)
        said = row.said_in(connection.version)
        return Push("PUT", segments, said.json, True, row.version, routing, said.losses)
