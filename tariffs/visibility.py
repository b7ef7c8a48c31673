"""Who may see a Tariff: the one predicate behind reads, deliveries and "why did X not get this?".

SQL over ``o`` (``tariffs_tariff``) for one connection, named by SQL expressions of it and its version:
``c.id`` and ``c.version`` where many are asked about at once, parameters where it is one. No data is ever put
into it.
"""

from __future__ import annotations

_OWNERS = """
    SELECT p.id FROM parties_party p
    WHERE p.is_ours
    AND (
        NOT EXISTS (
            SELECT 1 FROM parties_connection_presents n WHERE n.connection_id = {connection}
        )
        OR EXISTS (
            SELECT 1 FROM parties_connection_presents n
            WHERE n.connection_id = {connection} AND n.party_id = p.id
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM parties_connectionparty s
        WHERE s.connection_id = {connection} AND s.party_id = p.id
    )
"""


def audience(connection: str) -> str:
    """The connection sees this owner: it is ours, presented to it, and not what it speaks for itself."""
    return f"o.owner_id IN ({_OWNERS.format(connection=connection)})"


def visible(connection: str, version: str) -> str:
    """The connection sees this tariff now, at a version that can say it."""
    return (
        f"(o.deleted_at IS NULL AND o.vanished_at IS NULL AND NOT ({version} = ANY(o.refused_in))"
        f" AND {audience(connection)})"
    )


AUDIENCE = audience("c.id")
VISIBLE = visible("c.id", "c.version")
