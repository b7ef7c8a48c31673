"""How results go back to whoever asked, and changes of the active profile to whoever set one."""

from __future__ import annotations

from collections.abc import Sequence

from charging.commands.outbox import CommandsOutbox
from charging.models import Command, ProfileFollower
from charging.profiles.asking import RESULTS
from charging.profiles.visibility import FOLLOWERS, FOLLOWERS_REFERENCE, MODULE
from charging.profiles.visibility import RESULTS as RESULTS_VISIBILITY
from exchange import registry
from exchange.registry import Push
from ocpi import convert
from ocpi.headers import RoutingHeaders
from ocpi.urls import join
from ocpi.versions import WITHOUT_ROUTING, InterfaceRole
from parties.models import Connection


class ProfilesOutbox(CommandsOutbox):
    """Results of requests about profiles: a POST to the address that the requester gave."""

    visibility = RESULTS_VISIBILITY

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        """``None`` where no result came: OCPI has no word for it, and its requester knows the deadline."""
        row = (
            Command.objects.filter(pk=object_id, requested_by=connection)
            .select_related("owner", "sender")
            .first()
        )
        if row is None or withdrawn or row.is_open or not row.result:
            return None
        refuse_2_1_1(connection)
        said = convert.from_canonical(connection.version, RESULTS[row.type], row.result_document)
        routing = RoutingHeaders(to=row.sender.identity, from_=row.owner.identity)
        return Push(
            "POST",
            (),
            said.document,
            True,
            row.version,
            routing,
            said.losses,
            url=row.response_url,
            correlation_id=row.correlation_id,
        )


class FollowersOutbox(registry.Outbox):
    """The active profile of a session: a PUT to the partner's sending side of charging profiles."""

    visibility = FOLLOWERS
    reference = FOLLOWERS_REFERENCE
    addressed = True

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        rows = ProfileFollower.objects.select_related("owner", "sender")
        row = rows.filter(pk=object_id, connection=connection).first()
        if row is None or withdrawn:
            return None
        refuse_2_1_1(connection)
        endpoint = connection.endpoint_url(MODULE, InterfaceRole.SENDER)
        if endpoint is None:
            raise convert.Refused("The partner has no sending address for charging profiles")
        said = convert.from_canonical(connection.version, "active_charging_profile", row.document)
        routing = RoutingHeaders(to=row.sender.identity, from_=row.owner.identity)
        return Push(
            "PUT",
            (),
            said.document,
            True,
            row.version,
            routing,
            said.losses,
            url=join(endpoint, row.session_id),
        )


def refuse_2_1_1(connection: Connection) -> None:
    """A partner that went back to 2.1.1 cannot be told any more. Raises ``convert.Refused``."""
    if connection.version in WITHOUT_ROUTING:
        raise convert.Refused("OCPI 2.1.1 has no charging profiles")
