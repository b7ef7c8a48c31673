"""The chargingprofiles module: its declaration and its endpoints; it exists from OCPI 2.2.1 on.

OCPI 2.3.0, mod_charging_profiles. Receiver: GET, PUT and DELETE of the profile of a session, passed on to whoever
runs the CPO. Sender: the address that we give for the result of one request, and PUT of an active profile that
changed.
"""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest

from charging.commands import answering, checking, services
from charging.commands.checking import Declined
from charging.commands.choices import CommandModule, CommandType
from charging.commands.life import Happened
from charging.commands.links import admin_url
from charging.commands.ocpi import ResultView as CommandResultView
from charging.commands.services import Document, Order
from charging.models import Command, Session
from charging.profiles import asking
from charging.profiles import services as profiles
from charging.profiles.outbox import FollowersOutbox, ProfilesOutbox
from charging.profiles.visibility import MODULE, UPDATES
from exchange import registry
from exchange.registry import Route
from exchange.views import Answer, OCPIView
from ocpi import convert
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import ci_key
from ocpi.types import refused
from ocpi.urls import check_url
from ocpi.versioned import validate_document
from parties import services as parties
from parties.choices import Role
from parties.models import Agreement, Party

VERSIONS = ("2.2.1", "2.3.0")
ASKING_ROLES = (Role.EMSP.value, Role.SCSP.value)


class ReceiverView(OCPIView):
    """``GET``, ``PUT``, ``DELETE`` on ``{chargingprofiles}/{session_id}``: about a session that is under way."""

    atomic: ClassVar[bool] = False

    def get(self, request: HttpRequest, session_id: str) -> Answer:
        """Ask for the active profile of the next ``duration`` seconds."""
        url = self._asked_url(request, "duration", "response_url")
        text = request.GET["duration"]
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
            problem = Problem("not_seconds", "duration", "Should be a number of seconds", text)
            raise refused([problem])
        return self._order(session_id, CommandType.GET_PROFILE, {"duration": int(text)}, url)

    def put(self, request: HttpRequest, session_id: str) -> Answer:
        """Set a profile, or replace the one that was set."""
        body = validate_document(self.version, "set_charging_profile", self.object_body())
        url = checking.check_response_url(body, self.identified.connection)
        said = convert.to_canonical(self.version, "set_charging_profile", body).document
        profile = {"charging_profile": said["charging_profile"]}
        return self._order(session_id, CommandType.SET_PROFILE, profile, url)

    def delete(self, request: HttpRequest, session_id: str) -> Answer:
        """Take a profile away that was set."""
        url = self._asked_url(request, "response_url")
        return self._order(session_id, CommandType.CLEAR_PROFILE, {}, url)

    def _asked_url(self, request: HttpRequest, *needed: str) -> str:
        """The ``response_url`` of the query. Raises InvalidParameters (2001) for each parameter that is missing."""
        missing = [name for name in needed if not request.GET.get(name)]
        if missing:
            raise refused(
                [Problem("missing", name, "Query parameter required") for name in missing]
            )
        url = request.GET["response_url"]
        try:
            check_url(url)
        except ValueError as error:
            raise refused([Problem("not_a_url", "response_url", str(error), url)]) from None
        return checking.check_response_url({"response_url": url}, self.identified.connection)

    def _order(self, session_id: str, kind: CommandType, said: Document, url: str) -> Answer:
        connection = self.identified.connection
        self.reference = session_id[:160]
        document = {"session_id": session_id, **said}
        try:
            sender, owner = self._parties(session_id)
            self.reference = f"{owner.identity}/{session_id}"
            _check(session_id, owner, sender)
            self._check_often(session_id, owner)
        except Declined as no:
            response = {"result": no.result, "timeout": 0}
            return answering.encoded(response, self.version, no.status_code, "", asking.RESPONSE)
        executor, rule = asking.runner(owner, environment=connection.environment)
        order = Order(
            type=kind,
            owner=owner,
            sender=sender,
            document=document,
            module=CommandModule.CHARGING_PROFILES,
            requested_by=connection,
            executed_by=executor,
            answered_by=rule,
            response_url=url,
            correlation_id=self.ids.correlation_id,
            idempotent=True,
        )
        command, reply = asking.carry_out(services.place(order).command)
        self.reference = command.reference
        return answering.answer(command, reply, connection, self.version)

    def _check_often(self, session_id: str, owner: Party) -> None:
        """Raises Declined with TOO_OFTEN; how often partners' CPOs are asked is for them to judge (P-009)."""
        if owner.is_ours and profiles.too_often(owner, session_id, self.identified.connection):
            raise Declined("TOO_OFTEN", "Requests about this session come too often.")

    def _parties(self, session_id: str) -> tuple[Party, Party]:
        """Who asks, and the CPO that is asked: of the headers, the only ones, or those of the session.

        Raises Declined where there is no such session, InvalidParameters (2001) where it is not clear who asks.
        """
        asking_parties = self._asking()
        owner = self.receiving_party(Role.CPO)
        reachable = parties.reachable_parties(self.identified.connection).filter(role=Role.CPO)
        sessions = Session.objects.filter(
            session_key=ci_key(session_id), owner__in=[owner] if owner else reachable
        ).select_related("owner", "emsp")
        own = [found for found in sessions[:50] if found.emsp in asking_parties]
        if len(asking_parties) == 1:
            sender = asking_parties[0]
        elif len(own) == 1:
            sender = own[0].emsp
        else:
            raise InvalidParameters(
                "OCPI-from-party-id: must name the eMSP (or SCSP) of yours that asks."
            )
        if owner is None:
            found = own or list(sessions[:2])
            if len({one.owner_id for one in found}) != 1:
                raise Declined("UNKNOWN_SESSION", f"There is no session {session_id} here.")
            owner = found[0].owner
        return sender, owner

    def _asking(self) -> list[Party]:
        """The parties that the request may come from. Raises InvalidParameters (2001) when there is none."""
        caller = self.identified
        named = caller.routing.from_
        found = [
            party
            for identity, group in caller.spoken.items()
            if named is None or identity == named
            for party in group
            if party.role in ASKING_ROLES
        ]
        if not found:
            raise InvalidParameters(
                "OCPI-from-party-id: charging profiles are asked for by an eMSP or an SCSP."
            )
        # One company in both roles asks as eMSP, whose the sessions are.
        as_emsp = [party for party in found if party.role == Role.EMSP]
        return as_emsp if len({party.identity for party in found}) == 1 and as_emsp else found


