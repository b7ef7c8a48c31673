"""Who may see a Location: how the one predicate of ``parties.visibility`` asks about locations."""

from __future__ import annotations

from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="locations",
    table="locations_location",
    key="o.location_key",
    country="o.country",
    published="o.publish",
    tokens="locations_locationtoken",
    present="o.vanished_at IS NULL",
    refused_in="o.refused_in",
)
