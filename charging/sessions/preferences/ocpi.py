"""The endpoint: ``PUT {sessions}/{session_id}/charging_preferences`` (OCPI 2.2.1, mod_sessions, Sender interface)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpRequest

from charging.models import Session
from charging.sessions import selectors
from charging.sessions.preferences import services
from exchange.views import Answer, OCPIView
from ocpi import convert
from ocpi.errors import InvalidParameters, NotFound
from ocpi.versioned import validate_document
from ocpi.versions import SUPPORTED, WITHOUT_ROUTING
from parties.choices import Role


class PreferencesView(OCPIView):
    """What the driver of a session wants of it; the CPO's answer, a ChargingPreferencesResponse.

    A partner says it of its own drivers at our CPOs, our back office of its drivers anywhere.
    """

    atomic: ClassVar[bool] = False
    methods_by_version: ClassVar[Mapping[str, frozenset[str]]] = {
        "put": frozenset(SUPPORTED) - WITHOUT_ROUTING
    }

    def put(self, request: HttpRequest, session_id: str) -> Answer:
        session = self._session(session_id)
        self.reference = session.reference
        said = validate_document(self.version, "charging_preferences", self.object_body())
        preferences = convert.to_canonical(self.version, "charging_preferences", said).document
        answer = services.prefer(
            session,
            preferences,
            caller=self.identified.connection,
            correlation_id=self.ids.correlation_id,
        )
        return Answer(data=answer)

    def _session(self, session_id: str) -> Session:
        """The session of that id that the caller sees; the CPO's header says whose, where there are several."""
        owner = self.receiving_party(Role.CPO)
        found = selectors.visible(self.identified.connection, self.version, session_id, owner)
        if len(found) > 1:
            owners = " and ".join(str(session.owner.identity) for session in found)
            raise InvalidParameters(f"OCPI-to-party-id: {owners} have a session {session_id}.")
        if not found:
            raise NotFound(f"There is no session {session_id} here that concerns you.")
        return found[0]
