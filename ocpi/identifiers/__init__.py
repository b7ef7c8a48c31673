"""The IDs of electric mobility: of parties, EVSEs, stations, pools and contracts, and what is wrong with a text."""

from ocpi.identifiers.contracts import ContractId, Form, make_contract_id
from ocpi.identifiers.errors import NotACountry, NotAnId, WrongCheckCharacter
from ocpi.identifiers.party_ids import (
    for_operator,
    for_provider,
    parse_party_id,
    read_party_id,
)
from ocpi.identifiers.places import DinEvseId, Kind, PlaceId, make_evse_id
from ocpi.identifiers.recognising import Identifier, recognise
from ocpi.identifiers.scanning import country_meant, is_country

__all__ = [
    "ContractId",
    "DinEvseId",
    "Form",
    "Identifier",
    "Kind",
    "NotACountry",
    "NotAnId",
    "PlaceId",
    "WrongCheckCharacter",
    "country_meant",
    "for_operator",
    "for_provider",
    "is_country",
    "make_contract_id",
    "make_evse_id",
    "parse_party_id",
    "read_party_id",
    "recognise",
]
