"""Closing a missing CDR: because it came, or because staff say why it never will."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from parties import events
from review.models import MissingCDR

CAME = "The CDR came."


def close_arrived(ids: Sequence[int], **kwargs: Any) -> None:
    """Close what these CDRs (primary keys) answer; in the transaction that wrote them."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE review_missingcdr AS m SET closed_at = now(), closed_by = 'system', reason = %(came)s
            FROM cdrs_cdr o
            JOIN charging_session s ON s.owner_id = o.owner_id AND s.session_key = o.session_key
            WHERE o.id = ANY(%(ids)s) AND o.session_key <> '' AND NOT o.credit
              AND m.session_id = s.id AND m.closed_at IS NULL
            """,
            {"came": CAME, "ids": list(ids)},
        )
        cursor.execute(
            """
            UPDATE review_missingcdr AS m SET closed_at = now(), closed_by = 'system', reason = %(came)s
            FROM cdrs_cdr o
            JOIN charging_session s ON s.authorization_key = o.authorization_key AND s.owner_id = o.owner_id
            WHERE o.id = ANY(%(ids)s) AND o.authorization_key <> '' AND s.authorization_key <> ''
              AND NOT o.credit AND m.session_id = s.id AND m.closed_at IS NULL
            """,
            {"came": CAME, "ids": list(ids)},
        )


@transaction.atomic
def close(missing: MissingCDR, *, reason: str, actor: events.Actor) -> None:
    """No CDR is expected any more. Raises ``ValueError`` without a reason, and when it is closed already."""
    row = MissingCDR.objects.select_for_update().get(pk=missing.pk)
    if not reason.strip():
        raise ValueError("Say why: a reason is needed.")
    if row.closed_at is not None:
        raise ValueError("It is closed already.")
    row.closed_at, row.closed_by = timezone.now(), events.actor_name(actor)[:150]
    row.reason = reason.strip()
    row.save(update_fields=["closed_at", "closed_by", "reason"])
    _record("missing.closed", f"No CDR is expected any more: {row.reason}", row, actor)


@transaction.atomic
def reopen(missing: MissingCDR, *, actor: events.Actor) -> None:
    """The CDR is expected after all."""
    row = MissingCDR.objects.select_for_update().get(pk=missing.pk)
    row.closed_at, row.closed_by, row.reason = None, "", ""
    row.save(update_fields=["closed_at", "closed_by", "reason"])
    _record("missing.reopened", "The CDR is expected after all.", row, actor)


def _record(name: str, message: str, row: MissingCDR, actor: events.Actor) -> None:
    events.record(name, message, actor=actor, subject=row.session.reference)
