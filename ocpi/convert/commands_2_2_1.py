"""Conversion of commands to OCPI 2.2.1: they differ by the type of the Token alone."""

from __future__ import annotations

from ocpi.convert.results import Converted, Document
from ocpi.convert.steps import Losses, applied
from ocpi.convert.tokens_2_2_1 import TYPES, known_type


def with_token_from_canonical(document: Document) -> Converted:
    """A canonical StartSession or ReserveNow as 2.2.1."""
    losses = Losses("2.2.1")
    token = document["token"]
    said = applied(token, known_type(token, TYPES, "token.type", losses))
    return Converted(document if said is token else {**document, "token": said}, losses)
