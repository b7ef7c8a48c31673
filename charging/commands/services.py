"""What can happen to a command: the only writers of ``Command`` and ``Reservation``.

Nothing here calls a partner (see ``charging.commands.sending``): each function is one short transaction, so that a
result which comes before the direct answer, or after a restart, finds its row.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from charging.commands.choices import OPEN, AnsweredBy, CommandModule, CommandState, CommandType
from charging.commands.life import ACCEPTED, TIMEOUT, Happened, Life, after
from charging.models import Command, Reservation
from exchange.announce import announce
from ocpi import json
from ocpi.datetimes import parse_datetime
from ocpi.ids import PartyId, ci_key
from parties.models import Connection, Party

Document = dict[str, Any]
SETTLED_AT_ONCE = 200
NOTE_LENGTH = 400
_LOCK_CLASS = 7005


@dataclass(frozen=True)
class Order:
    """What somebody wants done. ``document`` is canonical; ``response_url`` is where the result is to go."""

    type: str
    owner: Party
    sender: Party
    document: Document
    module: str = CommandModule.COMMANDS
    requested_by: Connection | None = None
    actor: str = ""
    executed_by: Connection | None = None
    answered_by: str = ""
    response_url: str = ""
    correlation_id: str = ""
    idempotent: bool = False
    """Done twice it is as good as done once, so that the same request again is a new one."""

    keys: dict[str, str] = field(default_factory=dict)
    """Natural keys that the document does not say, such as the session of a charging profile."""

    @property
    def fingerprint(self) -> str:
        """Of all that makes it this request, its address for the result included."""
        said = [self.module, self.type, self.owner.pk, self.sender.pk, self.document]
        return hashlib.sha256(json.dumps([*said, self.response_url])).hexdigest()


@dataclass(frozen=True)
class Placed:
    """A command that was written down; ``again`` when the same request was here a moment ago."""

    command: Command
    again: bool = False


@transaction.atomic
def place(order: Order) -> Placed:
    """Write a command down before anybody is asked, or find the one that the same request made a moment ago.

    A requester that got no answer in time sends the same request again: with the same body, and so with the same
    ``response_url``, within ``COMMAND_REPEAT_SECONDS``. It must not be executed twice; what was refused or reached
    nobody was not executed, and may be tried again.
    """
    told_apart = order.requested_by is not None and not order.idempotent
    fingerprint = order.fingerprint if told_apart else ""
    if fingerprint:
        _one_at_a_time(fingerprint)
        since = timezone.now() - timedelta(seconds=settings.COMMAND_REPEAT_SECONDS)
        same = Command.objects.filter(
            requested_by=order.requested_by, fingerprint=fingerprint, created_at__gte=since
        )
        same = same.exclude(state__in=[CommandState.REFUSED, CommandState.UNREACHABLE])
        found = same.order_by("-pk").select_related("owner", "sender").first()
        if found is not None:
            return Placed(found, again=True)
    keys = keys_of(order)
    now = timezone.now()
    unknown_after = settings.COMMAND_SECONDS + settings.COMMAND_UNKNOWN_SECONDS
    command = Command.objects.create(
        module=order.module,
        type=order.type,
        owner=order.owner,
        sender=order.sender,
        requested_by=order.requested_by,
        actor=order.actor,
        executed_by=order.executed_by,
        answered_by=order.answered_by,
        response_url=order.response_url,
        document=order.document,
        fingerprint=fingerprint,
        reservation=_reservation(order),
        correlation_id=order.correlation_id,
        created_at=now,
        settle_at=now + timedelta(seconds=unknown_after),
        **keys,
    )
    return Placed(command)


def _one_at_a_time(fingerprint: str) -> None:
    """Two of the same request at the same moment: the second waits until the first is written down."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, fingerprint])


def keys_of(order: Order) -> dict[str, str]:
    """By which natural keys a command is found; empty for what it does not name."""
    document, keys = order.document, dict(order.keys)
    token = document.get("token")
    if isinstance(token, dict):
        keys["token_key"] = token_key(token)
    for name, column in (
        ("location_id", "location_key"),
        ("evse_uid", "evse_key"),
        ("session_id", "session_key"),
    ):
        if document.get(name):
            keys[column] = ci_key(document[name])
    reference = str(document.get("authorization_reference") or "")
    if reference:
        keys |= {"authorization_reference": reference, "authorization_key": ci_key(reference)}
    return keys


def token_key(token: Document) -> str:
    """The key of a token as ``tokens.Token`` has it: type and uid."""
    return f"{token['type']}:{ci_key(token['uid'])}"


def _reservation(order: Order) -> Reservation | None:
    if order.type == CommandType.CANCEL_RESERVATION:
        return find_reservation(order.sender, order.owner, order.document["reservation_id"])
    if order.type != CommandType.RESERVE_NOW:
        return None
    document = order.document
    # The same ID at the same location again replaces the reservation: it keeps its number.
    made, _ = Reservation.objects.update_or_create(
        sender=order.sender,
        owner=order.owner,
        reservation_key=ci_key(document["reservation_id"]),
        location_key=ci_key(document["location_id"]),
        defaults={
            "reservation_id": document["reservation_id"],
            "evse_key": ci_key(document["evse_uid"]) if document.get("evse_uid") else "",
            "expires_at": parse_datetime(document["expiry_date"]),
            "canceled_at": None,
        },
    )
    return made


def find_reservation(sender: Party, owner: Party | None, reservation_id: str) -> Reservation | None:
    """The newest reservation that an eMSP calls so; ``owner`` is its CPO, where that is known."""
    rows = Reservation.objects.filter(sender=sender, reservation_key=ci_key(reservation_id))
    if owner is not None:
        rows = rows.filter(owner=owner)
    return rows.select_related("owner").order_by("-pk").first()


