"""Was this token just commanded at this EVSE? Asked of what lies above, which says so when its app is ready.

OCPI 2.3.0, mod_commands, StartSession and ReserveNow: a token of a command is not asked about in real time; an
RFID card not within 15 minutes at the same EVSE, app users never.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from parties.models import Party

WITHIN = timedelta(minutes=15)


class Command(NamedTuple):
    """A START_SESSION or RESERVE_NOW that was accepted: whose, when, with which Token (canonical)."""

    owner: Party
    at: datetime
    token: dict[str, Any]
    authorization_reference: str = ""
    url: str = ""


class Commands(Protocol):
    def latest(
        self, uid_key: str, token_type: str, location_key: str, evse_keys: Collection[str]
    ) -> Command | None:
        """The newest accepted command with this token at that place.

        ``evse_keys`` are the EVSEs of the question, empty for any at the location; a command for a location
        without an EVSE concerns each of them. Keys are CiString keys.
        """
        ...


_commands: list[Commands] = []


def register(commands: Commands) -> None:
    """Called once, from the app's ``ready()``."""
    _commands[:] = [commands]


def latest(
    uid_key: str, token_type: str, location_key: str, evse_keys: Collection[str]
) -> Command | None:
    return _commands[0].latest(uid_key, token_type, location_key, evse_keys) if _commands else None
