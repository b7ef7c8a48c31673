"""The commands module: its declaration and its endpoints.

OCPI 2.3.0, mod_commands. Receiver: ``POST {commands}/{COMMAND}``, passed on to whoever runs the CPO. Sender: the
address that we give for the result of one command, ``POST {commands}/{COMMAND}/{public_id}``.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest

from charging.commands import answering, checking, sending, services
from charging.commands.checking import Declined
from charging.commands.choices import AnsweredBy, CommandType
from charging.commands.life import ACCEPTED, Happened
from charging.commands.links import admin_url
from charging.commands.outbox import CommandsOutbox
from charging.commands.sending import KINDS, MODULE, Reply, declined
from charging.commands.services import Document, Order
from charging.models import Command
from exchange import registry
from exchange.registry import Route
from exchange.views import Answer, OCPIView
from ocpi import convert
from ocpi.errors import InvalidParameters, NotFound, UnknownReceiver
from ocpi.ids import PartyId, ci_key
from ocpi.versioned import TYPES, validate_document
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party

_POLL_SECONDS = 0.1


class ReceiverView(OCPIView):
    """``POST {commands}/{COMMAND}``: a partner's eMSP, or our back office, wants something done."""

    atomic: ClassVar[bool] = False

    def post(self, request: HttpRequest, command: str) -> Answer:
        self.reference = command[:36]
        kind = KINDS.get(command.upper())
        # CommandType is open in 2.3.0, and 2.1.1 cannot cancel reservations: no error, only not supported.
        if kind is None or kind not in TYPES[self.version]:
            return self._declined(Declined("NOT_SUPPORTED", f"{command[:40]} is not supported."))
        connection = self.identified.connection
        body = validate_document(self.version, kind, self.object_body())
        url = checking.check_response_url(body, connection)
        sender = self._sender(body)
        document = self._canonical(kind, body, sender.identity)
        checking.check_token(document, sender)
        try:
            owner = self._owner(command.upper(), document, sender)
        except Declined as said:
            return self._declined(said)
        executor, rule = sending.runner(owner, MODULE, environment=connection.environment)
        order = Order(
            type=command.upper(),
            owner=owner,
            sender=sender,
            document=document,
            requested_by=connection,
            executed_by=executor,
            answered_by=rule,
            response_url=url,
            correlation_id=self.ids.correlation_id,
        )
        return self._ordered(order)

    def _ordered(self, order: Order) -> Answer:
        connection = self.identified.connection
        refusal: Declined | None = None
        try:
            order = _checked(order, self.version)
        except Declined as said:
            refusal = said
            order = _unsent(order)
        placed = services.place(order)
        self.reference = placed.command.reference
        if placed.again:
            return answering.again(_answered(placed.command), connection, self.version)
        if refusal is not None:
            reply = declined(refusal.result, refusal.sentence, refusal.status_code)
            command = sending.settled(placed.command, reply)
        elif _is_unknown_reservation(placed.command):
            command, reply = _unknown_reservation(placed.command)
        else:
            command, reply = sending.carry_out(placed.command)
        return answering.answer(command, reply, connection, self.version)

    def _declined(self, said: Declined) -> Answer:
        reply = declined(said.result, said.sentence, said.status_code)
        return answering.encoded(
            reply.document or {}, self.version, said.status_code, said.sentence
        )

    def _canonical(self, kind: str, body: Document, sender: PartyId) -> Document:
        try:
            return convert.to_canonical(self.version, kind, body, owner=sender).document
        except convert.Refused as refused:
            raise InvalidParameters(str(refused)) from None

    def _sender(self, body: Document) -> Party:
        """The eMSP that asks: of the headers, the only one, or the one whose token it is."""
        token = body.get("token") or {}
        if self.identified.routing.from_ is None and token.get("party_id"):
            identity = PartyId.of(token["country_code"], token["party_id"])
            for party in self.identified.spoken.get(identity, []):
                if party.role == Role.EMSP:
                    return party
        return self.sending_party(Role.EMSP)

    def _owner(self, kind: str, document: Document, sender: Party) -> Party:
        """The CPO that is asked: of the headers, the only one, or the one that the content is about."""
        found = self.receiving_party(Role.CPO)
        if found is not None:
            return found
        reachable = parties.reachable_parties(self.identified.connection).filter(role=Role.CPO)
        owner = checking.owner_of(list(reachable), sender, kind, document)
        if owner is not None:
            return owner
        if not reachable:
            raise UnknownReceiver("No CPO can be reached here.")
        if kind == CommandType.STOP_SESSION:
            raise Declined("UNKNOWN_SESSION", f"There is no session {document['session_id']}.")
        if kind == CommandType.CANCEL_RESERVATION:
            raise Declined("REJECTED", f"There is no reservation {document['reservation_id']}.")
        raise checking.unknown_location(
            f"location_id: {document['location_id']} is not known here."
        )


