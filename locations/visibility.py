"""Who may see a Location: the one predicate behind reads, deliveries and "why did X not get this?".

SQL over ``o`` (``locations_location``) and ``c`` (``parties_connection``); nothing but names of columns is
ever put into it.
"""

from __future__ import annotations

AUDIENCE = """(
    EXISTS (SELECT 1 FROM parties_party p WHERE p.id = o.owner_id AND p.is_ours)
    AND (
        NOT EXISTS (SELECT 1 FROM parties_connection_presents n WHERE n.connection_id = c.id)
        OR EXISTS (
            SELECT 1 FROM parties_connection_presents n
            WHERE n.connection_id = c.id AND n.party_id = o.owner_id
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM parties_connectionparty s
        WHERE s.connection_id = c.id AND s.party_id = o.owner_id
    )
)"""
"""The connection sees this owner: it is ours, presented to it, and not what it speaks for itself."""

VISIBLE = f"(o.publish AND o.vanished_at IS NULL AND {AUDIENCE})"
"""The connection sees this location now."""
