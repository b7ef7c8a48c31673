"""The invoice reconciliation module: its declaration, its endpoints, and how records come in from lists.

OCPI 2.3.0, mod_invoice_reconciliation; no other version has it. Sender: a list. Receiver: POST at the module's own
address, though records are Client Owned Objects; GET, PUT and DELETE at the address that names one. Whoever sends
invoices is the sender: the CPO with direct billing, the eMSP with reverse billing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.http import HttpRequest

from exchange import reading, registry
from exchange.listing import ListView
from exchange.lists import PageIds
from exchange.places import Place
from exchange.pushes import PushView
from exchange.registry import Received, Route, Source
from exchange.views import Answer
from ocpi import envelope
from ocpi.errors import NotFound, Problem, UnknownReceiver
from ocpi.ids import PartyId
from ocpi.paging import PageRequest
from ocpi.types import refused
from ocpi.versioned import Kind, validate_document
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party
from settlement.reconciliation import selectors, services
from settlement.reconciliation.links import admin_url
from settlement.reconciliation.outbox import RecordsOutbox
from settlement.reconciliation.receiver import RecordsReceiver
from settlement.reconciliation.services.writing import Became
from settlement.reconciliation.visibility import REFERENCE

_KIND: Kind = "invoice_record"
_ROLES = frozenset({Role.CPO.value, Role.EMSP.value})


class SenderListView(ListView):
    """``GET {invoicereconciliation}``: the records that concern this partner, page by page, in order of creation."""

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, list[selectors.RecordRow]]:
        return selectors.visible_page(connection, self.version, page, after)

    def said(self, rows: Sequence[selectors.RecordRow]) -> Iterator[tuple[str, registry.Said]]:
        for row in rows:
            yield row.reference, row.said()


class _Receiving(PushView):
    receiver = RecordsReceiver()

    def owning(self, identity: PartyId) -> Party:
        """The party that a record is said to be of, which the caller must speak for; else HTTP 404."""
        for party in self.identified.spoken.get(identity, []):
            if party.role in _ROLES:
                return party
        raise NotFound(f"{identity} as CPO or eMSP is not a party this connection speaks for.")

    def meant(self) -> PartyId | None:
        """The party the record is for, as the headers say. Raises UnknownReceiver (4001) for one that is not here."""
        caller = self.identified
        wanted = caller.routing.to
        if wanted is None or parties.is_the_hub(caller.connection, wanted):
            return None
        if not parties.reachable_parties(caller.connection).identified(wanted).exists():
            raise UnknownReceiver(f"OCPI-to-party-id: {wanted} cannot be reached here.")
        return wanted


class NewView(_Receiving):
    """``POST {invoicereconciliation}``: a new record, whose owner is named in it."""

    def post(self, request: HttpRequest) -> Answer:
        parsed = self.object_body()
        owner, place = self._placed(parsed)
        self.reference = place.reference
        _, context = self._opened(owner, place)
        found = reading.read_whole(place, parsed, context)
        written = services.post_record(
            found.document, source=self.identified.connection, to=self.meant()
        )
        return self._taken(found.warnings, 200 if written.became is Became.UNCHANGED else 201)

    def _placed(self, parsed: Mapping[str, object]) -> tuple[Party, Place]:
        """Whose record it is and what it is called. Raises InvalidParameters (2001) naming every fault."""
        named = [parsed.get(name) for name in ("country_code", "party_id", "id")]
        if not all(isinstance(value, str) and value for value in named):
            validate_document(self.version, _KIND, parsed)
        country_code, party_id, identifier = (str(value) for value in named)
        try:
            owner = self.owning(PartyId.of(country_code, party_id))
        except ValueError as error:
            raise refused([Problem("no_party", "party_id", str(error), party_id)]) from None
        except NotFound as error:
            raise refused([Problem("foreign_owner", "party_id", error.message, party_id)]) from None
        return owner, Place(_KIND, "id", owner.identity, (identifier,), "POST", self.version)


class ReceiverView(_Receiving):
    """``GET``, ``PUT``, ``DELETE`` on ``{invoicereconciliation}/{country_code}/{party_id}/{id}``."""

    def party(self, country_code: str, party_id: str, record_id: str) -> Party:
        owner = self.owning(PartyId.of(country_code, party_id))
        self.reference = f"{owner.identity}/{record_id}"
        return owner

    def get(self, request: HttpRequest, country_code: str, party_id: str, record_id: str) -> Answer:
        owner = self.party(country_code, party_id, record_id)
        rows = selectors.named(owner.identity, record_id).filter(deleted_at=None)
        found = selectors.by_ids([row.pk for row in rows.only("pk")[:1]])
        if not found:
            raise NotFound(f"There is no record {record_id} of {owner.identity} here.")
        return Answer(body=envelope.encode_object(found[0].said().json))

    def put(self, request: HttpRequest, country_code: str, party_id: str, record_id: str) -> Answer:
        owner = self.party(country_code, party_id, record_id)
        place = Place(_KIND, "id", owner.identity, (record_id,), "PUT", self.version)
        parsed, context = self._opened(owner, place)
        found = reading.read_whole(place, parsed, context)
        written = services.put_record(
            found.document, source=self.identified.connection, to=self.meant()
        )
        return self._taken(found.warnings, 201 if written.became is Became.CREATED else 200)

    def delete(
        self, request: HttpRequest, country_code: str, party_id: str, record_id: str
    ) -> Answer:
        owner = self.party(country_code, party_id, record_id)
        services.delete_record(owner.identity, record_id, source=self.identified.connection)
        return Answer()


class RecordsInbox(registry.Inbox):
    """How records come in by pull. Only what the same connection told us can vanish by its list."""

    table = "settlement_invoicerecord"
    reference = REFERENCE
    name = "o.invoice_id"
    changed = "o.last_updated"
    held = "(o.deleted_at IS NULL)"
    listable = (
        "o.deleted_at IS NULL AND o.created_at < %(before)s AND o.received_from_id = %(connection)s"
    )
    details: Mapping[str, str] = {"CDRs": "o.cdrs"}

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return services.retire(ids, source)


MODULE = registry.Module(
    identifier=services.MODULE,
    kind=_KIND,
    label="Invoice reconciliation",
    noun="invoice",
    sender=(Route("", SenderListView, "invoices", _KIND, many=True),),
    receiver=(
        Route("", NewView, "new-invoice", _KIND),
        Route(
            "<country_code:country_code>/<party_id:party_id>/<ci:record_id>",
            ReceiverView,
            "invoice",
            _KIND,
        ),
    ),
    sender_roles=_ROLES,
    receiver_roles=_ROLES,
    versions=("2.3.0",),
    from_files=False,
    outbox=RecordsOutbox(),
    inbox=RecordsInbox(),
    pushed=RecordsReceiver(),
    admin_url=admin_url,
)
