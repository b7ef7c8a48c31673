"""Finding locations the way people name them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from locations.documents import evse_search_key
from locations.models import EVSE, Location

SHORTEST_EVSE_KEY = 4


def matching(rows: QuerySet[Location], term: str) -> QuerySet[Location]:
    """Locations by name, address, city, id, ``NL*ABC/LOC1``, EVSE ID in any spelling, or EVSE UID."""
    term = term.strip()
    identity, slash, location_id = term.partition("/")
    if slash and (owner := _owner(identity)):
        return rows.filter(owner, location_key=location_id.upper())
    words = (
        Q(name__icontains=term)
        | Q(city__icontains=term)
        | Q(address__icontains=term)
        | Q(location_key__startswith=term.upper())
    )
    return rows.filter(words | Q(pk__in=_with_evse(term)))


def _owner(identity: str) -> Q | None:
    letters = evse_search_key(identity)
    if len(letters) != 5:
        return None
    return Q(owner__country_code=letters[:2], owner__party_id=letters[2:])


def _with_evse(term: str) -> Any:
    """Locations of the EVSEs that a term names, as a subquery."""
    key = evse_search_key(term)
    named = Q(uid_key=term.upper())
    if len(key) >= SHORTEST_EVSE_KEY:
        named |= Q(evse_key__startswith=key)
    return EVSE.objects.filter(named).values("location_id")


def evses_matching(rows: QuerySet[EVSE], term: str) -> QuerySet[EVSE]:
    """EVSEs by EVSE ID in any spelling, UID, or the name of their location."""
    key = evse_search_key(term)
    named = Q(uid_key=term.strip().upper())
    if len(key) >= SHORTEST_EVSE_KEY:
        named |= Q(evse_key__startswith=key)
    found = rows.filter(named)
    if found.exists():
        return found
    return rows.filter(location__name__icontains=term.strip())
