"""Conversion of ClientInfo: the versions differ by the roles they have."""

from __future__ import annotations

from typing import get_args

from ocpi.convert.results import Converted, Document, Refused, unchanged
from ocpi.convert.steps import Losses
from ocpi.v2_2_1.credentials import Role

_ROLES_2_2_1 = frozenset(get_args(Role))


def client_info_to_2_2_1(document: Document) -> Converted:
    """Roles that 2.2.1 lacks are sent as OTHER, as in its Credentials."""
    if document["role"] in _ROLES_2_2_1:
        return unchanged(document)
    losses = Losses("2.2.1")
    losses.add("role_not_in_version", "role", document["role"])
    return Converted({**document, "role": "OTHER"}, losses)


def client_info_to_2_3_0(document: Document) -> Converted:
    """A hub is no role of 2.3.0: it is named by `hub_party_id`, and not as a client of itself."""
    if document["role"] == "HUB":
        raise Refused(
            "OCPI 2.3.0 has no role HUB: a hub is named by hub_party_id in its credentials"
        )
    return unchanged(document)
