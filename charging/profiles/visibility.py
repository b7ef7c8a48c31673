"""Who is told what about charging profiles."""

from __future__ import annotations

from charging.commands.visibility import visibility
from exchange import registry
from parties.visibility import Visibility

MODULE = "chargingprofiles"
UPDATES = "activeprofiles"
"""Not a module of OCPI: what is told to those who set a profile, at their address of ``chargingprofiles``."""

RESULTS = visibility(MODULE)
FOLLOWERS = Visibility(
    module=UPDATES,
    table="charging_profilefollower",
    key="o.session_key",
    concerns="o.sender_id",
    connection="o.connection_id",
)
FOLLOWERS_REFERENCE = registry.reference_sql("session_id")
