"""The module hubclientinfo, as the one that a hub tells (OCPI 2.3.0, mod_hub_client_info).

A configuration module: its requests name no parties. It exists from OCPI 2.2.1 on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from exchange import registry
from exchange.models import PullState
from exchange.quality import deviations, quarantine
from exchange.registry import Counts, Received, Route, Source
from exchange.views import Answer, OCPIView
from hub import selectors, services
from hub.documents import Client, take_apart
from hub.links import admin_url
from ocpi import convert, lenient
from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import PartyId
from ocpi.lenient.known import Known
from ocpi.types import refused
from ocpi.versioned import validate_document
from parties.choices import Role
from parties.models import Connection

NOT_A_HUB = (
    "Only a hub tells about parties behind it, and this connection is none: neither is it of the kind Hub here,"
    " nor did its credentials name a hub."
)


class ClientView(OCPIView):
    """``GET`` and ``PUT`` on ``{hubclientinfo}/{country_code}/{party_id}``."""

    names_parties = False

    def party(self, country_code: str, party_id: str) -> PartyId:
        """The party that the address names. Raises NotFound where the caller is no hub."""
        if not services.is_hub(self.identified.connection):
            raise NotFound(NOT_A_HUB)
        identity = PartyId.of(country_code, party_id)
        self.reference = str(identity)
        return identity

    def get(self, request: HttpRequest, country_code: str, party_id: str) -> Answer:
        identity = self.party(country_code, party_id)
        found = selectors.said_of(self.identified.connection, identity)
        if found is None:
            raise NotFound(f"The hub has not told us about {identity}.")
        self.reference = found.reference
        try:
            said = convert.from_canonical(self.version, "client_info", found.document)
        except convert.Refused as cannot:
            raise NotFound(cannot.reason) from None
        return Answer(said.document)

    def put(self, request: HttpRequest, country_code: str, party_id: str) -> Answer:
        identity = self.party(country_code, party_id)
        connection = self.identified.connection
        client = self._read(connection, self.object_body())
        if client.party != identity:
            raise InvalidParameters(
                f"party_id: the body is about {client.party}, the address about {identity}."
            )
        self.reference = client.reference
        written = services.hear(connection, [client])
        return Answer(http_status=201 if written.created else 200)

    def _read(self, connection: Connection, body: dict[str, Any]) -> Client:
        if not connection.dialect.lenient_pushes:
            document = validate_document(self.version, "client_info", body)
            return take_apart(convert.to_canonical(self.version, "client_info", document).document)
        known = Known(version=self.version, dialect=connection.dialect, received_at=_now())
        accepted = lenient.accept_document("client_info", body, known)
        client, problems = _identified(accepted)
        if client is None:
            raise refused(problems)
        told = [(client.reference, warning) for warning in accepted.warnings]
        deviations.count_warnings(connection, self.module, told, objects=1)
        return client


class ClientsInbox(registry.Inbox):
    """How the list of a hub comes in. The first complete one is accepted as offered, as a handshake is."""

    table = "hub_clientinfo"
    reference = (
        "(SELECT q.country_code || '*' || q.party_id || '/' || q.role FROM parties_party q"
        " WHERE q.id = o.party_id)"
    )
    name = "(SELECT q.name FROM parties_party q WHERE q.id = o.party_id)"
    changed = "o.last_updated"
    held = "(o.unlisted_at IS NULL)"
    listable = (
        "o.unlisted_at IS NULL AND o.connection_id = %(connection)s AND o.heard_at < %(before)s"
    )
    details: Mapping[str, str] = {"status": "o.status"}

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        connection = source.connection
        if connection is None:
            raise ValueError("Parties behind a hub come from the hub alone.")
        good: list[Client] = []
        rejected: list[quarantine.Rejected] = []
        warnings: list[tuple[str, Problem]] = []
        known = services.is_hub(connection)
        for raw in items:
            accepted = lenient.accept(
                "client_info", raw, version=source.version, dialect=source.dialect
            )
            client, problems = _identified(accepted, known)
            if client is None:
                named = str(accepted.document.get("party_id") or "")[:160]
                rejected.append(quarantine.Rejected(raw, problems, named))
                continue
            good.append(client)
            warnings.extend((client.reference, warning) for warning in accepted.warnings)
        written = services.hear(connection, good, accept=_is_first(connection))
        quarantine.put_many(services.MODULE, rejected, source)
        deviations.count_warnings(connection, services.MODULE, warnings, objects=len(items))
        counts = Counts(
            created=len(written.created),
            updated=len(written.updated),
            unchanged=len(good) - len(written.changed),
            rejected=len(rejected),
            warnings=len(warnings),
        )
        owner = services.owner_of(connection)
        return Received(counts, written.all, {owner.pk} if owner else set())

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return services.retire(source.connection, ids) if source.connection else 0


def _now() -> str:
    return format_datetime(datetime.now(UTC))


def _identified(
    accepted: lenient.Accepted, is_hub: bool = True
) -> tuple[Client | None, list[Problem]]:
    if not is_hub:
        return None, [Problem("not_a_hub", "", NOT_A_HUB)]
    if accepted.fatal:
        return None, accepted.fatal
    try:
        return take_apart(accepted.document), []
    except (KeyError, ValueError) as error:
        return None, [Problem("not_usable", "", f"The party cannot be stored: {error}")]


def _is_first(connection: Connection) -> bool:
    """Whether the hub's list has never been read to its end."""
    read = PullState.objects.filter(connection=connection, module=services.MODULE)
    return not read.exclude(full_at=None).exists()


MODULE = registry.Module(
    identifier=services.MODULE,
    kind="client_info",
    label="Parties behind hubs",
    receiver=(
        Route(
            "<country_code:country_code>/<party_id:party_id>",
            ClientView,
            "client",
            "client_info",
        ),
    ),
    sender_roles=frozenset({Role.HUB.value}),
    receiver_roles=frozenset(Role.values) - {Role.HUB.value},
    versions=("2.2.1", "2.3.0"),
    routed=False,
    from_files=False,
    inbox=ClientsInbox(),
    admin_url=admin_url,
)
