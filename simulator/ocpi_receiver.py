"""The Receiver interface of Locations: what a CPO pushes to us (OCPI 2.2.1, mod_locations)."""

from http import HTTPStatus

from ocpi import envelope, json
from ocpi.errors import MethodNotAllowed, NotFound
from simulator.accents import AccentSwitch
from simulator.messages import Request, Response
from simulator.receiving import Receiving, Target


class Receiver:
    """Answers GET, PUT and PATCH of a Location, an EVSE or a Connector."""

    def __init__(self, receiving: Receiving, accents: AccentSwitch) -> None:
        self._receiving = receiving
        self._accents = accents

    def answer(self, request: Request, ids: tuple[str, ...]) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        lacks_patch = self._accents.now.no_patch and request.method == "PATCH"
        if lacks_patch or request.method not in ("GET", "PUT", "PATCH"):
            raise MethodNotAllowed("Only GET, PUT and PATCH are possible here.")
        if not 3 <= len(ids) <= 5:
            raise NotFound("Use {country_code}/{party_id}/{location_id}[/{evse_uid}[/{id}]].")
        target = Target(*ids)
        if request.method == "GET":
            return Response(body=envelope.encode(self._receiving.get(target)))
        body = json.loads(request.read_body())
        created = False
        if request.method == "PUT":
            created = self._receiving.put(target, body)
        else:
            self._receiving.patch(target, body)
        status = HTTPStatus.CREATED if created else HTTPStatus.OK
        return Response(status=status, body=envelope.encode())
