"""Conversion to and from OCPI 2.1.1."""

from __future__ import annotations

from collections.abc import Callable

from ocpi.convert.results import (
    Converter,
    Document,
    Fit,
    FromOrigin,
    PatchConverter,
    WithBeside,
    lacks,
    unchanged,
)
from ocpi.convert.v2_1_1.charges import (
    cdr_from_canonical,
    cdr_to_canonical,
    is_not_said,
    session_from_canonical,
    session_patch,
    session_to_canonical,
)
from ocpi.convert.v2_1_1.commands import (
    cancellation_from_canonical,
    response_from_canonical,
    response_to_canonical,
    result_from_canonical,
    result_to_canonical,
    with_token_from_canonical,
    with_token_to_canonical,
)
from ocpi.convert.v2_1_1.credentials import credentials_from_canonical, credentials_to_canonical
from ocpi.convert.v2_1_1.reading import (
    connector_patch,
    connector_to_canonical,
    evse_patch,
    evse_to_canonical,
    location_patch,
    location_to_canonical,
)
from ocpi.convert.v2_1_1.saying import (
    connector_from_canonical,
    evse_from_canonical,
    is_private,
    location_from_canonical,
)
from ocpi.convert.v2_1_1.tariffs import (
    tariff_from_canonical,
    tariff_patch,
    tariff_to_canonical,
)
from ocpi.convert.v2_1_1.tokens import (
    authorization_from_canonical,
    authorization_to_canonical,
    references_to_canonical,
    token_from_canonical,
    token_patch,
    token_to_canonical,
)


def _location_fit(document: Document) -> Fit:
    """Known without converting: a published Location differs by the fields that 2.1.1 lacks."""
    return Fit.REFUSED if is_private(document) else Fit.DIFFERS


def _token_fit(document: Document) -> Fit:
    """Every Token differs by the name of its contract."""
    return Fit.DIFFERS if document.get("contract_id") else Fit.REFUSED


def _session_fit(document: Document) -> Fit:
    """Whether its location is known is found out when it is said."""
    return Fit.DIFFERS


def _cdr_fit(document: Document) -> Fit:
    """It differs by its location, or is refused whatever is known of that."""
    return Fit.REFUSED if is_not_said(document) else Fit.DIFFERS


TO_CANONICAL: dict[str, Converter] = {
    "evse": evse_to_canonical,
    "connector": connector_to_canonical,
    "location_references": references_to_canonical,
    "stop_session": unchanged,
    "unlock_connector": unchanged,
    "command_response": response_to_canonical,
    "command_result": result_to_canonical,
}
FROM_ORIGIN: dict[str, FromOrigin] = {
    "location": location_to_canonical,
    "credentials": credentials_to_canonical,
    "tariff": tariff_to_canonical,
    "token": token_to_canonical,
    "authorization_info": authorization_to_canonical,
    "session": session_to_canonical,
    "cdr": cdr_to_canonical,
    "start_session": with_token_to_canonical,
    "reserve_now": with_token_to_canonical,
}
FROM_CANONICAL: dict[str, Converter] = {
    "location": location_from_canonical,
    "evse": evse_from_canonical,
    "connector": connector_from_canonical,
    "credentials": credentials_from_canonical,
    "tariff": tariff_from_canonical,
    "token": token_from_canonical,
    "location_references": unchanged,
    "authorization_info": authorization_from_canonical,
    "start_session": with_token_from_canonical,
    "stop_session": unchanged,
    "reserve_now": with_token_from_canonical,
    "cancel_reservation": cancellation_from_canonical,
    "unlock_connector": unchanged,
    "command_response": response_from_canonical,
    "command_result": result_from_canonical,
    "invoice_record": lacks("2.1.1", "invoice reconciliation"),
}
WITH_BESIDE: dict[str, WithBeside] = {
    "session": session_from_canonical,
    "cdr": cdr_from_canonical,
}
PATCH_TO_CANONICAL: dict[str, PatchConverter] = {
    "location": location_patch,
    "evse": evse_patch,
    "connector": connector_patch,
    "tariff": tariff_patch,
    "token": token_patch,
    "session": session_patch,
}
FITS: dict[str, Callable[[Document], Fit]] = {
    "location": _location_fit,
    "token": _token_fit,
    "session": _session_fit,
    "cdr": _cdr_fit,
}
