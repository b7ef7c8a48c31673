"""Sections that apps above bring to the page of an agreement."""

from __future__ import annotations

from parties.models import Agreement
from staff.sections import Sections

AGREEMENT: Sections[Agreement] = Sections()
