"""Which token was just commanded where, for real-time authorization (X-017, X-018)."""

from __future__ import annotations

from collections.abc import Collection

from charging.commands.choices import CommandModule, CommandState, CommandType
from charging.commands.links import admin_url
from charging.models import Command
from tokens.authorization import commanded

_NAMING_A_TOKEN = (CommandType.START_SESSION, CommandType.RESERVE_NOW)
# A charge point may ask before its CPO has answered, and a car may be plugged in after the command timed out.
_MAY_START = (
    CommandState.SENDING,
    CommandState.ACCEPTED,
    CommandState.SUCCEEDED,
    CommandState.TIMED_OUT,
)


class CommandedTokens:
    """See :class:`tokens.authorization.commanded.Commands`."""

    def latest(
        self, uid_key: str, token_type: str, location_key: str, evse_keys: Collection[str]
    ) -> commanded.Command | None:
        rows = Command.objects.filter(
            module=CommandModule.COMMANDS,
            type__in=[kind.value for kind in _NAMING_A_TOKEN],
            token_key=f"{token_type}:{uid_key}",
            location_key=location_key,
            state__in=[state.value for state in _MAY_START],
        )
        if evse_keys:
            rows = rows.filter(evse_key__in=["", *evse_keys])
        row = rows.select_related("owner", "sender").order_by("-pk").first()
        if row is None:
            return None
        return commanded.Command(
            owner=row.sender,
            at=row.created_at,
            token=row.document["token"],
            authorization_reference=row.authorization_reference,
            url=admin_url(row.reference) or "",
        )
