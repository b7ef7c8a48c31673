"""What can happen to locations; the only writers of their tables."""

from locations.services.announcing import MODULE
from locations.services.editing import NotOurs, save_evse, save_location, set_status
from locations.services.pushes import (
    patch_connector,
    patch_evse,
    patch_location,
    put_connector,
    put_evse,
    put_location,
)
from locations.services.reading import document_of, evse_document, get_evse_document
from locations.services.receiving import receive, retire

__all__ = [
    "MODULE",
    "NotOurs",
    "document_of",
    "evse_document",
    "get_evse_document",
    "patch_connector",
    "patch_evse",
    "patch_location",
    "put_connector",
    "put_evse",
    "put_location",
    "receive",
    "retire",
    "save_evse",
    "save_location",
    "set_status",
]
