"""Conversion of Tokens and AuthorizationInfo to and from OCPI 2.2.1.

2.3.0 has an open list of types of Tokens; types that 2.2.1 lacks, EMAID among them, are sent as OTHER.
"""

from __future__ import annotations

from typing import get_args

from ocpi.convert.results import Converted, Document
from ocpi.convert.steps import Losses, applied
from ocpi.v2_2_1.locations import TokenType

TYPES = frozenset(get_args(TokenType))


def token_from_canonical(document: Document) -> Converted:
    """A canonical Token as 2.2.1."""
    losses = Losses("2.2.1")
    return Converted(
        applied(document, known_type(document, TYPES, "type", losses)),
        losses,
    )


def known_type(document: Document, types: frozenset[str], path: str, losses: Losses) -> Document:
    """The change that makes an unlisted type of a Token OTHER."""
    value = document.get("type")
    if value is None or losses.can_say(value, types):
        return {}
    losses.add("token_type_as_other", path, value)
    return {"type": "OTHER"}


def authorization_from_canonical(document: Document) -> Converted:
    """A canonical AuthorizationInfo as 2.2.1."""
    losses = Losses("2.2.1")
    token = document["token"]
    said = applied(token, known_type(token, TYPES, "token.type", losses))
    return Converted(document if said is token else {**document, "token": said}, losses)
