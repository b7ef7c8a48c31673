"""How the result of a command goes back to whoever asked: a POST to the address that it gave."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Now

from charging.commands import services
from charging.commands.visibility import REFERENCE, VISIBILITY
from charging.models import Command
from exchange import registry
from exchange.registry import Naming, Push
from ocpi import convert
from ocpi.headers import RoutingHeaders
from parties.models import Connection


class CommandsOutbox(registry.Outbox):
    """The commands' side of deliveries; see :class:`exchange.registry.Outbox`."""

    visibility = VISIBILITY
    reference = REFERENCE
    addressed = True

    def naming(self, identifier: str) -> Naming:
        return Naming("o.id::text", identifier)

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        row = (
            Command.objects.filter(pk=object_id, requested_by=connection)
            .select_related("owner", "sender")
            .first()
        )
        if row is None or withdrawn or row.is_open:
            return None
        said = convert.from_canonical(
            connection.version, "command_result", services.said_result(row)
        )
        return Push(
            "POST",
            (),
            said.document,
            True,
            row.version,
            RoutingHeaders(to=row.sender.identity, from_=row.owner.identity),
            said.losses,
            # Exactly as it was given, with its query.
            url=row.response_url,
            correlation_id=row.correlation_id,
        )

    def too_late(self, object_id: int) -> str:
        passed = Command.objects.filter(pk=object_id, tell_until__lt=Now()).exists()
        return "Its requester gave the command up long ago." if passed else ""
