"""Asking a partner for CDRs that are missing: its list of CDRs is fetched."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from exchange import pulls
from exchange.models import Job
from parties import events
from parties.models import Connection, ConnectionParty
from review.models import MissingCDR

MODULE = "cdrs"


class CannotAsk(ValueError):
    """The partner cannot be asked, for a reason that staff can read."""


def connection_for(missing: MissingCDR) -> Connection | None:
    """Whom to ask: who told us of the session, else a connection that speaks for its CPO."""
    told_by = missing.session.received_from
    if told_by is not None and told_by.is_connected:
        return told_by
    speaking = ConnectionParty.objects.filter(Q(party=missing.partner_id), approved=True)
    for row in speaking.select_related("connection").order_by("pk"):
        if row.connection.is_connected:
            return row.connection
    return None


def ask(missing: MissingCDR, *, everything: bool = False, actor: events.Actor) -> Job:
    """Fetch the partner's CDRs: what is new, or its whole list. Raises :class:`CannotAsk`.

    All open ones of the partner count as asked for: one list answers them all.
    """
    connection = connection_for(missing)
    if connection is None:
        raise CannotAsk(f"No connection that works speaks for {missing.partner}.")
    with transaction.atomic():
        try:
            job = pulls.start_pull(connection, MODULE, full=everything, actor=actor)
        except pulls.CannotPull as problem:
            raise CannotAsk(str(problem)) from None
        open_ones = MissingCDR.objects.filter(partner=missing.partner_id, closed_at=None)
        open_ones.update(asked_at=timezone.now())
        events.record(
            "missing.asked",
            f"CDRs of {missing.partner} are fetched, because some are missing.",
            connection=connection,
            actor=actor,
            subject=missing.session.reference,
        )
    return job
