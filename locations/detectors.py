"""What of locations can be late."""

from __future__ import annotations

from datetime import timedelta

from exchange.detectors import Detector
from locations.links import admin_url


def _url(reference: str) -> str | None:
    """The page of the location of ``NL*ABC/LOC1 3256``, which shows its EVSEs."""
    return admin_url(reference.rpartition(" ")[0])


EVSES_WITHOUT_NEWS = Detector(
    name="evses_without_news",
    title="EVSEs without news",
    sentence="EVSEs whose owner has not said anything about them for a long time: their status may be wrong.",
    advice="Fetch the partner's locations, and ask whether the status of these is still known.",
    usual=timedelta(days=14),
    # A complete list that names an EVSE is news of it, also where nothing has changed.
    table="locations_evse o JOIN locations_location p ON p.id = o.location_id"
    " LEFT JOIN (SELECT connection_id, max(full_at) AS full_at FROM exchange_pullstate"
    " WHERE module = 'locations' GROUP BY connection_id) f ON f.connection_id = p.received_from_id",
    since="greatest(o.last_updated, f.full_at)",
    condition="p.vanished_at IS NULL AND p.publish AND o.status NOT IN ('REMOVED', 'PLANNED')"
    " AND p.received_from_id IS NOT NULL",
    connection="p.received_from_id",
    reference="(SELECT y.country_code || '*' || y.party_id FROM parties_party y WHERE y.id = p.owner_id)"
    " || '/' || p.location_id || ' ' || o.uid",
    url=_url,
    permission="locations.view_evse",
)
