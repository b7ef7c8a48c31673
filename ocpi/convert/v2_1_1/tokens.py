"""Conversion of Tokens, AuthorizationInfo and LocationReferences to and from OCPI 2.1.1.

A Token of 2.1.1 names no owner, calls its contract `auth_id` and is an RFID or OTHER. AuthorizationInfo
comes without the Token and without a reference, LocationReferences name connectors.
"""

from __future__ import annotations

from typing import get_args

from ocpi.convert.results import Converted, Document, Origin, Refused
from ocpi.convert.steps import Losses, applied, dropped, whole_seconds
from ocpi.convert.tokens_2_2_1 import known_type
from ocpi.v2_1_1.tokens import TokenType

VERSION = "2.1.1"
_TYPES = frozenset(get_args(TokenType))
_OWNER = frozenset({"country_code", "party_id"})
_LATER = frozenset({"group_id", "default_profile_type", "energy_contract"})
_NOT_IN_2_1_1 = _LATER | {"contract_id"}
_AUTHORIZATION_LATER = frozenset({"authorization_reference"})


def token_from_canonical(document: Document) -> Converted:
    """A canonical Token as 2.1.1; the owner is left out without being a loss: the address names it.

    Refused without a contract, which 2.1.1 needs to name the Token in Sessions and CDRs.
    """
    if not document.get("contract_id"):
        raise Refused("The Token has no contract_id")
    losses = Losses(VERSION)
    changes = dropped(document, _LATER, "", losses)
    changes |= known_type(document, _TYPES, "type", losses)
    changes["last_updated"] = whole_seconds(document["last_updated"], "last_updated", losses)
    changed = applied(document, changes)
    said = {
        "auth_id" if name == "contract_id" else name: value
        for name, value in changed.items()
        if name not in _OWNER and name != "auth_id"
    }
    return Converted(said, losses)


def token_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 Token as canonical: its owner is the origin's; Refused when that is not given.

    Fields of later versions mean nothing in 2.1.1 and are left out as losses.
    """
    if origin.owner is None:
        raise Refused("A Token of OCPI 2.1.1 does not say whose it is")
    losses = Losses(VERSION)
    known = applied(document, dropped(document, _NOT_IN_2_1_1, "", losses))
    read = {"contract_id" if name == "auth_id" else name: value for name, value in known.items()}
    return Converted({**origin.owner._asdict(), **read, **origin.owner._asdict()}, losses)


def token_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 Token as one of a canonical Token."""
    return {
        "contract_id" if name == "auth_id" else name: value
        for name, value in patch.items()
        if name not in _NOT_IN_2_1_1 and name not in _OWNER
    }


def authorization_from_canonical(document: Document) -> Converted:
    """A canonical AuthorizationInfo as 2.1.1; the Token is no loss, as the request named it."""
    losses = Losses(VERSION)
    said = applied(document, dropped(document, _AUTHORIZATION_LATER, "", losses))
    return Converted({name: value for name, value in said.items() if name != "token"}, losses)


def authorization_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 AuthorizationInfo as canonical, about the Token beside it; Refused when that is not given."""
    if origin.beside.token is None:
        raise Refused("AuthorizationInfo of OCPI 2.1.1 does not name the Token it is about")
    losses = Losses(VERSION)
    known = applied(document, dropped(document, _AUTHORIZATION_LATER | {"token"}, "", losses))
    if known.get("location"):
        known = {**known, "location": _references(known["location"], "location.", losses)}
    return Converted({**known, "token": origin.beside.token}, losses)


def references_to_canonical(document: Document) -> Converted:
    """2.1.1 LocationReferences as canonical: connectors cannot be named there."""
    losses = Losses(VERSION)
    return Converted(_references(document, "", losses), losses)


def _references(document: Document, path: str, losses: Losses) -> Document:
    if not document.get("connector_ids"):
        return {name: value for name, value in document.items() if name != "connector_ids"}
    losses.add("field_of_version_only", f"{path}connector_ids", document["connector_ids"])
    return {name: value for name, value in document.items() if name != "connector_ids"}
