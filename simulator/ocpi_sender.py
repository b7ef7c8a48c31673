"""The Sender interface: what others pull from us as CPO (OCPI 2.2.1, mod_locations)."""

import orjson

from ocpi import envelope
from ocpi.errors import MethodNotAllowed, NotFound
from ocpi.paging import PageRequest, next_link
from ocpi.urls import with_query
from simulator.accents import AccentSwitch
from simulator.documents import Document, find_connector, find_evse
from simulator.identity import Identity
from simulator.messages import Request, Response
from simulator.own_locations import OwnLocations

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


class Sender:
    """Answers GET of the list, and of a Location, an EVSE or a Connector."""

    def __init__(self, identity: Identity, locations: OwnLocations, accents: AccentSwitch) -> None:
        self._identity = identity
        self._locations = locations
        self._accents = accents

    def answer(self, request: Request, ids: tuple[str, ...]) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        if request.method != "GET":
            raise MethodNotAllowed("Only GET is possible here.")
        if not ids:
            return self._page(request)
        return Response(body=envelope.encode(self._object(ids)))

    def _page(self, request: Request) -> Response:
        page = PageRequest.from_query(
            request.query, default_limit=DEFAULT_LIMIT, max_limit=MAX_LIMIT
        )
        total, items = self._locations.page(page.date_from, page.date_to, page.offset, page.limit)
        headers = {"X-Total-Count": str(total), "X-Limit": str(page.limit)}
        if page.offset + len(items) < total and items:
            following = with_query(self._identity.sender_url, page.following().to_query())
            headers["Link"] = next_link(following)
        return Response(body=envelope.encode_list(self._spelled(items)), headers=headers)

    def _spelled(self, items: list[bytes]) -> list[bytes]:
        accent = self._accents.now
        if not accent.pushes_parts:
            return items
        parsed = [orjson.loads(item) for item in items]
        return [orjson.dumps(accent.spell(location, location["time_zone"])) for location in parsed]

    def _object(self, ids: tuple[str, ...]) -> object:
        found = self._location(ids[0]) if len(ids) <= 3 else None
        if found is not None and len(ids) > 1:
            found = find_evse(found, ids[1])
        if found is not None and len(ids) > 2:
            found = find_connector(found, ids[2])
        if found is None:
            raise NotFound("There is no such Location, EVSE or Connector.")
        return found

    def _location(self, location_id: str) -> Document | None:
        try:
            return self._locations.get(location_id)
        except ValueError:
            # Not an id that any Location can have.
            return None
