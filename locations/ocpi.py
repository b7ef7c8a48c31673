"""The locations module: its declaration, its endpoints, and how its objects are pushed.

OCPI 2.2.1, mod_locations. Sender: list and object at three levels. Receiver: GET, PUT and PATCH at three levels;
nothing is ever deleted, an EVSE that goes becomes REMOVED.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest

from exchange import egress, registry
from exchange.registry import Push, Received, Route, Source
from exchange.views import Answer, OCPIView
from locations import selectors, services
from locations.choices import Status
from locations.documents import find_connector
from locations.links import admin_url
from locations.models import Location
from locations.visibility import VISIBILITY
from ocpi import convert, envelope
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId, ci_key
from ocpi.paging import PageRequest, next_link
from ocpi.urls import with_query
from ocpi.versioned import CANONICAL, Kind, validate_document
from parties.choices import Role
from parties.models import Connection, Party

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
RECEIVING_ROLES = frozenset({Role.EMSP.value, Role.NSP.value, Role.NAP.value, Role.HUB.value})


class LocationView(OCPIView):
    """What the endpoints of both sides share: finding one level of a location's JSON."""

    def part(
        self, row: selectors.LocationRow, evse_uid: str | None, connector_id: str | None
    ) -> Answer:
        """A Location, or the EVSE or Connector of it that was asked for; HTTP 404 when there is none."""
        if evse_uid is None:
            return Answer(body=envelope.encode_object(row.to_version(self.version)))
        evse = self._evse(orjson.loads(row.to_json()), evse_uid)
        if connector_id is None:
            return self._answer("evse", evse)
        connector = find_connector(evse, connector_id)
        if connector is None:
            raise NotFound(f"There is no connector {connector_id} at this EVSE.")
        return self._answer("connector", connector)

    def _evse(self, location: dict[str, Any], evse_uid: str) -> dict[str, Any]:
        for evse in location.get("evses") or ():
            if evse["uid"].upper() == evse_uid.upper():
                return evse  # type: ignore[no-any-return]
        raise NotFound(f"There is no EVSE {evse_uid} at this location.")

    def _answer(self, kind: Kind, document: dict[str, Any]) -> Answer:
        try:
            return Answer(convert.from_canonical(self.version, kind, document).document)
        except convert.Refused as refused:
            raise NotFound(f"OCPI {self.version} cannot say this object: {refused}") from None


class SenderListView(OCPIView):
    """``GET {locations}``: what this partner may see, page by page, in order of creation."""

    def get(self, request: HttpRequest) -> Answer:
        connection = self.identified.connection
        page = PageRequest.from_query(request.GET, default_limit=DEFAULT_LIMIT, max_limit=MAX_LIMIT)
        found = selectors.visible_page(connection, self.version, page, _cursor(request))
        items = [row.to_version(self.version) for row in found.rows]
        headers = {"X-Total-Count": str(found.total), "X-Limit": str(MAX_LIMIT)}
        if found.last_id is not None:
            headers["Link"] = next_link(self._next(request, page, found.last_id))
        return Answer(body=envelope.encode_list(items), headers=headers)

    def _next(self, request: HttpRequest, page: PageRequest, last_id: int) -> str:
        query = {**page.following().to_query(), "after": str(last_id)}
        return with_query(f"{settings.BASE_URL}{request.path}", query)


def _cursor(request: HttpRequest) -> int | None:
    text = request.GET.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidParameters("after: follow the Link header instead of writing it yourself.")
    return int(text)


class SenderObjectView(LocationView):
    """``GET {locations}/{location_id}[/{evse_uid}[/{connector_id}]]``."""

    def get(
        self,
        request: HttpRequest,
        location_id: str,
        evse_uid: str | None = None,
        connector_id: str | None = None,
    ) -> Answer:
        self.reference = location_id
        connection = self.identified.connection
        found = selectors.visible_id(connection, self.version, ci_key(location_id))
        if found is None:
            raise NotFound(f"There is no location {location_id} here.")
        return self.part(selectors.by_ids([found])[0], evse_uid, connector_id)


