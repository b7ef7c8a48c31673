"""Who may see a Session: how the one predicate of ``parties.visibility`` asks about sessions."""

from __future__ import annotations

from exchange import registry
from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="sessions",
    table="charging_session",
    key="o.session_key",
    concerns="o.emsp_id",
    refused_in="o.refused_in",
)
REFERENCE = registry.reference_sql("session_id")
