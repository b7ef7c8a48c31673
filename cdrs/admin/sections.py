"""Sections that apps above bring to the page of a CDR, below what the CDR itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdrs.models import CDR
from staff.sections import Sections

Document = Mapping[str, Any]

CDR_PAGE: Sections[CDR, Document] = Sections()
"""They are given the CDR and its canonical document."""
