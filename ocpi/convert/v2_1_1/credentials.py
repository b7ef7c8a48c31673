"""Credentials to and from OCPI 2.1.1, where a connection has one party on each side."""

from __future__ import annotations

from ocpi.convert.results import Converted, Document, Origin, Refused
from ocpi.convert.steps import Losses, image
from ocpi.convert.v2_1_1.saying import IMAGE_CATEGORIES, VERSION

_PARTY = ("business_details", "party_id", "country_code")


def credentials_from_canonical(document: Document) -> Converted:
    """Canonical Credentials as 2.1.1; Refused unless they have exactly one role, which goes unsaid."""
    roles = document["roles"]
    if len(roles) != 1:
        raise Refused(
            f"OCPI 2.1.1 credentials name one party in one role; here there are {len(roles)}"
        )
    losses = Losses(VERSION)
    said = {
        name: value for name, value in document.items() if name not in {"roles", "hub_party_id"}
    }
    if document.get("hub_party_id"):
        losses.add("field_not_in_version", "hub_party_id", document["hub_party_id"])
    party = {name: roles[0][name] for name in _PARTY}
    if party["business_details"].get("logo"):
        details = party["business_details"]
        path = "roles.0.business_details.logo."
        logo = image(details["logo"], IMAGE_CATEGORIES, path, losses)
        party["business_details"] = {**details, "logo": logo}
    return Converted({**said, **party}, losses)


def credentials_to_canonical(document: Document, origin: Origin) -> Converted:
    """2.1.1 Credentials as canonical, their party in the origin's role; Refused when that is not given."""
    if origin.role is None:
        raise Refused("Credentials of OCPI 2.1.1 do not say in which role the party acts")
    canonical = {
        name: value
        for name, value in document.items()
        if name not in {*_PARTY, "roles", "hub_party_id"}
    }
    party = {name: document[name] for name in _PARTY}
    return Converted({**canonical, "roles": [{"role": origin.role, **party}]}, [])
