"""Registration with the partner in both directions, at any version (OCPI 2.2.1, credentials)."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ocpi.client import OCPIClient
from ocpi.errors import InvalidParameters, MethodNotAllowed, MissingEndpoints, OCPIError
from ocpi.versions import VersionDetails, VersionNumber
from simulator.discovery import Discovery, Found, TokenRefused, credentials
from simulator.identity import Identity
from simulator.outgoing import Outgoing
from simulator.registration import Partner, Registration, new_token
from simulator.violations import Violations


class HandshakeError(Exception):
    """A handshake that we began did not succeed; `retry` tells whether a later one can."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


class Handshake:
    """Both sides of the credentials module; one handshake at a time."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        outgoing: Outgoing,
        violations: Violations,
        on_registered: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._outgoing = outgoing
        self._discovery = Discovery(identity, outgoing)
        self._violations = violations
        self._on_registered = on_registered
        self._one_at_a_time = threading.Lock()

    def connect(self, versions_url: str, token: str, version: str | None = None) -> None:
        """Register as sender with a one-time token; HandshakeError says what went wrong.

        `version` is the one to register at; None takes the best that both sides have.
        """
        self._check(version)
        with self._one_at_a_time:
            if self._registration.partner is not None:
                raise HandshakeError("Already registered: disconnect first.", retry=False)
            client = self._outgoing.with_token(token, version or VersionNumber.V2_2_1)
            self._exchange("POST", client, versions_url, version)
        self._on_registered()

    def rotate(self) -> None:
        """Exchange both tokens for new ones with a PUT; HandshakeError says what went wrong."""
        with self._one_at_a_time:
            partner = self._registered()
            self._put(partner, partner.version)

    def switch(self, version: str) -> None:
        """Go over to another version with a PUT there; HandshakeError says what went wrong."""
        self._check(version)
        with self._one_at_a_time:
            partner = self._registered()
            if partner.version == version:
                raise HandshakeError(f"The connection is at {version} already.", retry=False)
            self._put(partner, version)
        self._on_registered()

    def disconnect(self) -> str | None:
        """Unregister with a DELETE and forget the partner; a sentence when they did not agree."""
        with self._one_at_a_time:
            partner = self._registered()
            url = partner.endpoint("credentials")
            client = self._outgoing.with_token(partner.token, partner.version)
            response = client.request("DELETE", str(url))
            self._registration.forget()
            return None if response.ok else response.diagnosis

    def credentials(self, version: str) -> dict[str, Any]:
        """Answer GET: our credentials for the partner that asks, as a version has them."""
        partner = self._registration.partner
        if partner is None:
            raise MethodNotAllowed("Not registered.")
        return self._identity.credentials(version, partner.our_token)

    def receive(self, method: str, version: str, body: Any) -> dict[str, Any]:
        """Answer POST (register) or PUT (update, at another version: switch) with a new token.

        Raises MethodNotAllowed (405) for a POST when registered and a PUT when not,
        InvalidParameters (2001) for a bad body, and 3001 to 3003 when their side cannot be used.
        """
        with self._one_at_a_time:
            before = self._registration.partner
            if (before is not None) is not (method == "PUT"):
                raise MethodNotAllowed("Already registered." if before else "Not registered.")
            theirs = self._checked(version, body)
            client = self._outgoing.with_token(theirs["token"], version)
            details = self._discovery.ask(client, theirs["url"], version)
            token = new_token()
            found = Found(theirs, details)
            self._registration.register(self._discovery.partner(found, version, token))
        if before is None or before.version != version:
            self._on_registered()
        return self._identity.credentials(version, token)

    def unregister(self) -> None:
        """Answer DELETE; MethodNotAllowed (405) when not registered."""
        with self._one_at_a_time:
            if self._registration.partner is None:
                raise MethodNotAllowed("Not registered.")
            self._registration.forget()

    def _check(self, version: str | None) -> None:
        if version is not None and version not in self._identity.versions:
            spoken = ", ".join(self._identity.versions)
            raise HandshakeError(f"Version {version} is not one of {spoken}.", retry=False)

    def _registered(self) -> Partner:
        partner = self._registration.partner
        if partner is None:
            raise HandshakeError("Not registered.", retry=False)
        return partner

    def _put(self, partner: Partner, version: str) -> None:
        client = self._outgoing.with_token(partner.token, partner.version)
        self._exchange("PUT", client, partner.versions_url, version)

    def _exchange(
        self, method: str, client: OCPIClient, versions_url: str, version: str | None
    ) -> None:
        try:
            details = self._discovery.ask(client, versions_url, version)
            url = details.url_of("credentials")
            if url is None:
                raise MissingEndpoints("The partner has no credentials endpoint.")
            self._send(client, method, url, details)
        except OCPIError as error:
            retry = not isinstance(error, TokenRefused)
            raise HandshakeError(error.message, retry=retry) from None

    def _send(self, client: OCPIClient, method: str, url: str, details: VersionDetails) -> None:
        token, version = new_token(), details.version
        self._registration.set_pending(token)
        try:
            data = self._identity.credentials(version, token)
            response = client.request(method, url, data=data)
            if not response.ok or response.envelope is None:
                # They may have registered us and their answer got lost; a second POST then fails
                # with 401, because the one-time token has ended.
                raise HandshakeError(
                    response.diagnosis, retry=response.http_status != HTTPStatus.UNAUTHORIZED
                )
            found = Found(self._checked(version, response.envelope.data), details)
            self._registration.register(self._discovery.partner(found, version, token))
        finally:
            self._registration.set_pending(None)

    def _checked(self, version: str, document: Any) -> dict[str, Any]:
        try:
            return credentials(version, document)
        except InvalidParameters as error:
            self._violations.add("invalid_credentials", f"{version}: {error.message}")
            raise
