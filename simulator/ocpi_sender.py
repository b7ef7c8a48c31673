"""The Sender interfaces: what others pull from us as CPO (mod_locations, mod_tariffs)."""

from collections.abc import Callable, Collection

import orjson

from ocpi import envelope
from ocpi.convert import Beside, Refused, from_canonical
from ocpi.errors import InvalidParameters, MethodNotAllowed, NotFound
from ocpi.ids import PartyId
from ocpi.paging import PageRequest, next_link
from ocpi.urls import with_query
from ocpi.versioned import Kind
from simulator.accents import AccentSwitch
from simulator.documents import Document, find_connector, find_evse
from simulator.identity import Identity
from simulator.list_faults import SOUND, ListFault, thinned
from simulator.messages import Request, Response
from simulator.own_objects import OwnObjects, Selection
from simulator.tariffs import TARIFF_ZONE

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
PARTS: dict[int, Kind] = {2: "evse", 3: "connector"}


class Sender:
    """Answers GET of a module's list and, for Locations, of an object and its parts."""

    def __init__(
        self,
        identity: Identity,
        own: OwnObjects,
        accents: AccentSwitch,
        location_of: Callable[[Document], Document | None] = lambda document: None,
    ) -> None:
        """`location_of` finds the Location that a Session or CDR of OCPI 2.1.1 holds."""
        self._identity = identity
        self._own = own
        self._accents = accents
        self._location_of = location_of

    def answer(
        self,
        request: Request,
        version: str,
        ids: tuple[str, ...],
        to: PartyId | None,
        fault: ListFault = SOUND,
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint, `to` is who is asked.

        InvalidParameters (2001) when that is none of our parties.
        """
        if request.method != "GET":
            raise MethodNotAllowed("Only GET is possible here.")
        parties = self._asked(version, None if fault.ignores_to else to)
        if not ids:
            return self._page(request, version, parties, fault)
        return Response(body=envelope.encode(self._object(version, ids, parties)))

    def _asked(self, version: str, to: PartyId | None) -> tuple[PartyId, ...]:
        """The parties whose objects are wanted; without one that is named, all of them."""
        ours = self._identity.parties_at(version)
        if to is None:
            return ours
        if to not in ours:
            raise InvalidParameters(f"OCPI-to-party-id: {to} is not a party of this platform.")
        return (to,)

    def _page(
        self, request: Request, version: str, parties: tuple[PartyId, ...], fault: ListFault
    ) -> Response:
        asked = PageRequest.from_query(
            request.query, default_limit=DEFAULT_LIMIT, max_limit=MAX_LIMIT
        )
        selection = Selection(version, parties, asked.date_from, asked.date_to)
        total, offset, items = thinned(
            fault, asked.offset, asked.limit, lambda o, n: self._own.page(selection, o, n)
        )
        headers = {"X-Total-Count": str(total), "X-Limit": str(asked.limit)}
        if items and offset + asked.limit < total:
            url = self._identity.endpoint_url(version, "sender", self._own.module)
            headers["Link"] = next_link(with_query(url, asked.following().to_query()))
        said = (self._said(version, self._own.kind, item) for item in items)
        encoded = [self._spelled(item) for item in said if item is not None]
        return Response(body=envelope.encode_list(encoded), headers=headers)

    def _spelled(self, document: Document) -> bytes:
        accent = self._accents.now
        if accent.pushes_parts:
            document = accent.spell(document, document.get("time_zone") or TARIFF_ZONE)
        return orjson.dumps(document)

    def _object(self, version: str, ids: tuple[str, ...], parties: Collection[PartyId]) -> Document:
        found = self._find(ids, parties)
        kind = PARTS.get(len(ids), self._own.kind)
        said = None if found is None else self._said(version, kind, found)
        if said is None:
            raise NotFound("There is no such object.")
        return said

    def _find(self, ids: tuple[str, ...], parties: Collection[PartyId]) -> Document | None:
        # Tariffs are had as a list only (mod_tariffs, Sender Interface).
        found = None
        if self._own.kind == "location" and len(ids) <= 3:
            try:
                found = self._own.get(ids[0], parties)
            except ValueError:
                # Not an id that any Location can have.
                return None
        if found is not None and len(ids) > 1:
            found = find_evse(found, ids[1])
        if found is not None and len(ids) > 2:
            found = find_connector(found, ids[2])
        return found

    def _said(self, version: str, kind: Kind, document: Document) -> Document | None:
        """The object at a version, or None when it cannot be said there."""
        try:
            beside = Beside(location=self._location_of(document))
            return from_canonical(version, kind, document, beside=beside).document
        except Refused:
            return None
