"""What the registers say, on the pages of parties and connections."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from parties.models import Connection, Party
from registers import selectors
from registers.admin.entries import standing_badge
from registers.models import RegisterEntry
from staff.links import may_view, page_url

_MOST_PARTIES = 50


def of_party(request: HttpRequest, party: Party) -> dict[str, Any] | None:
    """What registers say of one party; nothing for roles that no register knows."""
    if not may_view(request, RegisterEntry):
        return None
    found = selectors.standing(party)
    return None if found is None else {"parties": [_shown(party, found)], "single": True}


def of_connection(request: HttpRequest, connection: Connection) -> dict[str, Any] | None:
    """What registers say of every party that a connection speaks for."""
    if not may_view(request, RegisterEntry):
        return None
    parties = connection.parties.order_by("country_code", "party_id", "role")[:_MOST_PARTIES]
    found = [(party, selectors.standing(party)) for party in parties]
    shown = [_shown(party, said) for party, said in found if said is not None]
    return {"parties": shown, "single": False} if shown else None


def _shown(party: Party, said: selectors.Standing) -> dict[str, Any]:
    return {
        "party": party,
        "url": page_url(party),
        "remarks": said.remarks,
        "warning": said.warning,
        "entries": [
            {
                "url": page_url(entry),
                "register": entry.register,
                "register_url": page_url(entry.register),
                "holder": entry.organisation,
                "role": entry.get_role_display(),
                "standing": standing_badge(entry),
            }
            for entry in said.entries
        ],
    }
