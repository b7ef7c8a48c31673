"""A partner's credentials, read strictly where it asks us and leniently where it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId
from ocpi.urls import check_url
from ocpi.versioned import validate_credentials
from parties import services as parties
from parties.choices import ConnectionKind, Role
from parties.models import Connection

TOKEN = re.compile(r"[!-~]{1,64}")
_HUB = re.compile(r"([A-Z]{2})([A-Z0-9]{3})")

Declared = tuple[PartyId, str, str]
"""A party, its role, its name."""


@dataclass(frozen=True)
class Theirs:
    """A partner's credentials as we keep them.

    ``token`` is what we present to it. ``hub`` is the hub's party (such as ``NLHUB``), empty for a platform
    that is none. ``parties`` are its own; ``reached`` are those behind the hub, ``None`` where the version
    does not list them here.
    """

    token: str
    url: str
    parties: list[Declared]
    hub: str = ""
    reached: list[Declared] | None = None

    def __str__(self) -> str:
        return "Parties: " + (
            ", ".join(f"{party} {role}" for party, role, _ in self.parties) or "none"
        )

    @property
    def summary(self) -> str:
        """The token's first characters, the parties, and the hub, for the transcript."""
        text = f"Token {self.token[:4]}…; {self}"
        if self.hub:
            text += f"; it is the hub {self.hub}"
        if self.reached:
            text += f", through which {len(self.reached)} more are reached"
        return text


def read_request(connection: Connection, version: str, body: dict[str, Any]) -> Theirs:
    """The credentials a partner sends us, read strictly.

    Raises InvalidParameters (2001) naming every field that does not follow the specification.
    """
    document = validate_credentials(version, body)
    try:
        check_url(document["url"])
    except ValueError as error:
        raise InvalidParameters(f"url: {error}.") from None
    return _theirs(connection, document, document["token"], document["url"])


def read_response(
    connection: Connection, data: Any, versions_url: str, *, needs_roles: bool = True
) -> Theirs:
    """The credentials a partner answers us with: what can be used of them is taken.

    ``versions_url`` stands for a URL that is missing or unusable. Raises InvalidParameters when there
    is no usable token, or (with ``needs_roles``) no usable role.
    """
    document = data if isinstance(data, dict) else {}
    token = document.get("token")
    if not isinstance(token, str) or TOKEN.fullmatch(token) is None:
        raise InvalidParameters("There is no usable token in the credentials.")
    try:
        url = check_url(str(document.get("url") or versions_url))
    except ValueError:
        url = versions_url
    theirs = _theirs(connection, document, token, url)
    if needs_roles and not theirs.parties:
        raise InvalidParameters("There is no usable role in the credentials.")
    return theirs


def _theirs(connection: Connection, document: dict[str, Any], token: str, url: str) -> Theirs:
    roles = document.get("roles")
    listed = roles if isinstance(roles, list) else []
    declared = [d for role in listed if isinstance(role, dict) and (d := _declared(role))]
    if not listed and "party_id" in document:
        # 2.1.1: one party, whose role is the other side of ours.
        flat = _declared({**document, "role": parties.counterpart(connection)})
        declared = [flat] if flat else []
    if connection.kind == ConnectionKind.BACK_OFFICE:
        return Theirs(token, url, declared)
    return _with_hub(Theirs(token, url, declared), str(document.get("hub_party_id") or ""))


def _with_hub(theirs: Theirs, named: str) -> Theirs:
    """The hub, by the field of 2.3.0 (whose roles are then those behind it) or by the role of 2.2.1."""
    match = _HUB.fullmatch(named.strip().upper())
    if match is None:
        hubs = [party for party, role, _ in theirs.parties if role == Role.HUB]
        hub = "".join(hubs[0]) if hubs else ""
        return Theirs(theirs.token, theirs.url, theirs.parties, hub)
    hub_party = PartyId(match[1], match[2])
    own = [d for d in theirs.parties if d[0] == hub_party]
    name = own[0][2] if own else ""
    own = [(hub_party, Role.HUB.value, name), *(d for d in own if d[1] != Role.HUB)]
    reached = [d for d in theirs.parties if d[0] != hub_party]
    return Theirs(theirs.token, theirs.url, own, "".join(hub_party), reached)


def _declared(role: dict[str, Any]) -> Declared | None:
    try:
        party = PartyId.of(str(role.get("country_code")), str(role.get("party_id")))
    except ValueError:
        return None
    name = str(role.get("role") or "").strip().upper()
    business = role.get("business_details")
    company = str(business.get("name") or "") if isinstance(business, dict) else ""
    return party, name if name in Role.values else Role.OTHER.value, company[:100]
