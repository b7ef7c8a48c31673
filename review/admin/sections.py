"""What apps above bring to the page of a dispute: sections, and actions that ask first."""

from __future__ import annotations

from review.models import Dispute
from staff.confirmed import Confirmed
from staff.sections import Sections

DISPUTE_PAGE: Sections[Dispute] = Sections()
"""They are given the case."""
DISPUTE_ACTIONS: list[Confirmed] = []
"""Behind those of the case itself; apps above add theirs once, when they are ready."""
