"""The types of each version under the same names, and the check of a document against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import ocpi.json
from ocpi.documents import drop_empty, merge_patch
from ocpi.types import OCPIModel, validate, validate_part
from ocpi.v2_1_1 import cdrs as cdrs_2_1_1
from ocpi.v2_1_1 import commands as commands_2_1_1
from ocpi.v2_1_1 import credentials as credentials_2_1_1
from ocpi.v2_1_1 import locations as locations_2_1_1
from ocpi.v2_1_1 import sessions as sessions_2_1_1
from ocpi.v2_1_1 import tariffs as tariffs_2_1_1
from ocpi.v2_1_1 import tokens as tokens_2_1_1
from ocpi.v2_2_1 import cdrs as cdrs_2_2_1
from ocpi.v2_2_1 import chargingprofiles as profiles_2_2_1
from ocpi.v2_2_1 import commands as commands_2_2_1
from ocpi.v2_2_1 import credentials as credentials_2_2_1
from ocpi.v2_2_1 import hubclientinfo as hubclientinfo_2_2_1
from ocpi.v2_2_1 import locations as locations_2_2_1
from ocpi.v2_2_1 import sessions as sessions_2_2_1
from ocpi.v2_2_1 import tariffs as tariffs_2_2_1
from ocpi.v2_2_1 import tokens as tokens_2_2_1
from ocpi.v2_3_0 import cdrs as cdrs_2_3_0
from ocpi.v2_3_0 import chargingprofiles as profiles_2_3_0
from ocpi.v2_3_0 import commands as commands_2_3_0
from ocpi.v2_3_0 import credentials as credentials_2_3_0
from ocpi.v2_3_0 import hubclientinfo as hubclientinfo_2_3_0
from ocpi.v2_3_0 import invoicereconciliation as invoices_2_3_0
from ocpi.v2_3_0 import locations as locations_2_3_0
from ocpi.v2_3_0 import sessions as sessions_2_3_0
from ocpi.v2_3_0 import tariffs as tariffs_2_3_0
from ocpi.v2_3_0 import tokens as tokens_2_3_0

__all__ = [
    "CANONICAL",
    "TYPES",
    "Kind",
    "merge_patch",
    "validate_connector",
    "validate_credentials",
    "validate_document",
    "validate_evse",
    "validate_location",
    "validate_patch",
    "validate_tariff",
]

Kind = Literal[
    "location",
    "evse",
    "connector",
    "credentials",
    "tariff",
    "token",
    "location_references",
    "authorization_info",
    "session",
    "charging_preferences",
    "cdr",
    "start_session",
    "stop_session",
    "reserve_now",
    "cancel_reservation",
    "unlock_connector",
    "command_response",
    "command_result",
    "set_charging_profile",
    "charging_profile_response",
    "charging_profile_result",
    "active_charging_profile",
    "active_charging_profile_result",
    "clear_profile_result",
    "client_info",
    "invoice_record",
]
CANONICAL = "2.3.0"

TYPES: dict[str, dict[Kind, type[OCPIModel]]] = {
    "2.1.1": {
        "location": locations_2_1_1.Location,
        "evse": locations_2_1_1.EVSE,
        "connector": locations_2_1_1.Connector,
        "credentials": credentials_2_1_1.Credentials,
        "tariff": tariffs_2_1_1.Tariff,
        "token": tokens_2_1_1.Token,
        "location_references": tokens_2_1_1.LocationReferences,
        "authorization_info": tokens_2_1_1.AuthorizationInfo,
        "session": sessions_2_1_1.Session,
        "cdr": cdrs_2_1_1.CDR,
        "start_session": commands_2_1_1.StartSession,
        "stop_session": commands_2_1_1.StopSession,
        "reserve_now": commands_2_1_1.ReserveNow,
        "unlock_connector": commands_2_1_1.UnlockConnector,
        "command_response": commands_2_1_1.CommandResponse,
        "command_result": commands_2_1_1.CommandResponse,
    },
    "2.2.1": {
        "location": locations_2_2_1.Location,
        "evse": locations_2_2_1.EVSE,
        "connector": locations_2_2_1.Connector,
        "credentials": credentials_2_2_1.Credentials,
        "tariff": tariffs_2_2_1.Tariff,
        "token": tokens_2_2_1.Token,
        "location_references": tokens_2_2_1.LocationReferences,
        "authorization_info": tokens_2_2_1.AuthorizationInfo,
        "session": sessions_2_2_1.Session,
        "charging_preferences": sessions_2_2_1.ChargingPreferences,
        "cdr": cdrs_2_2_1.CDR,
        "start_session": commands_2_2_1.StartSession,
        "stop_session": commands_2_2_1.StopSession,
        "reserve_now": commands_2_2_1.ReserveNow,
        "cancel_reservation": commands_2_2_1.CancelReservation,
        "unlock_connector": commands_2_2_1.UnlockConnector,
        "command_response": commands_2_2_1.CommandResponse,
        "command_result": commands_2_2_1.CommandResult,
        "set_charging_profile": profiles_2_2_1.SetChargingProfile,
        "charging_profile_response": profiles_2_2_1.ChargingProfileResponse,
        "charging_profile_result": profiles_2_2_1.ChargingProfileResult,
        "active_charging_profile": profiles_2_2_1.ActiveChargingProfile,
        "active_charging_profile_result": profiles_2_2_1.ActiveChargingProfileResult,
        "clear_profile_result": profiles_2_2_1.ClearProfileResult,
        "client_info": hubclientinfo_2_2_1.ClientInfo,
    },
    "2.3.0": {
        "location": locations_2_3_0.Location,
        "evse": locations_2_3_0.EVSE,
        "connector": locations_2_3_0.Connector,
        "credentials": credentials_2_3_0.Credentials,
        "tariff": tariffs_2_3_0.Tariff,
        "token": tokens_2_3_0.Token,
        "location_references": tokens_2_3_0.LocationReferences,
        "authorization_info": tokens_2_3_0.AuthorizationInfo,
        "session": sessions_2_3_0.Session,
        "charging_preferences": sessions_2_3_0.ChargingPreferences,
        "cdr": cdrs_2_3_0.CDR,
        "start_session": commands_2_3_0.StartSession,
        "stop_session": commands_2_3_0.StopSession,
        "reserve_now": commands_2_3_0.ReserveNow,
        "cancel_reservation": commands_2_3_0.CancelReservation,
        "unlock_connector": commands_2_3_0.UnlockConnector,
        "command_response": commands_2_3_0.CommandResponse,
        "command_result": commands_2_3_0.CommandResult,
        "set_charging_profile": profiles_2_3_0.SetChargingProfile,
        "charging_profile_response": profiles_2_3_0.ChargingProfileResponse,
        "charging_profile_result": profiles_2_3_0.ChargingProfileResult,
        "active_charging_profile": profiles_2_3_0.ActiveChargingProfile,
        "active_charging_profile_result": profiles_2_3_0.ActiveChargingProfileResult,
        "clear_profile_result": profiles_2_3_0.ClearProfileResult,
        "client_info": hubclientinfo_2_3_0.ClientInfo,
        "invoice_record": invoices_2_3_0.InvoiceReconciliationRecord,
    },
}
"""version -> kind of object -> strict type."""


def validate_document(version: str, kind: Kind, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Check an object of a version strictly and return it as a document to keep.

    Absent, `null` and `[]` are the same in OCPI: known fields with the latter two are left out.
    Timestamps get their `Z`. Unknown fields and the order of keys stay as sent; the argument
    is not changed. Raises MalformedJSON for bytes that are no JSON and InvalidParameters
    (2001) with every fault found.
    """
    parsed = ocpi.json.loads(data) if isinstance(data, bytes) else data
    model = TYPES[version][kind]
    validate(model, parsed)
    return drop_empty(parsed, model)


def validate_patch(version: str, kind: Kind, patch: Mapping[str, Any]) -> None:
    """Check the body of a PATCH against the types of a version, as far as it goes.

    What is missing is no fault: the patch is merged into the whole, which is checked as such. `null` clears
    a field and is a fault for a required one. Raises InvalidParameters (2001) with every fault found.
    """
    validate_part(TYPES[version][kind], patch)


def validate_location(version: str, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """`validate_document` for a Location."""
    return validate_document(version, "location", data)


def validate_evse(version: str, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """`validate_document` for an EVSE."""
    return validate_document(version, "evse", data)


def validate_connector(version: str, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """`validate_document` for a Connector."""
    return validate_document(version, "connector", data)


def validate_credentials(version: str, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """`validate_document` for a Credentials object."""
    return validate_document(version, "credentials", data)


def validate_tariff(version: str, data: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """`validate_document` for a Tariff."""
    return validate_document(version, "tariff", data)
