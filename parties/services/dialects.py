"""How a partner's OCPI differs, as staff decide it."""

from __future__ import annotations

from django.db import transaction

from ocpi import dialects
from ocpi.dialect import Dialect
from parties import events
from parties.models import Connection
from parties.services.lifecycle import resume_deliveries


@transaction.atomic
def set_dialect(
    connection: Connection,
    dialect: Dialect,
    *,
    actor: events.Actor = None,
    why: str = "Its dialect was changed:",
) -> list[str]:
    """Make ``dialect`` the connection's from the next request on; returns what changed, a line each.

    ``why`` opens the event's message, such as the evidence it was suggested by.
    """
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    before = row.dialect
    changed = dialects.changes(before, dialect)
    connection.dialect_settings = dialect.store()
    if changed:
        # Whatever it failed for may be over now.
        connection.hold_until, connection.hold_attempts = None, 0
        connection.save(update_fields=["dialect_settings", "hold_until", "hold_attempts"])
        events.record(
            "connection.dialect",
            f"{why} {'; '.join(changed)}.",
            connection=connection,
            actor=actor,
            detail={"before": before.store(), "after": dialect.store()},
        )
    if before.token_out != dialect.token_out:
        resume_deliveries(connection, actor=actor)
    return changed
