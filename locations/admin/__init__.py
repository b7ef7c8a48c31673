"""Staff pages of locations: the list, the page of one, editing ours, the map."""

from locations.admin.evse import EVSEAdmin
from locations.admin.location import LocationAdmin

__all__ = ["EVSEAdmin", "LocationAdmin"]
