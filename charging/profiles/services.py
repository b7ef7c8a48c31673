"""What can happen to charging profiles beside the commands that ask for it: the active one is told."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from charging.commands import services as commands
from charging.commands.choices import CommandModule, CommandType
from charging.commands.life import ACCEPTED
from charging.commands.sending import Reply
from charging.commands.services import Order
from charging.models import ActiveProfile, Command, ProfileFollower, Session
from charging.profiles import asking
from charging.profiles.visibility import UPDATES
from exchange.announce import announce
from exchange.comparing import same_document
from ocpi import json
from ocpi.datetimes import parse_datetime
from ocpi.ids import ci_key
from parties import events
from parties.models import Connection, Party

Document = dict[str, Any]
FORGOTTEN_AT_ONCE = 5000
KEPT = 200
"""How many profiles of one session are kept: a CPO may tell one a second."""


@transaction.atomic
def tell(owner: Party, session_id: str, document: Document, *, source: Connection) -> ActiveProfile:
    """The CPO says that the active profile of a session changed; those who set one are told, and nobody else.

    ``document`` is a canonical ActiveChargingProfile (P-005, P-006).
    """
    row = keep(owner, session_id, document, source=source)
    key = ci_key(session_id)
    setters = (
        Command.objects.filter(
            module=CommandModule.CHARGING_PROFILES,
            type=CommandType.SET_PROFILE,
            owner=owner,
            session_key=key,
            told_response=ACCEPTED,
        )
        .exclude(requested_by=None)
        .order_by("sender", "requested_by")
        .values_list("sender", "requested_by")
        .distinct()
    )
    ids = [
        _following(owner, session_id, sender, connection, document)
        for sender, connection in setters
    ]
    announce(UPDATES, ids, source=source)
    return row


def _following(
    owner: Party, session_id: str, sender: int, connection: int, document: Document
) -> int:
    row, created = ProfileFollower.objects.select_for_update().get_or_create(
        owner=owner,
        session_key=ci_key(session_id),
        sender_id=sender,
        connection_id=connection,
        defaults={"session_id": session_id, "document": document},
    )
    if not created and not _same(row.document, document):
        row.document, row.version = document, row.version + 1
        row.save(update_fields=["document", "version"])
    return row.pk


@transaction.atomic
def keep(
    owner: Party,
    session_id: str,
    document: Document,
    *,
    source: Connection | None,
    command: Command | None = None,
) -> ActiveProfile:
    """Write down the active profile of a session; the same again is kept once."""
    of_session = ActiveProfile.objects.filter(owner=owner, session_key=ci_key(session_id))
    latest = of_session.order_by("-pk").first()
    if latest is not None and _same(latest.document, document):
        return latest
    row = ActiveProfile.objects.create(
        owner=owner,
        session_id=session_id,
        session_key=ci_key(session_id),
        start_at=parse_datetime(document["start_date_time"]),
        document=document,
        command=command,
        received_from=source,
    )
    oldest = of_session.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    of_session.filter(pk__in=list(oldest)).delete()
    return row


def _same(stored: Document, document: Document) -> bool:
    """Whether two documents say the same; what came in may hold its numbers as decimals."""
    return same_document(json.dumps(stored).decode(), json.dumps(document).decode())


def forget_old(now: datetime | None = None) -> int:
    """Drop profiles that are past ``SESSION_READING_RETENTION_DAYS``, and who was told of them; how many."""
    before = (now or timezone.now()) - timedelta(days=settings.SESSION_READING_RETENTION_DAYS)
    return _forget(ActiveProfile.objects.filter(received_at__lt=before)) + _forget(
        ProfileFollower.objects.filter(created_at__lt=before)
    )


def _forget(rows: QuerySet[Any]) -> int:
    """In portions, so that no statement runs for long."""
    total = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        total += rows.filter(pk__in=ids).delete()[0]
    return total


def too_often(owner: Party, session_id: str, connection: Connection) -> bool:
    """Whether a partner asks more often about one session than ``PROFILE_REQUESTS_PER_MINUTE`` allows (P-009)."""
    limit = settings.PROFILE_REQUESTS_PER_MINUTE
    if not limit:
        return False
    recent = Command.objects.filter(
        module=CommandModule.CHARGING_PROFILES,
        owner=owner,
        session_key=ci_key(session_id),
        requested_by=connection,
        created_at__gte=timezone.now() - timedelta(minutes=1),
    )
    return recent.count() >= limit


def who_asks(session: Session) -> Party | None:
    """For whom staff may ask: the eMSP of the session's card, if it is ours, or a smart charging party of ours."""
    if session.emsp.is_ours:
        return session.emsp
    return Party.objects.ours().filter(role="SCSP").order_by("pk").first()


def ask(
    session: Session, kind: CommandType, document: Document, *, actor: events.Actor
) -> tuple[Command, Reply]:
    """Staff ask about the profile of a session; ``document`` is what the kind needs. Calls a partner.

    Raises ``ValueError`` where nobody of ours may ask.
    """
    sender = who_asks(session)
    if sender is None:
        raise ValueError("The card of this session is not of an eMSP of ours.")
    executor, rule = asking.runner(session.owner)
    order = Order(
        type=kind,
        owner=session.owner,
        sender=sender,
        document={"session_id": session.session_id, **document},
        module=CommandModule.CHARGING_PROFILES,
        actor=events.actor_name(actor),
        executed_by=executor,
        answered_by=rule,
        correlation_id=str(uuid.uuid4()),
    )
    events.record(
        "charging_profile.asked",
        f"{CommandType(kind).label} for session {session.reference}.",
        actor=actor,
        subject=session.reference,
    )
    command = commands.place(order).command
    done, reply = asking.carry_out(command)
    # Nobody waits for an answer of ours: it counts as told.
    return commands.told(done.pk, reply.result or "UNREACHED"), reply
