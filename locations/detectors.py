"""What of locations can be late."""

from __future__ import annotations

from datetime import timedelta

from exchange.detectors import Detector
from locations.links import admin_url

EVSES_WITHOUT_NEWS = Detector(
    name="evses_without_news",
    title="EVSEs without news",
    sentence="EVSEs whose owner has not said anything about them for a long time: their status may be wrong.",
    advice="Fetch the partner's locations, and ask whether the status of these is still known.",
    usual=timedelta(days=14),
    table="locations_evse o JOIN locations_location p ON p.id = o.location_id",
    since="o.last_updated",
    condition="p.vanished_at IS NULL AND p.publish AND o.status NOT IN ('REMOVED', 'PLANNED')",
    connection="p.received_from_id",
    reference="(SELECT y.country_code || '*' || y.party_id FROM parties_party y WHERE y.id = p.owner_id)"
    " || '/' || p.location_id",
    url=admin_url,
    permission="locations.view_evse",
)
