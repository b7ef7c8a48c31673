"""Finding out what a partner offers: its versions, and the endpoints of one of them.

Each URL is taken from what the partner answers, never guessed; its host is checked before it is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from credentials import failures
from credentials.failures import HandshakeFailure
from credentials.steps import Steps
from exchange import registry
from exchange.egress import PartnerClient
from ocpi.client import OCPIResponse
from ocpi.urls import check_url, host_of
from ocpi.versions import SUPPORTED, Endpoint, InterfaceRole, Version, VersionDetails, best_common
from parties.services import is_host

_VERSION: TypeAdapter[Version] = TypeAdapter(Version)


@dataclass(frozen=True)
class Offer:
    """What a partner offers in the version chosen: endpoints as ``Connection.endpoints`` keeps them."""

    versions_url: str
    version: str
    endpoints: list[dict[str, str]] = field(default_factory=list)

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
    steps: Steps, client: PartnerClient, versions_url: str, *, wanted: str = "", host: str = ""
) -> Offer:
    """Fetch the partner's versions and the details of one; raises :class:`HandshakeFailure`.

    ``wanted`` is the version it has to be, by default the best common one. ``host`` limits where the
    partner's addresses may lie.
    """
    with steps.step("Fetch the versions", client) as step:
        offered = _versions(_get(client, versions_url, host))
        step.detail = "Offered: " + ", ".join(v.version for v in offered)
    with steps.step("Choose a version") as step:
        chosen = _choose(offered, wanted)
        step.detail = f"OCPI {chosen.version}"
    with steps.step("Fetch the version details", client) as step:
        endpoints = _endpoints(_get(client, chosen.url, host), host)
        step.detail = "Offered: " + _listed(endpoints)
    with steps.step("Check what is offered") as step:
        offer = Offer(versions_url, chosen.version, endpoints)
        _check(offer)
        step.detail = "In common: " + (", ".join(offer.modules) or "the credentials module only")
    return offer


def _get(client: PartnerClient, url: str, host: str) -> Any:
    check_host(url, host)
    client.allow(url)
    response = client.request("GET", url, module="versions")
    return data_of(response)


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


def _choose(offered: list[Version], wanted: str) -> Version:
    supported = [wanted] if wanted else list(SUPPORTED)
    best = best_common((v.version.strip() for v in offered), supported)
    chosen = next((v for v in offered if v.version.strip() == best), None)
    if best is None or chosen is None:
        raise failures.no_common_version([v.version for v in offered], wanted, supported)
    return chosen.model_copy(update={"version": best})


def _endpoints(data: Any, host: str) -> list[dict[str, str]]:
    try:
        details = VersionDetails.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the answer"
        raise failures.not_ocpi(
            f"The version details are wrong: {place}: {fault['msg']}."
        ) from None
    return list(_usable(details.endpoints, host))


def _usable(endpoints: Iterable[Endpoint], host: str) -> Iterable[dict[str, str]]:
    for endpoint in endpoints:
        try:
            check_host(endpoint.url, host)
        except HandshakeFailure:
            continue
        yield {
            "identifier": endpoint.identifier.strip().lower(),
            "role": endpoint.role or InterfaceRole.SENDER.value,
            "url": endpoint.url,
        }


def _check(offer: Offer) -> None:
    if not offer.credentials_url:
        raise failures.missing_module("The version details list no usable credentials endpoint.")
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