class ReceiverView(LocationView):
    """``GET``, ``PUT``, ``PATCH`` on ``{locations}/{cc}/{party}/{location_id}[/{evse_uid}[/{connector_id}]]``."""

    def party(self, country_code: str, party_id: str, location_id: str) -> Party:
        owner = self.owner(country_code, party_id, Role.CPO)
        self.reference = f"{owner.identity}/{location_id}"
        return owner

    def get(
        self,
        request: HttpRequest,
        country_code: str,
        party_id: str,
        location_id: str,
        evse_uid: str | None = None,
        connector_id: str | None = None,
    ) -> Answer:
        owner = self.party(country_code, party_id, location_id)
        found = Location.objects.filter(owner=owner, location_key=ci_key(location_id))
        ids = list(found.values_list("pk", flat=True))
        if not ids:
            raise NotFound(f"There is no location {location_id} of {owner.identity} here.")
        return self.part(selectors.by_ids(ids)[0], evse_uid, connector_id)

    def put(
        self,
        request: HttpRequest,
        country_code: str,
        party_id: str,
        location_id: str,
        evse_uid: str | None = None,
        connector_id: str | None = None,
    ) -> Answer:
        owner = self.party(country_code, party_id, location_id)
        source = self.identified.connection
        if evse_uid is None:
            document = self._checked("location", "id", location_id)
            self._same_owner(document, owner.identity)
            created = services.put_location(owner, document, source=source)
        elif connector_id is None:
            document = self._checked("evse", "uid", evse_uid)
            created = services.put_evse(owner, location_id, document, source=source)
        else:
            document = self._checked("connector", "id", connector_id)
            created = services.put_connector(owner, location_id, evse_uid, document, source=source)
        return Answer(http_status=201 if created else 200)

    def patch(
        self,
        request: HttpRequest,
        country_code: str,
        party_id: str,
        location_id: str,
        evse_uid: str | None = None,
        connector_id: str | None = None,
    ) -> Answer:
        owner = self.party(country_code, party_id, location_id)
        patch, source = self.object_body(), self.identified.connection
        if evse_uid is None:
            self._same_owner(patch, owner.identity)
            services.patch_location(owner, location_id, patch, source=source)
        elif connector_id is None:
            services.patch_evse(owner, location_id, evse_uid, patch, source=source)
        else:
            services.patch_connector(
                owner, location_id, evse_uid, connector_id, patch, source=source
            )
        return Answer()

    def _checked(self, kind: Kind, name: str, expected: str) -> dict[str, Any]:
        """The body as a canonical document; 2001 with every fault, or when its id is another than the URL's."""
        document = validate_document(self.version, kind, self.object_body())
        if str(document[name]).upper() != expected.upper():
            raise InvalidParameters(
                f"{name}: {document[name]!r} differs from {expected!r} in the address."
            )
        if self.version == CANONICAL:
            return document
        return convert.to_canonical(self.version, kind, document).document

    def _same_owner(self, document: dict[str, Any], owner: PartyId) -> None:
        """Country code and party ID in the body equal those in the address (T-132)."""
        for name, expected in zip(("country_code", "party_id"), owner, strict=True):
            value = document.get(name, expected)
            if not isinstance(value, str) or value.upper() != expected:
                raise InvalidParameters(
                    f"{name}: {value!r} differs from {expected!r} in the address.",
                    problems=[Problem("differs_from_url", name, "differs from the address", value)],
                )


class LocationsOutbox:
    """How locations go out: an EVSE's status alone where that is all, else the whole Location."""

    visibility = VISIBILITY
    reference = (
        "(SELECT p.country_code || '*' || p.party_id FROM parties_party p WHERE p.id = o.owner_id)"
        " || '/' || o.location_id"
    )

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        found = selectors.by_ids([object_id])
        if not found:
            return None
        row = found[0]
        owner = Party.objects.get(pk=row.owner_id).identity
        routing = egress.routing(connection, owner, RECEIVING_ROLES)
        if not whole and len(changed) == 1 and changed[0].startswith("status:"):
            evse_uid = changed[0].removeprefix("status:")
            status = self._status_push(row, owner, evse_uid, routing)
            if status is not None:
                return status
        version = connection.version
        data = _withdrawn(row, version) if withdrawn else row.to_version(version)
        return Push("PUT", (*owner, row.location_id), data, True, row.version, routing)

    def _status_push(
        self, row: selectors.LocationRow, owner: PartyId, evse_uid: str, routing: RoutingHeaders
    ) -> Push | None:
        for evse in orjson.loads(row.to_json()).get("evses") or ():
            if evse["uid"].upper() == evse_uid.upper():
                data = {"status": evse["status"], "last_updated": evse["last_updated"]}
                segments = (*owner, row.location_id, evse["uid"])
                return Push("PATCH", segments, data, False, row.version, routing)
        return None


def _withdrawn(row: selectors.LocationRow, version: str) -> bytes:
    """A location that the partner may no longer show: nothing can be deleted in OCPI, so all is REMOVED.

    Whom it is open to is nobody's business any more. A version that knows no private locations is told of the
    removal alone.
    """
    document = orjson.loads(row.to_json())
    for evse in document.get("evses") or ():
        evse["status"] = Status.REMOVED
        evse["last_updated"] = document["last_updated"]
    document = {**document, "publish": True}
    document.pop("publish_allowed_to", None)
    said = dict(convert.from_canonical(version, "location", document).document)
    if "publish" in said:
        said["publish"] = False
    return orjson.dumps(said)


class LocationsInbox:
    """How locations come in by pull and from files."""

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def forget(
        self,
        owner_ids: Collection[int],
        seen: Collection[int],
        source: Source,
        *,
        before: datetime,
    ) -> int:
        return services.forget(owner_ids, seen, source, before=before)

    def held(self, owner_ids: Collection[int]) -> int:
        """How many objects of these owners are here and have not vanished."""
        return Location.objects.filter(owner__in=owner_ids, vanished_at=None).count()


_OBJECT = "<ci:location_id>"
_EVSE = f"{_OBJECT}/<ci:evse_uid>"
_CONNECTOR = f"{_EVSE}/<ci:connector_id>"
_OWNER = "<country_code:country_code>/<party_id:party_id>"

MODULE = registry.Module(
    identifier=services.MODULE,
    kind="location",
    label="Locations",
    sender=(
        Route("", SenderListView, "locations", "location", many=True),
        Route(_OBJECT, SenderObjectView, "location", "location"),
        Route(_EVSE, SenderObjectView, "location-evse", "evse"),
        Route(_CONNECTOR, SenderObjectView, "location-connector", "connector"),
    ),
    receiver=tuple(
        Route(f"{_OWNER}/{pattern}", ReceiverView, name, kind)
        for pattern, name, kind in (
            (_OBJECT, "location", "location"),
            (_EVSE, "location-evse", "evse"),
            (_CONNECTOR, "location-connector", "connector"),
        )
    ),
    sender_roles=frozenset({Role.CPO.value}),
    receiver_roles=RECEIVING_ROLES,
    outbox=LocationsOutbox(),
    inbox=LocationsInbox(),
    admin_url=admin_url,
    import_permission="locations.change_location",
)
