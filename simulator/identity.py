"""Who the simulated partner is, and under which URLs it is reached."""

from dataclasses import dataclass
from typing import Any

from ocpi.ids import PartyId
from ocpi.urls import join
from ocpi.versions import InterfaceRole, Role

VERSION = "2.2.1"


@dataclass(frozen=True)
class Identity:
    """One party with two roles; `base_url` is what others call it, without a slash at the end."""

    party: PartyId
    name: str
    base_url: str

    @property
    def versions_url(self) -> str:
        """URL of the versions endpoint."""
        return join(self.base_url, "ocpi", "versions")

    @property
    def details_url(self) -> str:
        """URL of the version details of the one version we speak."""
        return join(self.base_url, "ocpi", VERSION)

    @property
    def sender_url(self) -> str:
        """URL of our Locations as CPO."""
        return join(self.details_url, "sender", "locations")

    def versions(self) -> list[dict[str, Any]]:
        """Return the versions (OCPI 2.2.1, version_information_endpoint, Version)."""
        return [{"version": VERSION, "url": self.details_url}]

    def details(self) -> dict[str, Any]:
        """Return the endpoints (OCPI 2.2.1, version_information_endpoint, Endpoint)."""
        sender, receiver = InterfaceRole.SENDER, InterfaceRole.RECEIVER
        endpoints = (
            ("credentials", sender, join(self.details_url, "credentials")),
            ("locations", sender, self.sender_url),
            ("locations", receiver, join(self.details_url, "receiver", "locations")),
        )
        return {
            "version": VERSION,
            "endpoints": [
                {"identifier": identifier, "role": role, "url": url}
                for identifier, role, url in endpoints
            ],
        }

    def credentials(self, token: str) -> dict[str, Any]:
        """Return the credentials object with the token for the other side to use."""
        roles = [
            {
                "role": role,
                "business_details": {"name": self.name},
                "party_id": self.party.party_id,
                "country_code": self.party.country_code,
            }
            for role in (Role.CPO, Role.EMSP)
        ]
        return {"token": token, "url": self.versions_url, "roles": roles}
