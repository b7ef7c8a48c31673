"""The Receiver interfaces: what a CPO pushes to us (mod_locations, mod_tariffs)."""

from collections.abc import Mapping
from http import HTTPStatus

from ocpi import envelope
from ocpi.errors import MethodNotAllowed, NotFound
from simulator.accents import AccentSwitch
from simulator.messages import Request, Response
from simulator.receiving import Receiving, Target

DEFAULT_TYPE = "RFID"


class Receiver:
    """Answers for one module: `depth` is the number of ids that an object may have after its owner.

    `typed` objects have a type beside their id, as Tokens do.
    """

    def __init__(
        self,
        receiving: Receiving,
        accents: AccentSwitch,
        *,
        depth: int,
        methods: Mapping[str, tuple[str, ...]],
        typed: bool = False,
    ) -> None:
        self._receiving = receiving
        self._accents = accents
        self._depth = depth
        self._methods = methods
        self._typed = typed

    def answer(
        self, request: Request, version: str, ids: tuple[str, ...], *, older: bool = False
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint.

        `older` answers a GET with the state before the last change.
        """
        methods = self._methods[version]
        lacks_patch = self._accents.now.no_patch and request.method == "PATCH"
        if lacks_patch or request.method not in methods:
            raise MethodNotAllowed(f"Only {', '.join(methods)} are possible here.")
        if not 3 <= len(ids) <= 2 + self._depth:
            raise NotFound("Use {country_code}/{party_id}/{id}, for a part of a Location more.")
        kind = request.query.get("type", DEFAULT_TYPE) if self._typed else None
        target = Target(version, *ids)._replace(type=kind)
        if request.method == "GET":
            return Response(body=envelope.encode(self._receiving.get(target, older=older)))
        created = False
        if request.method == "DELETE":
            self._receiving.delete(target)
        elif request.method == "PUT":
            created = self._receiving.put(target, request.read_body())
        else:
            self._receiving.patch(target, request.read_body())
        status = HTTPStatus.CREATED if created else HTTPStatus.OK
        return Response(status=status, body=envelope.encode())
