"""The sessions module: its declaration, its endpoints, and how its objects come in from lists.

OCPI 2.3.0, mod_sessions. Sender: a list, from a date on, and charging preferences. Receiver: GET, PUT and PATCH of a
whole session; nothing is deleted, and parts have no addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from django.http import HttpRequest

from charging.choices import RECEIVING_ROLES
from charging.sessions import places, selectors, services
from charging.sessions.links import admin_url
from charging.sessions.outbox import SessionsOutbox
from charging.sessions.preferences.ocpi import PreferencesView
from charging.sessions.receiver import SessionsReceiver
from exchange import registry
from exchange.listing import ListView
from exchange.lists import PageIds
from exchange.places import Place
from exchange.pushes import PushView
from exchange.registry import Received, Route, Source
from exchange.views import Answer
from ocpi import convert, envelope
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.paging import PageRequest
from parties.choices import Role
from parties.models import Connection, Party


class SenderListView(ListView):
    """``GET {sessions}?date_from=…``: what concerns this partner, page by page, in order of creation."""

    def check(self, page: PageRequest) -> None:
        if page.date_from is None:
            problem = Problem("missing", "date_from", "Required for sessions")
            raise InvalidParameters("date_from: Required for sessions", problems=[problem])

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, list[selectors.SessionRow]]:
        return selectors.visible_page(connection, self.version, page, after)

    def said(self, rows: Sequence[selectors.SessionRow]) -> Iterator[tuple[str, registry.Said]]:
        for row, location in places.with_locations(rows, self.version):
            with suppress(convert.Refused):
                yield row.reference, row.said_in(self.version, location)


class ReceiverView(PushView):
    """``GET``, ``PUT``, ``PATCH`` on ``{sessions}/{cc}/{party}/{session_id}``."""

    receiver = SessionsReceiver()

    def party(self, country_code: str, party_id: str, session_id: str) -> Party:
        owner = self.owner(country_code, party_id, Role.CPO)
        self.reference = f"{owner.identity}/{session_id}"
        return owner

    def get(
        self, request: HttpRequest, country_code: str, party_id: str, session_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, session_id)
        row = selectors.held(owner, session_id)
        if row is None:
            raise NotFound(f"There is no session {session_id} of {owner.identity} here.")
        try:
            _, location = next(places.with_locations([row], self.version))
            return Answer(body=envelope.encode_object(row.said_in(self.version, location).json))
        except convert.Refused as refused:
            raise NotFound(f"OCPI {self.version} cannot say this session: {refused}") from None

    def put(
        self, request: HttpRequest, country_code: str, party_id: str, session_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, session_id)
        return self.take_put(owner, self._place("PUT", owner, session_id))

    def patch(
        self, request: HttpRequest, country_code: str, party_id: str, session_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, session_id)
        return self.take_patch(owner, self._place("PATCH", owner, session_id))

    def _place(self, method: str, owner: Party, session_id: str) -> Place:
        return Place("session", "id", owner.identity, (session_id,), method, self.version)


class SessionsInbox(registry.Inbox):
    """How sessions come in by pull and from files. A list of them is never complete, so that none can vanish."""

    table = "charging_session"
    reference = SessionsOutbox.reference
    name = "''"
    changed = "o.last_updated"
    held = "TRUE"
    listable = "FALSE"
    details: Mapping[str, str] = {"status": "o.status"}
    reach = timedelta(days=90)

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return 0


MODULE = registry.Module(
    identifier=services.MODULE,
    kind="session",
    label="Sessions",
    sender=(
        Route("", SenderListView, "sessions", "session", many=True),
        Route(
            "<ci:session_id>/charging_preferences",
            PreferencesView,
            "charging-preferences",
            "charging_preferences",
        ),
    ),
    receiver=(
        Route(
            "<country_code:country_code>/<party_id:party_id>/<ci:session_id>",
            ReceiverView,
            "session",
            "session",
        ),
    ),
    sender_roles=frozenset({Role.CPO.value}),
    receiver_roles=RECEIVING_ROLES,
    outbox=SessionsOutbox(),
    inbox=SessionsInbox(),
    admin_url=admin_url,
    import_permission="charging.change_session",
    pushed=SessionsReceiver(),
    export=registry.Export(SessionsInbox.table, SessionsInbox.held, selectors.sayings),
)
