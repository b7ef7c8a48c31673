"""Who is told about a command's result: the connection that asked for it, and nobody else."""

from __future__ import annotations

from exchange import registry
from parties.visibility import Visibility


def visibility(module: str) -> Visibility:
    """The one predicate for the commands of an OCPI module; the table is the same."""
    return Visibility(
        module=module,
        table="charging_command",
        key="o.id::text",
        connection="o.requested_by_id",
        present=f"o.module = '{module}'",
        gone="There is no such command.",
    )


VISIBILITY = visibility("commands")
REFERENCE = registry.reference_sql("id")
