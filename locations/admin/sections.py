"""Sections that apps above bring to the page of a location."""

from __future__ import annotations

from locations.models import Location
from staff.sections import Sections

LOCATION: Sections[Location] = Sections()
