"""What accepting differs in by kind of object: one row per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel

from ocpi.errors import Problem
from ocpi.lenient.assume import (
    fill_in_connector,
    fill_in_evse,
    fill_in_last_updated,
    fill_in_location,
    fill_in_tariff,
)
from ocpi.lenient.charges import (
    cdr_as_canonical,
    check_cdr,
    check_session,
    fill_in_cdr,
    fill_in_session,
    session_as_canonical,
)
from ocpi.lenient.checks import check_connector, check_evse, check_location
from ocpi.lenient.known import Known
from ocpi.lenient.prices import check_prices
from ocpi.lenient.repair import Repair
from ocpi.lenient.tariff_shapes import as_canonical
from ocpi.lenient.tokens import check_token, fill_in_token, token_as_canonical
from ocpi.v2_3_0.cdrs import CDR
from ocpi.v2_3_0.hubclientinfo import ClientInfo
from ocpi.v2_3_0.invoicereconciliation import InvoiceReconciliationRecord
from ocpi.v2_3_0.locations import EVSE, Connector, Location
from ocpi.v2_3_0.sessions import Session
from ocpi.v2_3_0.tariffs import Tariff
from ocpi.v2_3_0.tokens import Token

Document = dict[str, Any]
Warnings = list[Problem]


def _as_it_is(document: Document, known: Known, warnings: Warnings) -> None:
    return None


def _unchecked(document: Document, known: Known, warnings: Warnings) -> None:
    return None


class Root(NamedTuple):
    """A kind of object. `shape` comes before the audit, `fill_in` after repairs, `check` last.

    `shape` must take anything and raise nothing; `check` gets what passed the audit or was repaired.
    """

    model: type[BaseModel]
    identifier: str
    has_owner: bool
    fill_in: Callable[[Repair], None]
    check: Callable[[Document, Known, Warnings], None]
    shape: Callable[[Document, Known, Warnings], None] = _as_it_is


ROOTS: Mapping[str, Root] = MappingProxyType(
    {
        "location": Root(Location, "id", True, fill_in_location, check_location),
        "evse": Root(EVSE, "uid", False, fill_in_evse, check_evse),
        "connector": Root(Connector, "id", False, fill_in_connector, check_connector),
        "tariff": Root(Tariff, "id", True, fill_in_tariff, check_prices, as_canonical),
        "session": Root(Session, "id", True, fill_in_session, check_session, session_as_canonical),
        "cdr": Root(CDR, "id", True, fill_in_cdr, check_cdr, cdr_as_canonical),
        "token": Root(Token, "uid", True, fill_in_token, check_token, token_as_canonical),
        "client_info": Root(ClientInfo, "party_id", True, fill_in_last_updated, _unchecked),
        "invoice_record": Root(
            InvoiceReconciliationRecord, "id", True, fill_in_last_updated, _unchecked
        ),
    }
)


def identifier_of(kind: str) -> str:
    """The member of a kind of object that holds its id: ``uid`` of EVSEs and Tokens, of most others ``id``."""
    return ROOTS[kind].identifier if kind in ROOTS else "id"
