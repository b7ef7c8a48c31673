"""Finding out what a partner offers: its versions, and the endpoints of one of them.

Each URL is taken from what the partner answers, never guessed; its host is checked before it is called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from credentials import failures, spellings
from credentials.failures import HandshakeFailure
from credentials.steps import Steps
from exchange import registry
from exchange.egress import PartnerClient
from ocpi.client import OCPIResponse
from ocpi.headers import TokenEncoding
from ocpi.urls import check_url, host_of
from ocpi.versions import SUPPORTED, Endpoint, InterfaceRole, Version, best_common
from parties import services as parties
from parties.choices import Role
from parties.models import Connection
from parties.services import is_host

_VERSION: TypeAdapter[Version] = TypeAdapter(Version)
_ENDPOINT: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)

# Who sends what at 2.1.1, where no endpoint says it; modules that exist here say it themselves.
_SENDERS_OF_2_1_1 = {
    "locations": Role.CPO,
    "sessions": Role.CPO,
    "cdrs": Role.CPO,
    "tariffs": Role.CPO,
    "tokens": Role.EMSP,
    "commands": Role.EMSP,
}


@dataclass(frozen=True)
class Offer:
    """What a partner offers in the version chosen: endpoints as ``Connection.endpoints`` keeps them.

    ``offered`` are all its versions, ``encoding`` is how it accepted the token.
    """

    versions_url: str
    version: str
    endpoints: list[dict[str, str]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    encoding: TokenEncoding = TokenEncoding.BASE64

    @property
    def credentials_url(self) -> str:
        """The URL of the credentials module; empty when there is none. Its role has no meaning."""
        return next((e["url"] for e in self.endpoints if e["identifier"] == "credentials"), "")

    @property
    def modules(self) -> list[str]:
        """The modules of the offer that exist here too, on either side."""
        known = {module.identifier for module in registry.modules(self.version)}
        return sorted({e["identifier"] for e in self.endpoints} & known)


def discover(
    steps: Steps,
    client: PartnerClient,
    versions_url: str,
    *,
    wanted: str = "",
    host: str = "",
    token_name: str = "",
) -> Offer:
    """Fetch the partner's versions and the details of one; raises :class:`HandshakeFailure`.

    ``wanted`` is the version it has to be, by default the best common one. ``host`` limits where the
    partner's addresses may lie. ``client`` presents the token as it was accepted afterwards; ``token_name``
    says in the transcript which token that is.
    """
    connection = client.connection
    with steps.step("Fetch the versions", client) as step:
        data = _get(client, versions_url, host, spellings.of_versions(client, wanted))
        offered = _versions(data)
        names = list(dict.fromkeys(v.version.strip() for v in offered))
        step.detail = f"Offered: {', '.join(names)}. {_presented(client, token_name)}"
    with steps.step("Choose a version") as step:
        offers = {*parties.offered_versions(connection), connection.version}
        ours = [version for version in SUPPORTED if version in offers]
        chosen = _choose(offered, wanted, ours)
        step.detail = f"OCPI {chosen.version}"
        if not wanted:
            step.detail += f", the best of theirs and of ours ({', '.join(ours)})"
    with steps.step("Fetch the version details", client) as step:
        data = _get(client, chosen.url, host, spellings.of_details(client, chosen.version))
        endpoints = _endpoints(data, host, connection, chosen.version)
        step.detail = f"Offered: {_listed(endpoints)}. {_presented(client, token_name)}"
    with steps.step("Check what is offered") as step:
        encoding = client.ocpi.encoding
        offer = Offer(versions_url, chosen.version, endpoints, names, encoding)
        _check(offer, connection.required_modules)
        step.detail = "In common: " + (", ".join(offer.modules) or "the credentials module only")
    return offer


def _get(client: PartnerClient, url: str, host: str, ways: Sequence[spellings.Spelling]) -> Any:
    check_host(url, host)
    client.allow(url)
    return data_of(spellings.request(client, url, ways))


def _presented(client: PartnerClient, name: str) -> str:
    spelled = "as it is" if client.ocpi.encoding is TokenEncoding.RAW else "in Base64"
    named = f" ({name})" if name else ""
    return f"Token {client.ocpi.token[:4]}…{named} was sent {spelled}."


def data_of(response: OCPIResponse) -> Any:
    """The data of a good response; raises :class:`HandshakeFailure` otherwise."""
    if not response.ok:
        raise failures.of_response(response)
    return response.data


def check_host(url: str, host: str) -> None:
    """Raises :class:`HandshakeFailure` when a URL is unusable or not at ``host`` (empty: any)."""
    try:
        check_url(url)
    except ValueError as error:
        raise failures.address_refused(f"{url[:255]!r} cannot be used: {error}.") from None
    if host and not is_host(url, host):
        raise failures.address_refused(f"{host_of(url)} is not the host agreed on, {host}.")


def _versions(data: Any) -> list[Version]:
    entries = data if isinstance(data, list) else []
    versions = [v for v in map(_version, entries) if v is not None]
    if not versions:
        raise failures.not_ocpi("The answer lists no versions.")
    return versions


def _version(entry: Any) -> Version | None:
    try:
        return _VERSION.validate_python(entry)
    except ValidationError:
        return None


def _choose(offered: list[Version], wanted: str, ours: list[str]) -> Version:
    acceptable = [v for v in ours if v == wanted] if wanted else ours
    best = best_common((v.version.strip() for v in offered), acceptable)
    chosen = next((v for v in offered if v.version.strip() == best), None)
    if best is None or chosen is None:
        raise failures.no_common_version([v.version.strip() for v in offered], wanted, ours)
    return chosen.model_copy(update={"version": best})


def _endpoints(data: Any, host: str, connection: Connection, version: str) -> list[dict[str, str]]:
    entries = data.get("endpoints") if isinstance(data, dict) else None
    if not isinstance(entries, list) or not entries:
        raise failures.not_ocpi("The version details are wrong: they list no endpoints.")
    theirs = parties.counterpart(connection)
    return list(_usable(entries, host, version, theirs))


def _usable(
    entries: Iterable[Any], host: str, version: str, theirs: str
) -> Iterable[dict[str, str]]:
    for entry in entries:
        try:
            endpoint = _ENDPOINT.validate_python(entry)
            check_host(endpoint.url, host)
        except (ValidationError, HandshakeFailure):
            continue
        identifier = endpoint.identifier.strip().lower()
        side = _side(identifier, endpoint.role, version, theirs)
        yield {"identifier": identifier, "role": side, "url": endpoint.url}


def _side(identifier: str, stated: str | None, version: str, theirs: str) -> str:
    """The side a partner takes at an endpoint: what it says; at 2.1.1 what follows from its role."""
    if version != "2.1.1" or stated in set(InterfaceRole):
        return stated or InterfaceRole.SENDER.value
    module = registry.find(identifier)
    senders = module.sender_roles if module else {_SENDERS_OF_2_1_1.get(identifier, theirs)}
    return (InterfaceRole.SENDER if theirs in senders else InterfaceRole.RECEIVER).value


def _check(offer: Offer, required: Collection[str]) -> None:
    if not offer.credentials_url:
        raise failures.missing_module("The version details list no usable credentials endpoint.")
    missing = sorted(set(required) - {e["identifier"] for e in offer.endpoints})
    if missing:
        raise failures.missing_module(
            f"Required and not among the endpoints of OCPI {offer.version}: {', '.join(missing)}."
        )
    known = [module.identifier for module in registry.modules(offer.version)]
    if known and not offer.modules:
        raise failures.missing_module(
            f"The version details list none of the modules we can use ({', '.join(sorted(known))})."
        )


def _listed(endpoints: list[dict[str, str]]) -> str:
    names = [
        e["identifier"] if e["identifier"] == "credentials" else f"{e['identifier']} ({e['role']})"
        for e in endpoints
    ]
    return ", ".join(names) or "nothing usable"
