"""Registration with the partner in both directions (OCPI 2.2.1, credentials)."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ocpi.client import OCPIClient
from ocpi.errors import (
    InvalidParameters,
    MethodNotAllowed,
    MissingEndpoints,
    OCPIError,
    UnableToUseClientAPI,
    UnsupportedVersion,
)
from ocpi.versioned import validate_document
from ocpi.versions import Version, VersionDetails
from simulator.documents import now
from simulator.identity import VERSION, Identity
from simulator.outgoing import Outgoing
from simulator.registration import Partner, Registration, new_token


class TokenRefused(UnableToUseClientAPI):
    """The other side does not know the token: trying again is of no use."""


class HandshakeError(Exception):
    """A handshake that we began did not succeed; `retry` tells whether a later one can."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


VERSIONS = TypeAdapter(list[Version])


class Handshake:
    """Both sides of the credentials module; one handshake at a time."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        outgoing: Outgoing,
        on_registered: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._outgoing = outgoing
        self._on_registered = on_registered
        self._one_at_a_time = threading.Lock()

    def connect(self, versions_url: str, token: str) -> None:
        """Register as sender with a one-time token; HandshakeError says what went wrong."""
        with self._one_at_a_time:
            if self._registration.partner is not None:
                raise HandshakeError("Already registered: disconnect first.", retry=False)
            self._exchange("POST", versions_url, token)
        self._on_registered()

    def rotate(self) -> None:
        """Exchange both tokens for new ones with a PUT; HandshakeError says what went wrong."""
        with self._one_at_a_time:
            partner = self._registered()
            self._exchange("PUT", partner.versions_url, partner.token)

    def disconnect(self) -> str | None:
        """Unregister with a DELETE and forget the partner; a sentence when they did not agree."""
        with self._one_at_a_time:
            partner = self._registered()
            url = partner.endpoint("credentials")
            response = self._outgoing.with_token(partner.token).request("DELETE", str(url))
            self._registration.forget()
            return None if response.ok else response.diagnosis

    def credentials(self) -> dict[str, Any]:
        """Answer GET: our credentials for the partner that asks."""
        partner = self._registration.partner
        if partner is None:
            raise MethodNotAllowed("Not registered.")
        return self._identity.credentials(partner.our_token)

    def receive(self, method: str, body: Any) -> dict[str, Any]:
        """Answer POST (register) or PUT (update) and return our credentials with a new token.

        Raises MethodNotAllowed (405) for a POST when registered and a PUT when not,
        InvalidParameters (2001) for a bad body, and 3001 to 3003 when their side cannot be used.
        """
        with self._one_at_a_time:
            registered = self._registration.partner is not None
            if registered is not (method == "PUT"):
                raise MethodNotAllowed("Already registered." if registered else "Not registered.")
            theirs = _credentials(body)
            details = _discover(self._outgoing.with_token(theirs["token"]), theirs["url"])
            token = new_token()
            self._registration.register(_partner(theirs, details, token))
        if method == "POST":
            self._on_registered()
        return self._identity.credentials(token)

    def unregister(self) -> None:
        """Answer DELETE; MethodNotAllowed (405) when not registered."""
        with self._one_at_a_time:
            if self._registration.partner is None:
                raise MethodNotAllowed("Not registered.")
            self._registration.forget()

    def _registered(self) -> Partner:
        partner = self._registration.partner
        if partner is None:
            raise HandshakeError("Not registered.", retry=False)
        return partner

    def _exchange(self, method: str, versions_url: str, token: str) -> None:
        client = self._outgoing.with_token(token)
        try:
            details = _discover(client, versions_url)
            url = details.url_of("credentials")
            if url is None:
                raise MissingEndpoints("The partner has no credentials endpoint.")
            self._send(client, method, url, details)
        except OCPIError as error:
            retry = not isinstance(error, TokenRefused)
            raise HandshakeError(error.message, retry=retry) from None

    def _send(self, client: OCPIClient, method: str, url: str, details: VersionDetails) -> None:
        token = new_token()
        self._registration.set_pending(token)
        try:
            response = client.request(method, url, data=self._identity.credentials(token))
            if not response.ok or response.envelope is None:
                # They may have registered us and their answer got lost; a second POST then fails
                # with 401, because the one-time token has ended.
                raise HandshakeError(
                    response.diagnosis, retry=response.http_status != HTTPStatus.UNAUTHORIZED
                )
            theirs = _credentials(response.envelope.data)
            self._registration.register(_partner(theirs, details, token))
        finally:
            self._registration.set_pending(None)


def _discover(client: OCPIClient, versions_url: str) -> VersionDetails:
    """Fetch versions and the details of 2.2.1; raises 3001, 3002 or 3003."""
    try:
        offered = VERSIONS.validate_python(_fetch(client, versions_url))
        url = next((entry.url for entry in offered if entry.version == VERSION), None)
        if url is None:
            raise UnsupportedVersion(f"Version {VERSION} is not among those offered.")
        details = VersionDetails.model_validate(_fetch(client, url))
    except ValidationError as error:
        raise UnableToUseClientAPI(f"Versions or details are wrong: {_first(error)}") from None
    if details.url_of("locations") is None:
        raise MissingEndpoints("No endpoint of the locations module.")
    return details


def _fetch(client: OCPIClient, url: str) -> Any:
    response = client.request("GET", url)
    if response.http_status == HTTPStatus.UNAUTHORIZED:
        raise TokenRefused(f"GET {url}: {response.diagnosis}")
    if not response.ok or response.envelope is None:
        raise UnableToUseClientAPI(f"GET {url}: {response.diagnosis}")
    return response.envelope.data


def _credentials(document: Any) -> dict[str, Any]:
    """Return a credentials object that follows the specification; InvalidParameters if not."""
    if not isinstance(document, dict):
        raise InvalidParameters("The credentials are not an object.")
    return validate_document(VERSION, "credentials", document)


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"


def _partner(theirs: dict[str, Any], details: VersionDetails, our_token: str) -> Partner:
    return Partner(
        versions_url=theirs["url"],
        version=details.version,
        token=theirs["token"],
        our_token=our_token,
        endpoints=[endpoint.model_dump(mode="json") for endpoint in details.endpoints],
        roles=theirs["roles"],
        registered_at=now(),
    )
