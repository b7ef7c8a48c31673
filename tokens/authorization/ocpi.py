"""The endpoint: ``POST {tokens}/{token_uid}/authorize[?type=…]`` (OCPI 2.3.0, mod_tokens, Sender interface)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest

from exchange.places import typed
from exchange.views import Answer, OCPIView
from ocpi import convert, envelope
from ocpi.errors import InvalidParameters
from ocpi.json import dumps
from ocpi.versioned import validate_document
from parties.choices import Role
from parties.models import Party
from tokens.authorization import services
from tokens.authorization.questions import Document, Outcome, Question
from tokens.choices import TokenType

TYPE_LENGTH = 255


class AuthorizeView(OCPIView):
    """May this card charge, at this location?

    A partner asks about the tokens of our eMSPs; our back office, to which the portal is a hub, about everybody's.
    """

    atomic: ClassVar[bool] = False
    decided: tuple[Question, Outcome] | None = None

    def post(self, request: HttpRequest, token_uid: str) -> Answer:
        self.reference = token_uid
        question = Question(
            uid=token_uid,
            type=self._type(request),
            location=self._location(request),
            connection=self.identified.connection,
            cpos=self._cpos(),
            receiver=self.receiving_party(Role.EMSP),
            version=self.version,
            correlation_id=self.ids.correlation_id,
        )
        outcome = services.decide(question)
        self.decided, verdict = (question, outcome), outcome.verdict
        if verdict.owner is not None:
            self.reference = f"{verdict.owner.identity}/{token_uid}{typed(question.type)}"
        if verdict.error is not None:
            raise verdict.error
        info = services.info_of(question, verdict)
        said = convert.from_canonical(self.version, "authorization_info", info).document
        return Answer(body=envelope.encode_object(dumps(said)))

    def _log(self, *arguments: Any) -> None:
        """The decision is kept with the exchange: one commit while somebody waits, instead of three."""
        with transaction.atomic():
            if self.decided is not None:
                services.keep(*self.decided)
            super()._log(*arguments)

    def _type(self, request: HttpRequest) -> str:
        """2.1.1 calls it ``token_type`` in its table and ``type`` in its address."""
        names = ("type", "token_type") if self.version == "2.1.1" else ("type",)
        given = next((request.GET[name] for name in names if request.GET.get(name)), "")
        if len(given) > TYPE_LENGTH or not given.isascii():
            raise InvalidParameters(f"type: {given[:40]!r} is no type of a token.")
        known = given.upper() in TokenType.values
        return (given.upper() if known else given) or TokenType.RFID.value

    def _location(self, request: HttpRequest) -> Document | None:
        """The LocationReferences, which may be left out."""
        if not request.body.strip() or self.body() is None:
            return None
        said = validate_document(self.version, "location_references", self.object_body())
        return convert.to_canonical(self.version, "location_references", said).document

    def _cpos(self) -> tuple[Party, ...]:
        """The CPOs that it can be asked for: the one of the routing headers, or all that the caller speaks for."""
        caller = self.identified
        if caller.routing.from_ is not None:
            return (self.sending_party(Role.CPO),)
        spoken = [party for group in caller.spoken.values() for party in group]
        return tuple(party for party in spoken if party.role == Role.CPO)
