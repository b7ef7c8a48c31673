"""Requests about charges to the partner: converted to the version agreed on, the answer looked at."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ocpi.client import OCPIResponse
from ocpi.convert import Beside, Refused, from_canonical
from ocpi.errors import OCPIError
from ocpi.ids import PartyId
from ocpi.versioned import Kind, validate_document
from ocpi.versions import InterfaceRole, Role
from simulator.conduct import Conduct
from simulator.documents import Document
from simulator.identity import Identity
from simulator.outgoing import Outgoing
from simulator.registration import Partner, Registration
from simulator.violations import Violations


class AwayError(Exception):
    """There is nobody to ask, or no endpoint; the message says which."""


class Line(NamedTuple):
    """To whom a request goes: the partner, the URL of an endpoint, and whose party is asked.

    `role` is that of the partner's party, where `to` does not name it.
    """

    partner: Partner
    url: str
    sender: PartyId
    role: Role
    to: PartyId | None = None


class Lines:
    """Finds the way to the partner and sends."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        outgoing: Outgoing,
        conduct: Conduct,
        violations: Violations,
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._outgoing = outgoing
        self._conduct = conduct
        self._violations = violations

    @property
    def version(self) -> str | None:
        """The version agreed on with the partner, if there is one."""
        partner = self._registration.partner
        return partner.version if partner else None

    def find(
        self,
        module: str,
        side: InterfaceRole,
        sender: PartyId,
        to: PartyId | None = None,
    ) -> Line:
        """The endpoint of a module; AwayError without one."""
        partner = self._registration.partner
        if partner is None:
            raise AwayError("Not registered.")
        url = partner.endpoint(module, side)
        if url is None:
            raise AwayError(f"The partner has no {side} endpoint for {module}.")
        return Line(partner, url, sender, self._their_role(partner, module, side), to)

    def callback(self, url: str, sender: PartyId, to: PartyId | None, role: Role) -> Line:
        """An address that the partner gave; AwayError when it is not registered any more."""
        partner = self._registration.partner
        if partner is None:
            raise AwayError("Not registered.")
        return Line(partner, url, sender, role, to)

    def send(
        self,
        line: Line,
        method: str,
        url: str,
        data: Any = None,
        *,
        params: dict[str, str] | None = None,
        correlation_id: str | None = None,
    ) -> OCPIResponse:
        """Send one request; never raises for what the partner or the network does."""
        client = self._outgoing.to_partner(line.partner, line.role, line.sender, line.to)
        return client.request(method, url, data=data, params=params, correlation_id=correlation_id)

    def said(
        self, line: Line, kind: Kind, document: Document, location: Document | None = None
    ) -> Document:
        """A canonical document as this partner gets it; Refused when its version cannot say it."""
        beside = Beside(location=location)
        return from_canonical(line.partner.version, kind, document, beside=beside).document

    def read(self, line: Line, kind: Kind, response: OCPIResponse) -> Document | None:
        """The data of an answer at the partner's version; what is wrong is counted. None without."""
        data = response.envelope.data if response.envelope is not None else None
        where = f"answer to {response.url}"
        try:
            if not isinstance(data, dict):
                return None
            document = validate_document(line.partner.version, kind, data)
        except OCPIError as error:
            self._violations.add("invalid_answer", f"{where}: {error.message}")
            return None
        self._conduct.of_object(line.partner.version, kind, document, where)
        return document

    @staticmethod
    def _their_role(partner: Partner, module: str, side: InterfaceRole) -> Role:
        owns = Role.EMSP if module in ("tokens", "commands", "chargingprofiles") else Role.CPO
        if side is InterfaceRole.SENDER:
            return owns
        return Role.CPO if owns is Role.EMSP else Role.EMSP


def quietly(work: Callable[[], OCPIResponse]) -> OCPIResponse | None:
    """The answer, or None where there is nobody to ask or no way to say it."""
    try:
        return work()
    except (AwayError, Refused):
        return None
