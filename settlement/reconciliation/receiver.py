"""How a pushed record is put in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange import registry
from exchange.places import Place
from ocpi.errors import InvalidParameters, MethodNotAllowed
from parties.models import Connection, Party
from settlement.reconciliation import services
from settlement.reconciliation.services.writing import Became


class RecordsReceiver(registry.Receiver):
    """POST and PUT (OCPI 2.3.0, mod_invoice_reconciliation, Receiver interface); parts are not sent alone."""

    def put(
        self, owner: Party, place: Place, document: dict[str, Any], source: Connection | None
    ) -> bool:
        """Raises InvalidParameters without a connection, whose parties the record is between."""
        if source is None:
            raise InvalidParameters("Records of invoices come from a partner.")
        written = services.put_record(document, source=source)
        return written.became is Became.CREATED

    def patch(
        self, owner: Party, place: Place, patch: Mapping[str, Any], source: Connection | None
    ) -> None:
        """Raises MethodNotAllowed."""
        raise MethodNotAllowed("Records of invoices are sent whole.")

    def merged(self, owner: Party, place: Place, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        """None: a record has no parts to change."""
        return None

    def time_zone(self, owner: Party, place: Place) -> str | None:
        """None: a record is no place."""
        return None
