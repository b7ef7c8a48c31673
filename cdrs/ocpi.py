"""The CDRs module: its declaration, its endpoints, and how its objects come in from lists.

OCPI 2.3.0, mod_cdrs. Sender: a list. Receiver: POST of a new one, and GET at the address that answered it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cdrs import selectors, services
from cdrs.links import admin_url
from cdrs.outbox import CDRsOutbox
from cdrs.receiver import CDRsReceiver
from charging.choices import RECEIVING_ROLES
from charging.sessions import places
from exchange import reading, registry
from exchange.listing import ListView
from exchange.lists import PageIds
from exchange.places import Place
from exchange.pushes import PushView
from exchange.registry import Export, Received, Route, Source
from exchange.views import Answer, OCPIView
from ocpi import convert, envelope
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import PartyId
from ocpi.paging import PageRequest
from ocpi.types import refused
from ocpi.versioned import validate_document
from ocpi.versions import WITHOUT_ROUTING
from parties.choices import Role
from parties.models import Connection, Party


class SenderListView(ListView):
    """``GET {cdrs}``: what this partner may see, page by page, in order of arrival."""

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, list[selectors.CDRRow]]:
        return selectors.visible_page(connection, self.version, page, after)

    def said(self, rows: Sequence[selectors.CDRRow]) -> Iterator[tuple[str, registry.Said]]:
        for row, location in places.with_locations(rows, self.version):
            # What it says may depend on a location that has changed since the CDR was written.
            with suppress(convert.Refused):
                yield row.reference, row.said_in(self.version, location)


class ReceiverView(PushView):
    """``POST {cdrs}``: a new CDR, whose owner is named in it; at 2.1.1 it is the connection's only party."""

    receiver = CDRsReceiver()

    def post(self, request: HttpRequest) -> Answer:
        owner, place = self._placed(self.object_body())
        self.reference = place.reference
        parsed, context = self._opened(owner, place)
        found = reading.read_whole(place, parsed, context)
        posted = services.post_cdr(
            owner,
            found.document,
            raw=request.body,
            version=self.version,
            source=self.identified.connection,
        )
        if posted.differences:
            # Not raised: that the other version was kept is to be committed with this answer.
            return self._refusal(services.contradiction(posted, self.version))
        answer = self._taken(found.warnings, 201)
        base = f"{settings.BASE_URL}{request.path}".rstrip("/")
        answer.headers["Location"] = f"{base}/{posted.address}"
        return answer

    def _placed(self, parsed: Mapping[str, Any]) -> tuple[Party, Place]:
        """Whose CDR it is and what it is called. Raises InvalidParameters (2001) naming the field."""
        owner = self._owner(parsed)
        identifier = parsed.get("id")
        named = identifier if isinstance(identifier, str) and identifier else ""
        if not named:
            self._refuse_for_its_fields(parsed)
            raise refused([Problem("missing", "id", "Field required")])
        return owner, Place("cdr", "id", owner.identity, (named,), "POST", self.version)

    def _owner(self, parsed: Mapping[str, Any]) -> Party:
        spoken = self._cpos()
        if self.version in WITHOUT_ROUTING:
            if len(spoken) == 1:
                return next(iter(spoken.values()))
            raise InvalidParameters("This connection does not speak for exactly one CPO.")
        try:
            identity = PartyId.of(str(parsed["country_code"]), str(parsed["party_id"]))
        except (KeyError, ValueError):
            self._refuse_for_its_fields(parsed)
            missing = [name for name in ("country_code", "party_id") if not parsed.get(name)]
            path = (missing or ["party_id"])[0]
            raise refused([Problem("missing", path, "Must name the CPO whose CDR it is")]) from None
        if identity not in spoken:
            message = f"{identity} as CPO is not a party this connection speaks for"
            raise refused([Problem("foreign_owner", "party_id", message, str(identity))])
        return spoken[identity]

    def _cpos(self) -> dict[PartyId, Party]:
        return {
            identity: party
            for identity, group in self.identified.spoken.items()
            for party in group
            if party.role == Role.CPO
        }

    def _refuse_for_its_fields(self, parsed: Mapping[str, Any]) -> None:
        """Every fault of a body that cannot be placed, at once."""
        validate_document(self.version, "cdr", parsed)


class ReceivedView(OCPIView):
    """``GET {cdrs}/{address}``: the address in the ``Location`` header of a POST.

    It cannot be guessed, and answers only who posted the CDR or speaks for its owner.
    """

    def get(self, request: HttpRequest, address: uuid.UUID) -> Answer:
        row = selectors.by_address(address)
        if row is None or not self._may_see(row):
            raise NotFound("There is no CDR at this address.")
        self.reference = row.reference
        said, location = next(places.with_locations([row], self.version))
        try:
            return Answer(body=envelope.encode_object(said.said_in(self.version, location).json))
        except convert.Refused as reason:
            raise NotFound(f"OCPI {self.version} cannot say this CDR: {reason}") from None

    def _may_see(self, row: selectors.CDRRow) -> bool:
        spoken = self.identified.spoken.get(row.owner, [])
        return any(party.pk == row.owner_id for party in spoken)


class CDRsInbox(registry.Inbox):
    """How CDRs come in by pull and from files. They stay for ever, so that no list can take one away."""

    table = "cdrs_cdr"
    reference = CDRsOutbox.reference
    name = "''"
    changed = "o.last_updated"
    held = "TRUE"
    listable = "FALSE"
    details: Mapping[str, str] = {"total": "o.total_cost", "currency": "o.currency"}
    reach = timedelta(days=90)

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        """Nothing: a CDR that is no longer listed was sent all the same."""
        return 0


MODULE = registry.Module(
    identifier=services.MODULE,
    kind="cdr",
    label="CDRs",
    sender=(Route("", SenderListView, "cdrs", "cdr", many=True),),
    receiver=(
        Route("", ReceiverView, "new-cdr", "cdr"),
        Route("<uuid:address>", ReceivedView, "cdr", "cdr"),
    ),
    sender_roles=frozenset({Role.CPO.value}),
    receiver_roles=RECEIVING_ROLES,
    outbox=CDRsOutbox(),
    inbox=CDRsInbox(),
    admin_url=admin_url,
    import_permission="cdrs.change_cdr",
    pushed=CDRsReceiver(),
    export=Export("cdrs_cdr", "TRUE", selectors.sayings),
)
