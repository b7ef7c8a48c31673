"""Sections that apps above bring to the pages of parties and connections."""

from __future__ import annotations

from parties.models import Connection, Party
from staff.sections import Sections

PARTY: Sections[Party] = Sections()
CONNECTION: Sections[Connection] = Sections()
