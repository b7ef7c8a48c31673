"""Commands that staff send as one of our eMSPs, and what they report for a CPO of ours without a back office."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from charging.commands import checking, sending, services
from charging.commands.checking import Declined
from charging.commands.choices import AnsweredBy, CommandType
from charging.commands.life import Happened
from charging.commands.sending import KINDS, MODULE
from charging.commands.services import Document, Order
from charging.models import Command, Reservation, Session
from locations.models import EVSE
from ocpi.datetimes import format_datetime
from ocpi.errors import OCPIError
from ocpi.versioned import CANONICAL, validate_document
from parties import events
from parties.choices import Role
from parties.models import Party
from tokens import selectors as tokens
from tokens.models import Token

OWN_RESULTS = {
    "ACCEPTED": "It was done",
    "REJECTED": "The charge point refused",
    "FAILED": "It was tried and failed",
    "EVSE_OCCUPIED": "The EVSE is occupied",
    "EVSE_INOPERATIVE": "The EVSE is out of order",
    "NOT_SUPPORTED": "The charge point cannot do this",
    "TIMEOUT": "The charge point did not answer",
}
"""What staff can report, in their words."""


class NotSent(ValueError):
    """A command that staff cannot send so; the text says why."""


def our_emsps() -> QuerySet[Party]:
    """The parties that staff can send commands as."""
    return Party.objects.filter(is_ours=True, role=Role.EMSP)


def start(evse: EVSE, token: Token, actor: str, connector_id: str = "") -> Command:
    """Start a charge with a card of ours. Raises NotSent."""
    document = {**_with_token(token), **_place(evse)}
    if connector_id:
        document["connector_id"] = connector_id
    return _send(CommandType.START_SESSION, evse.location.owner, token.owner, document, actor)


def reserve(evse: EVSE, token: Token, actor: str, minutes: int) -> Command:
    """Keep an EVSE free for a card of ours. Raises NotSent."""
    document = {
        **_with_token(token),
        **_place(evse),
        "reservation_id": str(uuid.uuid4()),
        "expiry_date": format_datetime(timezone.now() + timedelta(minutes=minutes)),
    }
    return _send(CommandType.RESERVE_NOW, evse.location.owner, token.owner, document, actor)


def unlock(evse: EVSE, sender: Party, actor: str, connector_id: str) -> Command:
    """Unlock a connector. Raises NotSent."""
    document = {**_place(evse), "connector_id": connector_id}
    return _send(CommandType.UNLOCK_CONNECTOR, evse.location.owner, sender, document, actor)


def stop(session: Session, actor: str) -> Command:
    """Stop a charge of a card of ours. Raises NotSent."""
    document = {"session_id": session.session_id}
    return _send(CommandType.STOP_SESSION, session.owner, session.emsp, document, actor)


def cancel(reservation: Reservation, actor: str) -> Command:
    """Give a reservation of ours up. Raises NotSent."""
    document = {"reservation_id": reservation.reservation_id}
    kind = CommandType.CANCEL_RESERVATION
    return _send(kind, reservation.owner, reservation.sender, document, actor)


def _place(evse: EVSE) -> Document:
    return {"location_id": evse.location.location_id, "evse_uid": evse.uid}


def _with_token(token: Token) -> Document:
    # By this reference the session, and at last the CDR, are known as what came of the command.
    return {
        "token": tokens.document_of(token.pk),
        "authorization_reference": str(uuid.uuid4()),
    }


def _send(
    kind: CommandType, owner: Party, sender: Party, document: Document, actor: str
) -> Command:
    """Write it down, commit, send it, and write down what was answered; waits ``COMMAND_SECONDS`` at most."""
    if not sender.is_ours:
        raise NotSent(f"{sender.identity} is not hosted here, so that nothing can be sent as it.")
    whole = {**document, "response_url": settings.BASE_URL}
    try:
        validate_document(CANONICAL, KINDS[kind], whole)
        checked = checking.check(kind, whole, owner, sender, CANONICAL)
    except OCPIError as error:
        raise NotSent(error.message) from None
    except Declined as declined:
        raise NotSent(declined.sentence) from None
    said = {name: value for name, value in checked.items() if name != "response_url"}
    executor, rule = sending.runner(owner, MODULE)
    order = Order(
        type=kind,
        owner=owner,
        sender=sender,
        document=said,
        actor=actor,
        executed_by=executor,
        answered_by=rule,
        correlation_id=str(uuid.uuid4()),
    )
    placed = services.place(order).command
    events.record(
        "command.sent",
        f"{placed.get_type_display()} was asked of {owner.identity} as {sender.identity}.",
        connection=executor,
        actor=actor,
        subject=placed.reference,
    )
    command, _ = sending.carry_out(placed)
    return command


def may_report(command: Command) -> bool:
    """Whether staff carry it out themselves and still have to say what came of it."""
    return command.answered_by == AnsweredBy.STAFF and command.is_open


def may_take_back(command: Command) -> bool:
    """Whether it made a reservation at a CPO of ours that staff can take back."""
    return (
        command.answered_by == AnsweredBy.STAFF
        and command.type == CommandType.RESERVE_NOW
        and command.state == "succeeded"
        and not command.canceled
    )


def report(command: Command, result: str, text: str, actor: str) -> Command:
    """What came of a command that staff carried out."""
    document: dict[str, Any] = {"result": result}
    if text:
        document["message"] = [{"language": "en", "text": text}]
    row = services.happen(command.pk, Happened.RESULT, result, document=document)
    words = OWN_RESULTS.get(result, result)
    events.record("command.reported", f"Reported: {words}.", actor=actor, subject=command.reference)
    return row


def take_back(command: Command, actor: str) -> Command:
    """A reservation at a CPO of ours cannot be kept: its eMSP is told (X-026)."""
    row = services.happen(command.pk, Happened.RESULT, "CANCELED_RESERVATION")
    events.record(
        "command.canceled",
        "The reservation was taken back.",
        actor=actor,
        subject=command.reference,
    )
    return row
