"""What a text could be the ID of, for search boxes and audits: any spelling, any form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ocpi.identifiers.contracts import ContractId
from ocpi.identifiers.errors import NotAnId
from ocpi.identifiers.party_ids import read_party_id
from ocpi.identifiers.places import DinEvseId, PlaceId
from ocpi.ids import PartyId

Identifier = PartyId | PlaceId | ContractId | DinEvseId
_READERS: tuple[Callable[[str], Any], ...] = (
    read_party_id,
    PlaceId.loosely,
    ContractId.read,
    DinEvseId.parse,
)


def recognise(text: str) -> Iterator[Identifier]:
    """Everything that ``text`` can be read as; a compact EVSE ID may look like a contract, and is both then.

    Nothing is checked beyond the form: check characters and countries may be wrong.
    """
    for read in _READERS:
        try:
            yield read(text)
        except NotAnId:
            continue
