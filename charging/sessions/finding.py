"""Finding sessions the way people name them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from charging.models import Session
from ocpi.ids import PartyId
from tokens.choices import TokenType


def matching(rows: QuerySet[Session], term: str) -> QuerySet[Session]:
    """Sessions by the beginning of their ID, or by ``NL*ABC/S1``, a card's UID, a location ID or an authorization."""
    term = term.strip()
    identity, slash, session_id = term.partition("/")
    owner = _owner(identity) if slash else None
    if owner is not None:
        return rows.filter(
            owner__country_code=owner.country_code,
            owner__party_id=owner.party_id,
            session_key=session_id.upper(),
        )
    key = term.upper()
    cards = [f"{kind}:{key}" for kind in TokenType.values]
    return rows.filter(
        Q(session_key__startswith=key)
        | Q(token_key__in=cards)
        | Q(location_key=key)
        | (Q(authorization_key=key) & ~Q(authorization_key=""))
    )


def _owner(text: str) -> PartyId | None:
    try:
        return PartyId.parse(text)
    except ValueError:
        return None
