"""The locations module: its declaration, its endpoints, and how its objects are pushed.

OCPI 2.2.1, mod_locations. Sender: list and object at three levels. Receiver: GET, PUT and PATCH at three levels;
nothing is ever deleted, an EVSE that goes becomes REMOVED.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpRequest

from exchange import fetched, lists, registry
from exchange.places import Place
from exchange.pushes import PushView
from exchange.quality import losses
from exchange.registry import Received, Route, Source
from exchange.views import Answer, OCPIView
from locations import renditions, selectors, services
from locations.choices import RECEIVING_ROLES
from locations.documents import find_connector
from locations.links import admin_url
from locations.models import Location
from locations.outbox import LocationsOutbox
from locations.quality import findings
from locations.receiver import LocationsReceiver
from ocpi import convert, envelope
from ocpi.errors import NotFound
from ocpi.ids import ci_key
from parties.choices import Role
from parties.models import Party


class LocationView(OCPIView):
    """What the endpoints of both sides share: finding one level of a location's JSON."""

    def part(self, found: int, evse_uid: str | None, connector_id: str | None) -> Answer:
        """A Location, or the EVSE or Connector of it that was asked for; HTTP 404 when there is none."""
        try:
            if evse_uid is None:
                said = renditions.read_one(found, self.version, unlisted=self.unlisted)
                return Answer(body=envelope.encode_object(said.json))
            return self._answer(found, evse_uid, connector_id)
        except convert.Refused as refused:
            raise NotFound(f"This object cannot be given out: {refused}.") from None

    def _answer(self, found: int, evse_uid: str, connector_id: str | None) -> Answer:
        location = orjson.loads(selectors.by_ids([found])[0].to_json())
        # A location that the version cannot say has no parts that it could say either.
        if convert.fit(self.version, "location", location) is convert.Fit.REFUSED:
            convert.from_canonical(self.version, "location", location)
        evse = self._evse(location, evse_uid)
        if connector_id is None:
            return self._said("evse", evse)
        connector = find_connector(evse, connector_id)
        if connector is None:
            raise NotFound(f"There is no connector {connector_id} at this EVSE.")
        return self._said("connector", connector)

    def _said(self, kind: str, document: dict[str, Any]) -> Answer:
        said = convert.from_canonical(self.version, kind, document, unlisted=self.unlisted)
        return Answer(said.document)

    @property
    def unlisted(self) -> bool:
        """Whether the caller takes values that its version does not list."""
        return self.identified.connection.dialect.unlisted_values

    def _evse(self, location: dict[str, Any], evse_uid: str) -> dict[str, Any]:
        for evse in location.get("evses") or ():
            if evse["uid"].upper() == evse_uid.upper():
                return evse  # type: ignore[no-any-return]
        raise NotFound(f"There is no EVSE {evse_uid} at this location.")


class SenderListView(OCPIView):
    """``GET {locations}``: what this partner may see, page by page, in order of creation."""

    def get(self, request: HttpRequest) -> Answer:
        connection, page = self.identified.connection, lists.requested(request)
        found = selectors.visible_page(connection, self.version, page, lists.cursor_of(request))
        unlisted = connection.dialect.unlisted_values
        said = renditions.read(found.ids, self.version, unlisted=unlisted)
        losses.count_many(
            connection, self.module, self.version, ((each.reference, each.losses) for each in said)
        )
        fetched.note(connection, self.module, found.ids)
        return lists.answer(request, page, found, [each.json for each in said])


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
        answer = self.part(found, evse_uid, connector_id)
        if evse_uid is None:
            fetched.note(connection, self.module, [found])
        return answer


class ReceiverView(LocationView, PushView):
    """``GET``, ``PUT``, ``PATCH`` on ``{locations}/{cc}/{party}/{location_id}[/{evse_uid}[/{connector_id}]]``."""

    receiver = LocationsReceiver()

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
        return self.part(ids[0], evse_uid, connector_id)

    def put(
        self, request: HttpRequest, country_code: str, party_id: str, location_id: str, **parts: str
    ) -> Answer:
        owner = self.party(country_code, party_id, location_id)
        return self.take_put(owner, self._place("PUT", owner, location_id, parts))

    def patch(
        self, request: HttpRequest, country_code: str, party_id: str, location_id: str, **parts: str
    ) -> Answer:
        owner = self.party(country_code, party_id, location_id)
        return self.take_patch(owner, self._place("PATCH", owner, location_id, parts))

    def party(self, country_code: str, party_id: str, location_id: str) -> Party:
        owner = self.owner(country_code, party_id, Role.CPO)
        self.reference = f"{owner.identity}/{location_id}"
        return owner

    def _place(self, method: str, owner: Party, location_id: str, parts: dict[str, str]) -> Place:
        kind, name = _LEVELS[len(parts)]
        ids = (location_id, *parts.values())
        return Place(kind, name, owner.identity, ids, method, self.version)


_LEVELS = (("location", "id"), ("evse", "uid"), ("connector", "id"))
"""Kind and identifier of what lies at each depth of a location."""


class LocationsInbox(registry.Inbox):
    """How locations come in by pull and from files.

    Of parties hosted here only what the same connection told us can vanish by its list: the rest comes from
    files and from staff, and is not the connection's to list.
    """

    table = "locations_location"
    reference = LocationsOutbox.reference
    name = "COALESCE(NULLIF(o.name, ''), o.address)"
    changed = "o.last_updated"
    held = "o.vanished_at IS NULL"
    listable = (
        "o.vanished_at IS NULL AND o.created_at < %(before)s"
        " AND (NOT p.is_ours OR o.received_from_id = %(connection)s)"
    )
    details: Mapping[str, str] = {
        "EVSEs": "(SELECT count(*) FROM locations_evse e WHERE e.location_id = o.id)",
    }

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return services.retire(ids, source)


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
    pushed=LocationsReceiver(),
    findings=findings,
    export=registry.Export(LocationsInbox.table, LocationsInbox.held, renditions.sayings),
)