def _checked(order: Order, version: str) -> Order:
    document = checking.check(order.type, order.document, order.owner, order.sender, version)
    return order if document is order.document else _with(order, document=document)


def _unsent(order: Order) -> Order:
    return _with(order, executed_by=None, answered_by=AnsweredBy.PORTAL.value)


def _with(order: Order, **changes: Any) -> Order:
    return Order(**{**order.__dict__, **changes})


def _is_unknown_reservation(command: Command) -> bool:
    """Whether a reservation is to be canceled that nobody made through us: its number is not known anywhere."""
    return command.type == CommandType.CANCEL_RESERVATION and command.reservation_id is None


def _unknown_reservation(command: Command) -> tuple[Command, Reply]:
    """A direct answer has no word for it, a result has (X-025): accepted, and failed at once."""
    reply = Reply(
        Happened.ANSWERED, ACCEPTED, {"result": ACCEPTED, "timeout": settings.COMMAND_LEAST_SECONDS}
    )
    sending.settled(command, reply)
    note = "No such reservation was ever made here, so that nobody was asked."
    result = {"result": "UNKNOWN_RESERVATION"}
    row = services.happen(command.pk, Happened.RESULT, result["result"], document=result, note=note)
    return row, reply


def _answered(command: Command) -> Command:
    """A command that another request of the same content is asking about: its answer, once it is there."""
    until = time.monotonic() + settings.COMMAND_SECONDS
    while time.monotonic() < until and not (command.told_response or not command.is_open):
        time.sleep(_POLL_SECONDS)
        command.refresh_from_db()
    return command


class ResultView(OCPIView):
    """``POST {commands}/{COMMAND}/{public_id}``: what came of a command that we passed on.

    Only the connection that carries it out may say so; to everybody else there is no such address.
    """

    kind: ClassVar[Any] = "command_result"

    def _check_version(self, connection: Connection) -> None:
        """The address was given in the version of then; it stays good when another one was agreed on since."""

    def post(self, request: HttpRequest, command: str, public_id: str) -> Answer:
        row = self.found(command, public_id)
        self.reference = row.reference
        result = self.result()
        services.happen(
            row.pk, Happened.RESULT, str(result["result"]), document=result, note=_odd(row)
        )
        return Answer()

    def found(self, command: str, public_id: str) -> Command:
        """The command of this address. Raises NotFound."""
        row = (
            Command.objects.filter(
                public_id=public_id,
                module=self.module,
                executed_by=self.identified.connection,
            )
            .select_related("owner", "sender")
            .first()
        )
        if row is None or ci_key(command) != row.type:
            raise NotFound("There is no such address here, or it is not for this connection.")
        return row

    def result(self) -> Document:
        """The body as canonical. Raises InvalidParameters (2001)."""
        said = validate_document(self.version, self.kind, self.object_body())
        try:
            return convert.to_canonical(self.version, self.kind, said).document
        except convert.Refused as refused:
            raise InvalidParameters(str(refused)) from None


def _odd(row: Command) -> str:
    """A sentence for staff about a result that nobody expected any more."""
    if row.state in ("refused", "unreachable"):
        return "A result came although the command was not accepted."
    return ""


DECLARATION = registry.Module(
    identifier=MODULE,
    kind="command",
    label="Commands",
    sender=(Route("<ci:command>/<ci:public_id>", ResultView, "command_result", "command_result"),),
    receiver=(Route("<ci:command>", ReceiverView, "command", "command_response"),),
    sender_roles=frozenset({Role.EMSP.value}),
    receiver_roles=frozenset({Role.CPO.value}),
    outbox=CommandsOutbox(),
    admin_url=admin_url,
)
