"""What can happen to locations; the only writers of their tables."""

from locations.services.announcing import MODULE
from locations.services.editing import NotOurs, save_evse, save_location, set_status
from locations.services.pushes import (
    STATUS_PATCH,
    merged_location,
    patch_connector,
    patch_evse,
    patch_location,
    put_connector,
    put_evse,
    put_location,
    time_of_change,
)
from locations.services.reading import document_of, evse_document, get_evse_document
from locations.services.receiving import receive, retire
from locations.services.tariffs import count_unknown_tariffs

__all__ = [
    "MODULE",
    "STATUS_PATCH",
    "NotOurs",
    "count_unknown_tariffs",
    "document_of",
    "evse_document",
    "get_evse_document",
    "merged_location",
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
    "time_of_change",
]
