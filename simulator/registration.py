"""What we know about the partner, and the tokens: kept in SQLite, so that a restart continues."""

import hmac
import secrets
import threading
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from ocpi.ids import PartyId
from ocpi.versions import InterfaceRole, Role
from simulator.database import Database

SETTING = "registration"
INVITE_SETTING = "invite_token"


class Access(Enum):
    """What the token of a request allows: with INVITED and PENDING only the handshake."""

    NOTHING = "nothing"
    INVITED = "invited"
    PENDING = "pending"
    REGISTERED = "registered"


@dataclass(frozen=True)
class Partner:
    """The other side of the registration.

    `token` is the one we send them, `our_token` the one they send us; `endpoints` and `roles` are
    what they gave in version details and credentials, completed where OCPI 2.1.1 leaves roles out.
    """

    versions_url: str
    version: str
    token: str
    our_token: str
    endpoints: list[dict[str, Any]]
    roles: list[dict[str, Any]]
    registered_at: str

    def endpoint(self, identifier: str, role: InterfaceRole | None = None) -> str | None:
        """Return the URL of a module; the role of `credentials` has no meaning."""
        for endpoint in self.endpoints:
            if endpoint["identifier"] == identifier and role in (None, endpoint["role"]):
                return str(endpoint["url"])
        return None

    def party(self, role: Role) -> PartyId | None:
        """Return their first party with this role, or their first party."""
        fitting = [entry for entry in self.roles if entry.get("role") == role] or self.roles
        if not fitting:
            return None
        return PartyId.of(fitting[0]["country_code"], fitting[0]["party_id"])

    def parties(self, role: Role) -> list[PartyId | None]:
        """Their parties with this role, each once; without one, what `party` says."""
        found = {
            PartyId.of(entry["country_code"], entry["party_id"]): None
            for entry in self.roles
            if entry.get("role") == role
        }
        return list(found) or [self.party(role)]


class Registration:
    """The state of the connection. Tokens are compared in constant time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        held = database.setting(SETTING)
        self._partner = Partner(**held) if held else None
        self._invite_token: str | None = database.setting(INVITE_SETTING)
        self._pending_token: str | None = None

    @property
    def partner(self) -> Partner | None:
        """The partner we are registered with."""
        with self._lock:
            return self._partner

    def invite(self) -> str:
        """Return a new one-time token; an earlier one is no longer valid."""
        token = new_token()
        with self._lock:
            self._database.set_setting(INVITE_SETTING, token)
            self._invite_token = token
        return token

    def set_pending(self, token: str | None) -> None:
        """Let the partner in with the token that our open POST or PUT gives it (None: no longer).

        OCPI 2.2.1, credentials, Registration: the receiver fetches versions and details with
        token B before it answers.
        """
        with self._lock:
            self._pending_token = token

    def register(self, partner: Partner) -> None:
        """Keep the partner; the one-time and the pending token end."""
        with self._lock, self._database.transaction():
            self._database.set_setting(SETTING, asdict(partner))
            self._database.set_setting(INVITE_SETTING, None)
            self._partner = partner
            self._invite_token = None
            self._pending_token = None

    def forget(self) -> None:
        """Forget the partner and its tokens."""
        with self._lock:
            self._database.set_setting(SETTING, None)
            self._partner = None

    def access(self, token: str | None) -> Access:
        """Say what the token of a request allows."""
        with self._lock:
            registered = self._partner.our_token if self._partner else None
            candidates = (
                (registered, Access.REGISTERED),
                (self._pending_token, Access.PENDING),
                (self._invite_token, Access.INVITED),
            )
        for candidate, access in candidates:
            if token and candidate and hmac.compare_digest(token.encode(), candidate.encode()):
                return access
        return Access.NOTHING


def new_token() -> str:
    """Return a credentials token: printable ASCII, at most 64 characters."""
    return secrets.token_urlsafe(36)
