"""The documents of the versions and credentials modules as we publish them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from exchange import registry
from exchange.urls import module_url
from ocpi.errors import NotFound, ServerError
from ocpi.ids import PartyId
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.choices import Role
from parties.models import Connection, Party

# Roles of ours that a version's table lacks, and what stands for them there.
_ROLE_STAND_INS = {"2.2.1": {Role.PTP.value: Role.OTHER.value}}
# Where the hub is named in a field of its own instead of by its role.
_NAMES_ITS_HUB = frozenset({"2.3.0"})
# What a hub alone tells: the portal is nobody's client towards our back office.
_TOLD_BY_HUBS = frozenset({"hubclientinfo"})
NOBODY_YET = "No party is hosted here yet; there is nobody to connect with."


def versions_url() -> str:
    """Where partners find our versions."""
    return f"{settings.BASE_URL}/ocpi/versions"


def versions(connection: Connection) -> list[dict[str, str]]:
    """OCPI 2.2.1, version_information_endpoint, Version, for each version this connection is offered.

    Raises ServerError (3000) when it is none: the list needs at least one.
    """
    offered = parties.offered_versions(connection)
    if not offered:
        raise ServerError(
            "No version can be offered: OCPI 2.1.1 is about exactly one party of ours in one role."
        )
    return [{"version": v, "url": f"{settings.BASE_URL}/ocpi/{v}"} for v in offered]


def check_offered(connection: Connection, version: str) -> None:
    """Raises NotFound (HTTP 404) for a version that the connection neither is offered nor speaks."""
    if version not in {*parties.offered_versions(connection), connection.version}:
        raise NotFound(f"OCPI {version} is not offered to you; see {versions_url()}.")


def details(connection: Connection, version: str) -> dict[str, Any]:
    """OCPI 2.2.1, version_information_endpoint, version details, as this connection sees them.

    A side of a module is listed when a party presented to the connection has one of the side's roles, and to
    our back office both are; at 2.1.1 the side goes without saying.
    """
    ours = parties.roles_towards(connection, version)
    is_gateway = parties.is_gateway(connection)
    endpoints = [
        _endpoint(
            "credentials", InterfaceRole.SENDER, f"{settings.BASE_URL}/ocpi/{version}/credentials"
        )
    ]
    endpoints += [
        _endpoint(module.identifier, side, module_url(version, module.identifier, side))
        for module in registry.modules(version)
        if not (is_gateway and module.identifier in _TOLD_BY_HUBS)
        for side in InterfaceRole
        if module.routes(side) and module.roles(side) & ours
    ]
    if version == "2.1.1":
        for endpoint in endpoints:
            del endpoint["role"]
    return {"version": version, "endpoints": endpoints}


def _endpoint(identifier: str, side: InterfaceRole, url: str) -> dict[str, str]:
    return {"identifier": identifier, "role": side.value, "url": url}


def own_credentials(connection: Connection, version: str, token: str) -> dict[str, Any]:
    """The credentials object of ``version``: how the partner calls us, with the parties it sees.

    OCPI 2.2.1 and 2.3.0, credentials, Credentials; at 2.1.1 one party without a role. Raises ServerError
    (3000) while there is no party to name.
    """
    access = {"token": token, "url": versions_url()}
    if version == "2.1.1":
        return {**access, **_only_party(connection)}
    if parties.is_gateway(connection):
        return {**access, **_as_hub(connection, version)}
    ours = list(parties.our_parties(connection))
    if not ours:
        raise ServerError(NOBODY_YET)
    hub = next((p for p in ours if p.role == Role.HUB), None)
    if hub is None or version not in _NAMES_ITS_HUB:
        return {**access, "roles": _roles(ours, _ROLE_STAND_INS.get(version, {}))}
    others = [party for party in ours if party.role != Role.HUB]
    # The list needs a role; a hub that is nothing else is OTHER.
    roles = _roles(others, {}) or [_role(hub, Role.OTHER.value)]
    return {**access, "hub_party_id": f"{hub.country_code}{hub.party_id}", "roles": roles}


def _as_hub(connection: Connection, version: str) -> dict[str, Any]:
    """The portal as our back office sees it: the hub of everybody it can reach here.

    2.3.0 names the hub and lists those behind it, 2.2.1 has a role for the hub and lists nobody.
    """
    hub = parties.portal_party(Role.HUB)
    if hub is None:
        raise ServerError(NOBODY_YET)
    if version not in _NAMES_ITS_HUB:
        return {"roles": [_role(hub, Role.HUB)]}
    # The list needs a role; a hub behind which there is nobody yet is OTHER.
    roles = _roles(parties.parties_behind(connection), {}) or [_role(hub, Role.OTHER.value)]
    return {"hub_party_id": "".join(hub.identity), "roles": roles}


def _only_party(connection: Connection) -> dict[str, Any]:
    party = parties.only_party(connection)
    if party is None:
        raise ServerError("OCPI 2.1.1 is about exactly one party of ours in one role.")
    flat = _role(party, party.role)
    del flat["role"]
    return flat


def _roles(ours: list[Party], stand_ins: dict[str, str]) -> list[dict[str, Any]]:
    roles: dict[tuple[str, PartyId], dict[str, Any]] = {}
    for party in ours:
        role = stand_ins.get(party.role, party.role)
        roles.setdefault((role, party.identity), _role(party, role))
    return list(roles.values())


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
