"""Canonical documents are those of OCPI 2.3.0; only the role HUB is gone there."""

from __future__ import annotations

from typing import Any

from ocpi.convert.results import Converted, Converter, unchanged


def credentials_from_canonical(document: dict[str, Any]) -> Converted:
    """Leave out the role HUB, which `hub_party_id` stands for, if another role remains."""
    others = [role for role in document["roles"] if role["role"] != "HUB"]
    if not others or len(others) == len(document["roles"]):
        return unchanged(document)
    return Converted({**document, "roles": others}, [])


TO_CANONICAL: dict[str, Converter] = {
    "location": unchanged,
    "evse": unchanged,
    "connector": unchanged,
    "credentials": unchanged,
    "tariff": unchanged,
    "token": unchanged,
    "location_references": unchanged,
    "authorization_info": unchanged,
}
FROM_CANONICAL: dict[str, Converter] = {**TO_CANONICAL, "credentials": credentials_from_canonical}
