"""The documents of the versions and credentials modules: ours as we publish them, theirs as we read them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.conf import settings

from exchange import registry
from exchange.urls import module_url
from ocpi.errors import InvalidParameters, ServerError
from ocpi.ids import PartyId
from ocpi.urls import check_url
from ocpi.versioned import validate_credentials
from ocpi.versions import SUPPORTED, InterfaceRole
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party

TOKEN = re.compile(r"[!-~]{1,64}")
# Roles of ours that a version's table lacks, and what stands for them there.
_ROLE_STAND_INS = {"2.2.1": {Role.PTP.value: Role.OTHER.value}}

Declared = tuple[PartyId, str, str]
"""A party, its role, its name."""


class Theirs(NamedTuple):
    """A partner's credentials as we keep them; ``token`` is what we present to it."""

    token: str
    url: str
    parties: list[Declared]


def versions_url() -> str:
    """Where partners find our versions."""
    return f"{settings.BASE_URL}/ocpi/versions"


def versions() -> list[dict[str, str]]:
    """OCPI 2.2.1, version_information_endpoint, Version, for each version we speak."""
    return [{"version": v, "url": f"{settings.BASE_URL}/ocpi/{v}"} for v in SUPPORTED]


def details(connection: Connection, version: str) -> dict[str, Any]:
    """OCPI 2.2.1, version_information_endpoint, version details, as this connection sees them.

    A side of a module is listed when a party presented to the connection has one of the side's roles.
    """
    ours = set(parties.our_parties(connection).values_list("role", flat=True))
    endpoints = [
        {
            "identifier": "credentials",
            "role": InterfaceRole.SENDER.value,
            "url": f"{settings.BASE_URL}/ocpi/{version}/credentials",
        }
    ]
    endpoints += [
        {
            "identifier": module.identifier,
            "role": side.value,
            "url": module_url(version, module.identifier, side),
        }
        for module in registry.modules(version)
        for side in InterfaceRole
        if module.routes(side) and module.roles(side) & ours
    ]
    return {"version": version, "endpoints": endpoints}


def own_credentials(connection: Connection, version: str, token: str) -> dict[str, Any]:
    """OCPI 2.2.1, credentials, Credentials: how the partner calls us, with the parties it sees.

    Raises ServerError (3000) while no party is hosted here: the object needs at least one role.
    """
    stand_ins = _ROLE_STAND_INS.get(version, {})
    roles: dict[tuple[str, PartyId], dict[str, Any]] = {}
    for party in parties.our_parties(connection):
        role = stand_ins.get(party.role, party.role)
        roles.setdefault((role, party.identity), _role(party, role))
    if not roles:
        raise ServerError("No party is hosted here yet; there is nobody to connect with.")
    return {"token": token, "url": versions_url(), "roles": list(roles.values())}


def _role(party: Party, role: str) -> dict[str, Any]:
    business = {"name": party.name or str(party.identity)}
    if party.website:
        business["website"] = party.website
    return {
        "role": role,
        "business_details": business,
        "party_id": party.party_id,
        "country_code": party.country_code,
    }


def read_request(version: str, body: dict[str, Any]) -> Theirs:
    """The credentials a partner sends us, read strictly.

    Raises InvalidParameters (2001) naming every field that does not follow the specification.
    """
    document = validate_credentials(version, body)
    try:
        check_url(document["url"])
    except ValueError as error:
        raise InvalidParameters(f"url: {error}.") from None
    declared = [d for role in document["roles"] if (d := _declared(role))]
    return Theirs(document["token"], document["url"], declared)


def read_response(data: Any, versions_url: str, *, needs_roles: bool = True) -> Theirs:
    """The credentials a partner answers us with: what can be used of them is taken.

    ``versions_url`` stands for a URL that is missing or unusable. Raises InvalidParameters when there
    is no usable token, or (with ``needs_roles``) no usable role.
    """
    document = data if isinstance(data, dict) else {}
    token = document.get("token")
    if not isinstance(token, str) or TOKEN.fullmatch(token) is None:
        raise InvalidParameters("There is no usable token in the credentials.")
    roles = document.get("roles")
    listed = roles if isinstance(roles, list) else []
    declared = [d for role in listed if isinstance(role, dict) and (d := _declared(role))]
    if needs_roles and not declared:
        raise InvalidParameters("There is no usable role in the credentials.")
    try:
        url = check_url(str(document.get("url") or versions_url))
    except ValueError:
        url = versions_url
    return Theirs(token, url, declared)


def _declared(role: dict[str, Any]) -> Declared | None:
    try:
        party = PartyId.of(str(role.get("country_code")), str(role.get("party_id")))
    except ValueError:
        return None
    name = str(role.get("role") or "").strip().upper()
    business = role.get("business_details")
    company = str(business.get("name") or "") if isinstance(business, dict) else ""
    return party, name if name in Role.values else Role.OTHER.value, company[:100]
