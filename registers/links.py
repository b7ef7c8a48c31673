"""The pages that lead to and from codes."""

from __future__ import annotations

from registers.models import RegisterEntry
from staff.links import list_url


def entries_url(**filters: object) -> str:
    """The list of listed codes with these filters."""
    return list_url(RegisterEntry, **filters)


def code_url(country_code: str, party_id: str) -> str:
    """Everything that registers list under a code."""
    return entries_url(q=f"{country_code}*{party_id}")
