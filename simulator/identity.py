"""Who the simulated partner is, which versions it speaks, and under which URLs it is reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocpi.ids import PartyId
from ocpi.urls import join
from ocpi.versions import SUPPORTED, WITHOUT_ROUTING, InterfaceRole, Role

MODULES = ("locations", "tariffs", "tokens", "sessions", "cdrs", "invoicereconciliation")
FUNCTIONS = ("commands", "chargingprofiles")
# Whose objects they are, or who asks for the deeds: everything else is the CPO's.
OF_THE_EMSP = frozenset({"tokens", "commands", "chargingprofiles"})
SINCE_2_2 = frozenset({"chargingprofiles"})
SINCE_2_3 = frozenset({"invoicereconciliation"})
BEFORE_2_3 = frozenset({"2.1.1", "2.2.1"})
ROLES = (Role.CPO, Role.EMSP)


@dataclass(frozen=True)
class Identity:
    """One platform; `base_url` is what others call it, without a slash at the end.

    The first of `parties` is CPO and eMSP, further ones are CPOs. At OCPI 2.1.1, where a connection
    has one party in one role on each side, it is the first party as `role`.
    """

    parties: tuple[PartyId, ...]
    name: str
    base_url: str
    versions: tuple[str, ...] = SUPPORTED
    role: Role = Role.CPO

    @property
    def party(self) -> PartyId:
        """The first party."""
        return self.parties[0]

    @property
    def versions_url(self) -> str:
        """URL of the versions endpoint."""
        return join(self.base_url, "ocpi", "versions")

    def endpoint_url(self, version: str, *segments: str) -> str:
        """URL of something below a version, such as `sender`, `locations`."""
        return join(self.base_url, "ocpi", version, *segments)

    def sides(self, version: str, module: str = "locations") -> tuple[InterfaceRole, ...]:
        """The interfaces of a functional module that we have at a version."""
        if module in SINCE_2_3 and version in BEFORE_2_3:
            return ()
        if version not in WITHOUT_ROUTING:
            return (InterfaceRole.SENDER, InterfaceRole.RECEIVER)
        if module in SINCE_2_2:
            return ()
        owner = Role.EMSP if module in OF_THE_EMSP else Role.CPO
        return (InterfaceRole.SENDER if self.role == owner else InterfaceRole.RECEIVER,)

    def acts_as(self, role: Role, version: str) -> bool:
        """Whether we are in this role at a version."""
        return version not in WITHOUT_ROUTING or self.role == role

    def parties_at(self, version: str) -> tuple[PartyId, ...]:
        """The parties whose objects a partner gets at a version."""
        return self.parties[:1] if version in WITHOUT_ROUTING else self.parties

    def version_list(self) -> list[dict[str, Any]]:
        """Return the versions (OCPI 2.2.1, version_information_endpoint, Version)."""
        return [
            {"version": version, "url": self.endpoint_url(version)} for version in self.versions
        ]

    def details(self, version: str) -> dict[str, Any]:
        """Return the endpoints; without roles at 2.1.1 (OCPI 2.1.1, version_information_endpoint)."""
        endpoints: list[dict[str, Any]] = [
            {"identifier": identifier, "role": role, "url": url}
            for identifier, role, url in self._endpoints(version)
        ]
        if version in WITHOUT_ROUTING:
            for endpoint in endpoints:
                del endpoint["role"]
        return {"version": version, "endpoints": endpoints}

    def _endpoints(self, version: str) -> Iterator[tuple[str, InterfaceRole, str]]:
        yield "credentials", InterfaceRole.SENDER, self.endpoint_url(version, "credentials")
        for module in (*MODULES, *FUNCTIONS):
            for side in self.sides(version, module):
                yield module, side, self.endpoint_url(version, side.lower(), module)

    def credentials(self, version: str, token: str) -> dict[str, Any]:
        """Return the credentials object of a version, with the token for the other side to use."""
        common = {"token": token, "url": self.versions_url}
        if version in WITHOUT_ROUTING:
            return {**common, **self._named(self.party)}
        roles = [{"role": role, **self._named(self.party)} for role in ROLES]
        roles += [{"role": Role.CPO, **self._named(party)} for party in self.parties[1:]]
        return {**common, "roles": roles}

    def _named(self, party: PartyId) -> dict[str, Any]:
        name = self.name if party == self.party else f"{self.name} {party.party_id}"
        return {
            "business_details": {"name": name},
            "party_id": party.party_id,
            "country_code": party.country_code,
        }


def parties_of(first: PartyId, count: int) -> tuple[PartyId, ...]:
    """`first` and more parties of the same country, alike at every start: NL*SIM, NL*S02, NL*S03."""
    more = (PartyId(first.country_code, f"{first.party_id[0]}{n:02d}") for n in range(2, 101))
    others = [party for party in more if party != first]
    return (first, *others[: count - 1])