def _check(session_id: str, owner: Party, sender: Party) -> None:
    """A session of ours must be known, and be of the eMSP that asks, or the SCSP must have agreed with us on it.

    Raises Declined with UNKNOWN_SESSION or REJECTED (P-010).
    """
    if sender.role != Role.SCSP:
        checking.check_session(session_id, owner, sender)
        return
    known = Session.objects.filter(owner=owner, session_key=ci_key(session_id)).exists()
    if not known and owner.is_ours:
        raise Declined("UNKNOWN_SESSION", f"There is no session {session_id} of {owner.identity}.")
    agreed = Agreement.objects.filter(ours=owner, theirs=sender, ended_at=None).exists()
    if owner.is_ours and not agreed:
        raise Declined("REJECTED", f"{owner.identity} has no agreement with {sender.identity}.")


class ResultView(CommandResultView):
    """``POST {chargingprofiles}/{type}/{public_id}``: what came of a request that we passed on."""

    def post(self, request: HttpRequest, command: str, public_id: str) -> Answer:
        row = self.found(command, public_id)
        self.reference = row.reference
        said = validate_document(self.version, asking.RESULTS[row.type], self.object_body())
        result = convert.to_canonical(self.version, asking.RESULTS[row.type], said).document
        services.happen(row.pk, Happened.RESULT, str(result["result"]), document=result)
        if result.get("profile"):
            _keep(row, result["profile"])
        return Answer()


def _keep(row: Command, profile: Document) -> None:
    session_id = str(row.document["session_id"])
    profiles.keep(row.owner, session_id, profile, source=row.executed_by, command=row)


class ActiveProfileView(OCPIView):
    """``PUT {chargingprofiles}/{session_id}`` on the sending side: a CPO tells that the active profile changed."""

    def put(self, request: HttpRequest, session_id: str) -> Answer:
        owner = self.sending_party(Role.CPO)
        self.reference = f"{owner.identity}/{session_id}"
        key = ci_key(session_id)
        known = Session.objects.filter(owner=owner, session_key=key).exists()
        if not known and not Command.objects.filter(owner=owner, session_key=key).exists():
            raise NotFound(f"There is no session {session_id} of {owner.identity} here.")
        said = validate_document(self.version, "active_charging_profile", self.object_body())
        document = convert.to_canonical(self.version, "active_charging_profile", said).document
        profiles.tell(owner, session_id, document, source=self.identified.connection)
        return Answer()


DECLARATION = registry.Module(
    identifier=MODULE,
    kind="charging_profile_response",
    label="Charging profiles",
    sender=(
        Route("<ci:session_id>", ActiveProfileView, "active_profile", "active_charging_profile"),
        Route(
            "<ci:command>/<ci:public_id>",
            ResultView,
            "profile_result",
            "active_charging_profile_result",
        ),
    ),
    receiver=(
        Route(
            "<ci:session_id>",
            ReceiverView,
            "charging_profile",
            "charging_profile_response",
            query={
                "duration": "With GET: length of the active profile, in seconds.",
                "response_url": "With GET and DELETE: where the result is to be sent.",
            },
        ),
    ),
    sender_roles=frozenset(ASKING_ROLES),
    receiver_roles=frozenset({Role.CPO.value}),
    versions=VERSIONS,
    outbox=ProfilesOutbox(),
    admin_url=admin_url,
)
TOLD = registry.Module(
    identifier=UPDATES,
    kind="active_charging_profile",
    label="Changes of charging profiles",
    versions=VERSIONS,
    outbox=FollowersOutbox(),
)
