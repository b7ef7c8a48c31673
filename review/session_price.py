"""What a session has come to, as we price it: while it goes on, and until its CDR is here."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from charging.models import Session
from charging.sessions import selectors
from review import pricing
from review.breakdown import trace_of
from review.checking import tariffs
from review.checks import settings
from review.pricing import Pricing
from tariffs.pricing import Trace


class SessionPrice(NamedTuple):
    """The price of a session up to ``until``; ``trace`` is ``None`` where there is none, and ``pricing`` says why."""

    until: datetime
    pricing: Pricing
    trace: Trace | None


def price_of(session: Session) -> SessionPrice:
    """By the tariffs that its periods or its connector name, as we held them when it began.

    Of one that goes on it is what its CPO has told until now: nothing is assumed about the time since.
    """
    until = session.ended_at or min(session.last_updated, timezone.now())
    document = selectors.by_ids([session.pk])[0].parsed()
    placed = tariffs.placed_sessions([(session, document)])[session.pk]
    partner = session.emsp_id if session.owner.is_ours else session.owner_id
    found = pricing.price_session(
        placed.document,
        tariffs.offers([placed])[session.pk],
        until=max(until, session.started_at),
        time_zone=placed.time_zone,
        rule_set=settings.load().rule_set(partner),
    )
    return SessionPrice(until, found, trace_of(found))
