"""Who may see a Location: the one predicate behind reads, deliveries and "why did X not get this?".

SQL over ``o`` (``locations_location``) for one connection, named by an SQL expression: ``c.id`` where many
connections are asked about at once, a parameter where it is one. No data is ever put into it.
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
    """The connection sees this owner: it is ours, presented to it, and not what it speaks for itself.

    As a list of owners, so that PostgreSQL finds them once and not again for each location.
    """
    return f"o.owner_id IN ({_OWNERS.format(connection=connection)})"


def visible(connection: str) -> str:
    """The connection sees this location now: its version can say it, too."""
    version = f"(SELECT v.version FROM parties_connection v WHERE v.id = {connection})"  # noqa: S608
    return (
        "(o.publish AND o.vanished_at IS NULL"
        f" AND NOT ({version} = ANY(o.refused_in)) AND {audience(connection)})"
    )


AUDIENCE = audience("c.id")
VISIBLE = visible("c.id")
