"""Who may see a Token: how the one predicate of ``parties.visibility`` asks about tokens."""

from __future__ import annotations

from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="tokens",
    table="tokens_token",
    key="o.uid_key",
    present="o.vanished_at IS NULL",
    refused_in="o.refused_in",
    only_agreed=True,
)

REFERENCE = (
    "((SELECT r.country_code || '*' || r.party_id FROM parties_party r WHERE r.id = o.owner_id)"
    " || '/' || o.uid || CASE WHEN upper(o.type) = 'RFID' THEN '' ELSE '?type=' || o.type END)"
)
"""SQL over ``o``: how staff and the log name it, as its address does: ``NL*MSP/0123?type=APP_USER``."""
