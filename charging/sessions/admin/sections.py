"""Sections that apps above bring to the page of a session."""

from __future__ import annotations

from charging.models import Session
from staff.sections import Sections

SESSION: Sections[Session] = Sections()
