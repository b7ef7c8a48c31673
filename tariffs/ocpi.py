"""The tariffs module: its declaration, its endpoints, and how its objects come in from lists.

OCPI 2.3.0, mod_tariffs. Sender: a list, and no address of single objects. Receiver: GET, PUT and DELETE, at
2.1.1 also PATCH.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from django.http import HttpRequest

from exchange import registry
from exchange.listing import ListView
from exchange.lists import PageIds
from exchange.places import Place
from exchange.pushes import PushView
from exchange.registry import Received, Route, Source
from exchange.views import Answer
from ocpi import convert, envelope
from ocpi.errors import NotFound
from ocpi.paging import PageRequest
from parties.choices import Role
from parties.models import Connection, Party
from tariffs import selectors, services
from tariffs.choices import RECEIVING_ROLES
from tariffs.links import admin_url
from tariffs.outbox import TariffsOutbox
from tariffs.receiver import TariffsReceiver


class SenderListView(ListView):
    """``GET {tariffs}``: what this partner may see, page by page, in order of creation."""

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, list[selectors.TariffRow]]:
        return selectors.visible_page(connection, self.version, page, after)

    def said(self, rows: Sequence[selectors.TariffRow]) -> Iterator[tuple[str, registry.Said]]:
        for row in rows:
            # Its validity ended a moment ago; until the next beat it is counted, and not shown.
            with suppress(convert.Refused):
                yield row.reference, row.said_in(self.version)


class ReceiverView(PushView):
    """``GET``, ``PUT``, ``DELETE`` (2.1.1: ``PATCH``) on ``{tariffs}/{cc}/{party}/{tariff_id}``."""

    receiver = TariffsReceiver()
    methods_by_version: ClassVar[Mapping[str, frozenset[str]]] = {"patch": frozenset({"2.1.1"})}

    def party(self, country_code: str, party_id: str, tariff_id: str) -> Party:
        owner = self.owner(country_code, party_id, Role.CPO)
        self.reference = f"{owner.identity}/{tariff_id}"
        return owner

    def get(self, request: HttpRequest, country_code: str, party_id: str, tariff_id: str) -> Answer:
        owner = self.party(country_code, party_id, tariff_id)
        found = selectors.held_id(owner, tariff_id)
        if found is None:
            raise NotFound(f"There is no tariff {tariff_id} of {owner.identity} here.")
        row = selectors.by_ids([found])[0]
        try:
            return Answer(body=envelope.encode_object(row.said_in(self.version).json))
        except convert.Refused as refused:
            raise NotFound(f"OCPI {self.version} cannot say this tariff: {refused}") from None

    def put(self, request: HttpRequest, country_code: str, party_id: str, tariff_id: str) -> Answer:
        owner = self.party(country_code, party_id, tariff_id)
        return self.take_put(owner, self._place("PUT", owner, tariff_id))

    def patch(
        self, request: HttpRequest, country_code: str, party_id: str, tariff_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, tariff_id)
        return self.take_patch(owner, self._place("PATCH", owner, tariff_id))

    def delete(
        self, request: HttpRequest, country_code: str, party_id: str, tariff_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, tariff_id)
        services.delete_tariff(owner, tariff_id, source=self.identified.connection)
        return Answer()

    def _place(self, method: str, owner: Party, tariff_id: str) -> Place:
        return Place("tariff", "id", owner.identity, (tariff_id,), method, self.version)


class TariffsInbox(registry.Inbox):
    """How tariffs come in by pull and from files.

    Of parties hosted here only what the same connection told us can vanish by its list. What came, changed or
    came back while the list was read need not be on it.
    """

    table = "tariffs_tariff"
    reference = TariffsOutbox.reference
    name = "''"
    changed = "o.last_updated"
    held = "(o.vanished_at IS NULL AND o.deleted_at IS NULL)"
    listable = (
        "o.vanished_at IS NULL AND o.deleted_at IS NULL AND o.since < %(before)s"
        " AND (NOT p.is_ours OR o.received_from_id = %(connection)s)"
    )
    details: Mapping[str, str] = {"currency": "o.currency"}

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return services.retire(ids, source)


MODULE = registry.Module(
    identifier=services.MODULE,
    kind="tariff",
    label="Tariffs",
    sender=(Route("", SenderListView, "tariffs", "tariff", many=True),),
    receiver=(
        Route(
            "<country_code:country_code>/<party_id:party_id>/<ci:tariff_id>",
            ReceiverView,
            "tariff",
            "tariff",
        ),
    ),
    sender_roles=frozenset({Role.CPO.value}),
    receiver_roles=RECEIVING_ROLES,
    outbox=TariffsOutbox(),
    inbox=TariffsInbox(),
    admin_url=admin_url,
    import_permission="tariffs.change_tariff",
    pushed=TariffsReceiver(),
    export=registry.Export(TariffsInbox.table, TariffsInbox.held, selectors.sayings),
)