@transaction.atomic
def happen(
    command_id: int,
    happened: Happened,
    result: str = "",
    *,
    document: Document | None = None,
    timeout: int = 0,
    note: str = "",
) -> Command:
    """Something happened to a command: write down what follows from it, under the row's lock.

    ``document`` is the canonical answer or result, ``timeout`` how many seconds the result may take after a
    direct answer, ``note`` a sentence for staff. Returns the row as it is then.
    """
    row = _locked(Command.objects.filter(pk=command_id)).get()
    now = timezone.now()
    before = row.life
    life = after(before, happened, result)
    _write_life(row, life)
    if note:
        row.notes = [*row.notes, note[:NOTE_LENGTH]][-20:]
    if life.response and not before.response:
        row.answered_at, row.response_document = now, document or {"result": result}
        if life.state is CommandState.ACCEPTED:
            row.deadline_at = row.settle_at = now + timedelta(seconds=bounded(timeout))
    if life.result and not before.result:
        row.result_at, row.result_document = now, document or {"result": result}
    if not life.is_open and row.finished_at is None:
        row.finished_at = now
    _settle_reservation(row, before, now)
    _tell(row, before, by_clock=happened is Happened.DEADLINE, now=now)
    row.save()
    return row


def _locked(rows: QuerySet[Command]) -> QuerySet[Command]:
    return rows.select_related("owner", "sender").select_for_update(of=("self",))


def _write_life(row: Command, life: Life) -> None:
    row.state, row.response = life.state, life.response
    row.result, row.late_result = life.result, life.late_result
    row.early, row.late, row.repeated = life.early, life.late, life.repeated
    row.contradicted, row.unanswered, row.canceled = (
        life.contradicted,
        life.unanswered,
        life.canceled,
    )


def bounded(timeout: int) -> int:
    """A timeout that somebody else chose, as far as we go along with it."""
    return min(max(timeout, settings.COMMAND_LEAST_SECONDS), settings.COMMAND_MOST_SECONDS)


def _settle_reservation(row: Command, before: Life, now: datetime) -> None:
    """A reservation ends when its CPO takes it back, or when its eMSP's cancellation was carried out."""
    if row.reservation_id is None:
        return
    taken_back = row.canceled and not before.canceled
    given_up = (
        row.type == CommandType.CANCEL_RESERVATION
        and row.state == CommandState.SUCCEEDED
        and before.is_open
    )
    if taken_back or given_up:
        Reservation.objects.filter(pk=row.reservation_id, canceled_at=None).update(canceled_at=now)


def _tell(row: Command, before: Life, *, by_clock: bool, now: datetime) -> None:
    """Have the requester told what is new for it, and decide when the clock looks at the row again.

    A result is told only after our ACCEPTED (X-005). While the requester waits for its answer an early result
    waits as well; if that never goes out, because the process died, the clock lets the result go.
    """
    has_ended = not row.is_open
    is_news = (has_ended and before.is_open) or (row.canceled and not before.canceled)
    unheard = by_clock and not row.told_response and row.settle_at is not None
    if (is_news and row.told_response == ACCEPTED) or (has_ended and unheard):
        _announce(row, now)
    if has_ended and (row.told_response or by_clock):
        row.settle_at = None


def _announce(row: Command, now: datetime) -> None:
    if row.requested_by_id is None or not row.response_url:
        return
    row.version += 1
    row.tell_until = now + timedelta(seconds=settings.COMMAND_GRACE_SECONDS)
    row.save()
    announce(row.module, [row.pk])


@transaction.atomic
def told(command_id: int, response: str) -> Command:
    """What the requester is told directly; a result that was here before goes out behind it."""
    row = _locked(Command.objects.filter(pk=command_id)).get()
    if row.told_response:
        return row
    row.told_response = response[:32]
    if not row.is_open:
        row.settle_at = None
        if response == ACCEPTED:
            _announce(row, timezone.now())
    row.save()
    return row


def settle() -> int:
    """Decide about the commands whose time has come: nothing was heard, so that they timed out.

    The time is in the database, and no worker has to remember it. Nothing is ever sent again. Returns how many;
    call it again while there are as many as it takes at once.
    """
    due = Command.objects.filter(settle_at__lte=timezone.now()).order_by("settle_at")
    found = list(due.values_list("pk", flat=True)[:SETTLED_AT_ONCE])
    for command_id in found:
        _settle_one(command_id)
    return len(found)


@transaction.atomic
def _settle_one(command_id: int) -> None:
    now = timezone.now()
    row = _locked(Command.objects.filter(pk=command_id, settle_at__lte=now)).first()
    if row is None:
        return
    note = ""
    if row.state == CommandState.SENDING:
        note = (
            "Nothing is known of the request: it was under way when this portal was interrupted, or was not"
            " answered. It is not sent again."
        )
    happen(row.pk, Happened.DEADLINE, note=note)


def said_result(row: Command) -> Document:
    """The canonical CommandResult that its requester is told now."""
    if row.canceled:
        return {"result": "CANCELED_RESERVATION"}
    if row.result:
        return row.result_document
    return {"result": TIMEOUT}


def sender_of(token: Document) -> PartyId:
    """Whose a canonical token is."""
    return PartyId.of(token["country_code"], token["party_id"])


def waiting_for_staff() -> QuerySet[Command]:
    """Commands that staff have to carry out, the most urgent first."""
    return Command.objects.filter(
        answered_by=AnsweredBy.STAFF, state__in=[state.value for state in OPEN]
    ).order_by("deadline_at")
