"""Which connectors name which tariffs: rows that follow every write of an EVSE's document."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection as database

from exchange import bulk
from locations.documents import EVSEParts
from locations.store.rows import StoredEVSE


def link_new(evses: Sequence[tuple[int, EVSEParts]]) -> None:
    """Links of EVSEs that are new, each with its primary key."""
    rows = [(evse_id, *link) for evse_id, evse in evses for link in evse.tariffs]
    if rows:
        bulk.copy_rows("locations_connectortariff", "evse_id, connector_id, tariff_key", rows)


def link_changed(changed: Sequence[tuple[StoredEVSE, EVSEParts]]) -> None:
    """Links of EVSEs that are replaced; most changes are of a status and leave the document as it is."""
    others = [(known.id, evse) for known, evse in changed if known.document != evse.document]
    if not others:
        return
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM locations_connectortariff WHERE evse_id = ANY(%s)",
            [[evse_id for evse_id, _ in others]],
        )
    link_new(others)
