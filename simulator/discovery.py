"""What the partner offers: its versions, the details of one, and its credentials as we keep them."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ocpi.client import OCPIClient
from ocpi.convert import to_canonical
from ocpi.errors import (
    InvalidParameters,
    MissingEndpoints,
    UnableToUseClientAPI,
    UnsupportedVersion,
)
from ocpi.headers import TokenEncoding
from ocpi.versioned import validate_document
from ocpi.versions import (
    WITHOUT_ROUTING,
    Endpoint,
    InterfaceRole,
    Role,
    Version,
    VersionDetails,
    best_common,
)
from simulator.documents import now
from simulator.identity import Identity
from simulator.outgoing import Outgoing
from simulator.registration import Partner

VERSIONS = TypeAdapter(list[Version])


class TokenRefused(UnableToUseClientAPI):
    """The other side does not know the token: trying again is of no use."""


class Found(NamedTuple):
    """What credentials say (`theirs`) about the partner whose endpoints are `details`."""

    theirs: dict[str, Any]
    details: VersionDetails


class Discovery:
    """Asks the partner, and reads its answers as the version has them."""

    def __init__(self, identity: Identity, outgoing: Outgoing) -> None:
        self._identity = identity
        self._outgoing = outgoing

    def ask(self, client: OCPIClient, versions_url: str, wanted: str | None) -> VersionDetails:
        """Fetch versions and the details of `wanted`, or of the best that both sides have.

        The client goes on with the token spelled as that version says. Raises 3001, 3002 or 3003.
        """
        spellings = (client.encoding, *_others(client.encoding, self._outgoing))
        try:
            offered = VERSIONS.validate_python(_fetch(client, versions_url, spellings))
            version = wanted or best_common((v.version for v in offered), self._identity.versions)
            url = next((entry.url for entry in offered if entry.version == version), None)
            if version is None or url is None:
                raise UnsupportedVersion(
                    f"The other side does not offer {wanted or ' or '.join(self._identity.versions)}."
                )
            spellings = (self._outgoing.encoding(version), client.encoding)
            details = VersionDetails.model_validate(_fetch(client, url, spellings))
        except ValidationError as error:
            raise UnableToUseClientAPI(f"Versions or details are wrong: {_first(error)}") from None
        if details.url_of("locations") is None:
            raise MissingEndpoints("No endpoint of the locations module.")
        client.present(client.token, self._outgoing.encoding(version))
        return details

    def partner(self, found: Found, version: str, our_token: str) -> Partner:
        """The partner as we keep it: with roles, which OCPI 2.1.1 does not say."""
        mine = self._identity.role
        role = Role.EMSP if mine == Role.CPO else Role.CPO
        said = to_canonical(version, "credentials", found.theirs, role=role).document
        return Partner(
            versions_url=found.theirs["url"],
            version=version,
            token=found.theirs["token"],
            our_token=our_token,
            endpoints=[self._endpoint(version, endpoint) for endpoint in found.details.endpoints],
            roles=said["roles"],
            registered_at=now(),
        )

    def _endpoint(self, version: str, endpoint: Endpoint) -> dict[str, Any]:
        document = endpoint.model_dump(mode="json")
        if version in WITHOUT_ROUTING:
            ours = self._identity.sides(version, endpoint.identifier)
            gives = InterfaceRole.SENDER in ours
            document["role"] = InterfaceRole.RECEIVER if gives else InterfaceRole.SENDER
        return document


def credentials(version: str, document: Any) -> dict[str, Any]:
    """Return a credentials object that follows the version; InvalidParameters if not."""
    if not isinstance(document, dict):
        raise InvalidParameters("The credentials are not an object.")
    return validate_document(version, "credentials", document)


def _others(first: TokenEncoding, outgoing: Outgoing) -> list[TokenEncoding]:
    """The other spelling, unless we insist on one."""
    possible = {outgoing.encoding("2.1.1"), outgoing.encoding("2.2.1")}
    return [encoding for encoding in possible if encoding is not first]


def _fetch(client: OCPIClient, url: str, spellings: Iterable[TokenEncoding]) -> Any:
    refusal = ""
    for encoding in dict.fromkeys(spellings):
        client.present(client.token, encoding)
        response = client.request("GET", url)
        if response.http_status == HTTPStatus.UNAUTHORIZED:
            refusal = refusal or response.diagnosis
            continue
        if not response.ok or response.envelope is None:
            raise UnableToUseClientAPI(f"GET {url}: {response.diagnosis}")
        return response.envelope.data
    raise TokenRefused(f"GET {url}: {refusal}")


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
