"""How CDRs go out: one POST each, in the order in which they came, and never anything after that."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin

from django.utils import timezone

from cdrs import selectors
from cdrs.models import CDR, CDRCopy
from cdrs.visibility import VISIBILITY
from charging.sessions import places
from exchange import registry
from exchange.registry import Push
from ocpi.convert import Beside
from ocpi.headers import RoutingHeaders
from ocpi.responses import OCPIResponse
from ocpi.versions import InterfaceRole
from parties.models import Connection

URL_LENGTH = 2000


class CDRsOutbox(registry.Outbox):
    """The CDRs' side of deliveries; see :class:`exchange.registry.Outbox`.

    After an answer that proves nothing it is simply sent again: a receiver answers the same CDR the same way.
    """

    visibility = VISIBILITY
    reference = registry.reference_sql("cdr_id")
    in_order = True
    for_good = True

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        """Nothing where the partner may not see it any more: what was billed cannot be taken back so."""
        found = selectors.by_ids([object_id])
        if not found or withdrawn:
            return None
        row, location = next(places.with_locations(found, connection.version))
        said = row.said_in(connection.version, location)
        routing = RoutingHeaders(to=row.emsp, from_=row.owner)
        return Push("POST", (), said.json, True, row.version, routing, said.losses)

    def answered(self, connection: Connection, object_id: int, response: OCPIResponse) -> None:
        """Keep where the partner says its copy is (OCPI 2.3.0, mod_cdrs, POST method, Response Headers)."""
        said = response.headers.get("Location", "").strip()
        endpoint = connection.endpoint_url("cdrs", InterfaceRole.RECEIVER) or ""
        url = _absolute(endpoint, said) if said else ""
        if not url or not CDR.objects.filter(pk=object_id).exists():
            return
        CDRCopy.objects.update_or_create(
            connection=connection,
            cdr_id=object_id,
            defaults={"url": url, "told_at": timezone.now()},
        )

    def copy_address(self, connection: Connection, object_id: int, push: Push, url: str) -> str:
        """Where the partner said its copy is; nowhere else can it be asked for."""
        copy = CDRCopy.objects.filter(connection=connection, cdr_id=object_id).first()
        return copy.url if copy else ""

    def beside(self, object_id: int) -> Beside:
        """Whose token it is, which the partner's copy at 2.1.1 does not say."""
        token = selectors.document_of(object_id).get("cdr_token")
        return Beside(token=token if isinstance(token, dict) else None)


def _absolute(endpoint: str, said: str) -> str:
    """The whole address; some partners answer with a path only, as the example of 2.1.1 has it."""
    try:
        url = urljoin(endpoint, said)
    except ValueError:
        return ""
    is_usable = url.startswith(("http://", "https://")) and url.isprintable()
    return url if is_usable and len(url) <= URL_LENGTH else ""
